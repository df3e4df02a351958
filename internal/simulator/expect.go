package simulator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// anyGroup names all groups in an expectation.
const anyGroup = "*"

// mark is what had been said when a step began.
type mark map[string]bool

func (w *world) mark(ctx context.Context) (mark, error) {
	messages, err := oldestFirst(shownLines, func(page storage.Page) ([]*flowdeskv1.Message, string, error) {
		return w.store.ListMessages(ctx, storage.MessageFilter{}, page)
	})
	if err != nil {
		return nil, err
	}
	m := make(mark)
	for _, message := range messages {
		m[message.GetId()] = true
	}
	commands, err := oldestFirst(shownCommands, func(page storage.Page) ([]*flowdeskv1.Command, string, error) {
		return w.store.ListCommands(ctx, storage.CommandFilter{States: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_COMPLETED}}, page)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range commands { // what is said in other groups is told by its command alone
		m[c.GetId()] = true
	}
	return m, nil
}

// sight is what a step led to.
type sight struct {
	world  *world
	state  *flowdeskv1.SimulationState
	said   []*flowdeskv1.ChatLine // by robots in the step
	models int
}

func (w *world) sight(ctx context.Context, before mark) (*sight, error) {
	state, err := w.state(ctx)
	if err != nil {
		return nil, err
	}
	s := &sight{world: w, state: state}
	_, s.models = w.outside.made()
	for _, line := range state.GetLines() {
		if line.GetOutgoing() && line.GetState() == flowdeskv1.LineState_LINE_STATE_SAID && !before[line.GetId()] {
			s.said = append(s.said, line)
		}
	}
	return s, nil
}

// judge looks whether an expectation is met.
func (s *sight) judge(e *flowdeskv1.Expectation) *flowdeskv1.ExpectationResult {
	r := &flowdeskv1.ExpectationResult{}
	switch x := e.GetExpectation().(type) {
	case *flowdeskv1.Expectation_Line:
		s.line(x.Line, r)
	case *flowdeskv1.Expectation_Silence:
		lines := s.in(x.Silence.GetGroup())
		r.Expected, r.Got, r.Passed = "no robot says anything in "+groupName(x.Silence.GetGroup()), told(lines, lineWords), len(lines) == 0
	case *flowdeskv1.Expectation_Path:
		s.path(x.Path, r)
	case *flowdeskv1.Expectation_Variable:
		s.variable(x.Variable, r)
	case *flowdeskv1.Expectation_Task:
		count(r, "task", taskWants(x.Task), x.Task.Count, s.state.GetTasks(), taskWords, func(t *flowdeskv1.TrackTask) bool { return taskFits(x.Task, t) })
	case *flowdeskv1.Expectation_Alert:
		count(r, "alert", alertWants(x.Alert), x.Alert.Count, s.state.GetAlerts(), alertWords, func(a *flowdeskv1.Alert) bool { return alertFits(x.Alert, a) })
	case *flowdeskv1.Expectation_Command:
		count(r, "command", s.commandWants(x.Command), x.Command.Count, s.state.GetCommands(), s.commandWords, func(c *flowdeskv1.Command) bool {
			return s.commandFits(x.Command, c)
		})
	case *flowdeskv1.Expectation_Outcome:
		s.outcome(x.Outcome, r)
	case *flowdeskv1.Expectation_Run:
		wants := compose("status", name(x.Run.GetStatus().String(), "INSTANCE_STATUS_"))
		count(r, "run", wants, x.Run.Count, s.state.GetRuns(), runWords, func(run *flowdeskv1.SimulatedRun) bool {
			return fits(x.Run.GetStatus(), run.GetInstance().GetStatus())
		})
	case *flowdeskv1.Expectation_Calls:
		r.Expected, r.Got = fmt.Sprintf("at most %d model calls", x.Calls.GetAtMost()), fmt.Sprintf("%d model calls", s.models)
		r.Passed = s.models <= int(x.Calls.GetAtMost())
	}
	return r
}

// count judges how many things fit: the wanted number, or at least one.
func count[T any](r *flowdeskv1.ExpectationResult, what, wants string, wanted *int32, things []T, words func(T) string, fit func(T) bool) {
	n := 0
	for _, thing := range things {
		if fit(thing) {
			n++
		}
	}
	if wanted == nil {
		r.Expected, r.Passed = strings.TrimSpace("a "+what+" "+wants), n > 0
	} else {
		r.Expected, r.Passed = strings.TrimSpace(fmt.Sprintf("%d × %s %s", *wanted, what, wants)), n == int(*wanted)
	}
	r.Got = fmt.Sprintf("%d fit; there are %s", n, told(things, words))
}

// line judges what robots said in the step.
func (s *sight) line(x *flowdeskv1.LineExpectation, r *flowdeskv1.ExpectationResult) {
	wants := compose("in", groupName(x.GetGroup()), "by", x.GetRobot(), "to", x.GetMention(), "that is", strings.Join(x.GetAnyOf(), " | "),
		"with", strings.Join(x.GetContains(), " & "))
	count(r, "line", wants, x.Count, s.in(x.GetGroup()), lineWords, func(l *flowdeskv1.ChatLine) bool {
		return (x.GetRobot() == "" || x.GetRobot() == l.GetRobot()) &&
			(x.GetMention() == "" || slices.Contains(l.GetMentions(), x.GetMention())) &&
			(len(x.GetAnyOf()) == 0 || slices.Contains(x.GetAnyOf(), l.GetText())) && holds(l.GetText(), x.GetContains())
	})
}

func holds(text string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}

// in are the lines that robots said in a group in the step.
func (s *sight) in(group string) []*flowdeskv1.ChatLine {
	group = cmp.Or(group, Customers)
	return slices.DeleteFunc(slices.Clone(s.said), func(l *flowdeskv1.ChatLine) bool { return group != anyGroup && l.GetGroup() != group })
}

// last is what a person said last, or nil.
func (s *sight) last() *flowdeskv1.ChatLine {
	for _, line := range slices.Backward(s.state.GetLines()) {
		if !line.GetOutgoing() {
			return line
		}
	}
	return nil
}

// run is the run of the last message; without one the last run.
func (s *sight) run() *flowdeskv1.SimulatedRun {
	wanted := s.last().GetInstance()
	for _, r := range slices.Backward(s.state.GetRuns()) {
		if wanted == "" || r.GetInstance().GetId() == wanted {
			return r
		}
	}
	return nil
}

// path judges the way of a run.
func (s *sight) path(x *flowdeskv1.PathExpectation, r *flowdeskv1.ExpectationResult) {
	path := s.run().GetPath()
	var way []string
	next := 0
	r.Passed = true
	for _, step := range path {
		way = append(way, strings.TrimSpace(step.GetNode()+" "+step.GetPort()))
		if next < len(x.GetNodes()) && (x.GetNodes()[next] == step.GetNode() || x.GetNodes()[next] == step.GetNode()+" "+step.GetPort()) {
			next++
		}
		r.Passed = r.GetPassed() && !slices.Contains(x.GetWithout(), step.GetNode())
	}
	r.Passed = r.GetPassed() && next == len(x.GetNodes())
	r.Expected = compose("way through", strings.Join(x.GetNodes(), ", "), "without", strings.Join(x.GetWithout(), ", "))
	r.Got = strings.Join(way, ", ")
}

// variable judges a variable of a run.
func (s *sight) variable(x *flowdeskv1.VariableExpectation, r *flowdeskv1.ExpectationResult) {
	r.Expected, r.Got = x.GetName()+" = "+x.GetJson(), x.GetName()+" is not set"
	for _, v := range s.run().GetVariables() {
		if v.GetName() == x.GetName() {
			r.Got, r.Passed = x.GetName()+" = "+v.GetJson(), equalJSON(v.GetJson(), x.GetJson())
		}
	}
}

func equalJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// outcome judges what became of the last message.
func (s *sight) outcome(x *flowdeskv1.OutcomeExpectation, r *flowdeskv1.ExpectationResult) {
	got := s.last().GetOutcome()
	var wanted []string
	for _, o := range x.GetAnyOf() {
		wanted = append(wanted, name(o.String(), "DERIVATION_OUTCOME_"))
	}
	r.Expected, r.Got = "last message "+strings.Join(wanted, " or "), name(got.String(), "DERIVATION_OUTCOME_")+": "+s.last().GetWhy().GetZh()
	r.Passed = slices.Contains(x.GetAnyOf(), got)
}

// fits reports whether a wanted value, where one is wanted, is the one that there is.
func fits[E comparable](wanted, got E) bool {
	var none E
	return wanted == none || wanted == got
}

func isSet(wanted *bool, got bool) bool { return wanted == nil || *wanted == got }

func taskFits(x *flowdeskv1.TaskExpectation, t *flowdeskv1.TrackTask) bool {
	return fits(x.GetState(), t.GetState()) && fits(x.GetOrigin(), t.GetOrigin()) && fits(x.GetKind(), t.GetKind()) &&
		fits(x.GetTarget(), t.GetTargetName()) && isSet(x.Conflict, t.GetConflict())
}

func alertFits(x *flowdeskv1.AlertExpectation, a *flowdeskv1.Alert) bool {
	return fits(x.GetLevel(), a.GetLevel()) && fits(x.GetCategory(), a.GetCategory()) && fits(x.GetState(), a.GetState()) &&
		strings.Contains(a.GetText(), x.GetContains()) && isSet(x.AutoCancelled, a.GetAutoCancelled()) && len(a.GetHistory()) >= int(x.GetHistory())
}

func (s *sight) commandFits(x *flowdeskv1.CommandExpectation, c *flowdeskv1.Command) bool {
	delay := delayOf(c)
	return fits(x.GetState(), c.GetState()) && fits(x.GetPurpose(), c.GetPurpose()) && fits(x.GetGroup(), c.GetTargetSession()) &&
		(x.GetDelayMin() == nil || delay >= x.GetDelayMin().AsDuration()) && (x.GetDelayMax() == nil || delay <= x.GetDelayMax().AsDuration()) &&
		strings.Contains(c.GetDelayReason(), x.GetDelayReason()) && (x.Attempts == nil || x.GetAttempts() == c.GetAttempts()) &&
		fits(x.GetLeaves(), s.leaves(c))
}

// delayOf is the time from a command's decision to its send time.
func delayOf(c *flowdeskv1.Command) time.Duration {
	return max(0, c.GetSendTime().AsTime().Sub(c.GetCreateTime().AsTime()))
}

// leaves is the local time of day at which a command leaves.
func (s *sight) leaves(c *flowdeskv1.Command) string {
	return c.GetSendTime().AsTime().In(s.world.zone).Format("15:04")
}
