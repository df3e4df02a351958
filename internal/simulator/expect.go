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
	tongue

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

// judge looks whether an expectation is met, and tells it in both languages.
func (s *sight) judge(e *flowdeskv1.Expectation) *flowdeskv1.ExpectationResult {
	r := s.judgeIn(e)
	chinese := *s
	chinese.zh = true
	zh := chinese.judgeIn(e)
	r.ExpectedWords = &flowdeskv1.Text{Zh: zh.GetExpected(), En: r.GetExpected()}
	r.GotWords = &flowdeskv1.Text{Zh: zh.GetGot(), En: r.GetGot()}
	return r
}

func (s *sight) judgeIn(e *flowdeskv1.Expectation) *flowdeskv1.ExpectationResult {
	r := &flowdeskv1.ExpectationResult{}
	switch x := e.GetExpectation().(type) {
	case *flowdeskv1.Expectation_Line:
		s.line(x.Line, r)
	case *flowdeskv1.Expectation_Silence:
		lines := s.in(x.Silence.GetGroup())
		r.Got, r.Passed = told(s.tongue, lines, s.lineWords), len(lines) == 0
		if r.Expected = "no robot says anything in " + s.groupName(x.Silence.GetGroup()); s.zh {
			r.Expected = "机器人不在" + s.groupName(x.Silence.GetGroup()) + "说话"
		}
	case *flowdeskv1.Expectation_Path:
		s.path(x.Path, r)
	case *flowdeskv1.Expectation_Variable:
		s.variable(x.Variable, r)
	case *flowdeskv1.Expectation_Task:
		count(s.tongue, r, "task", s.taskWants(x.Task), x.Task.Count, s.state.GetTasks(), s.taskWords, func(t *flowdeskv1.TrackTask) bool { return taskFits(x.Task, t) })
	case *flowdeskv1.Expectation_Alert:
		count(s.tongue, r, "alert", s.alertWants(x.Alert), x.Alert.Count, s.state.GetAlerts(), s.alertWords, func(a *flowdeskv1.Alert) bool { return alertFits(x.Alert, a) })
	case *flowdeskv1.Expectation_Command:
		count(s.tongue, r, "command", s.commandWants(x.Command), x.Command.Count, s.state.GetCommands(), s.commandWords, func(c *flowdeskv1.Command) bool {
			return s.commandFits(x.Command, c)
		})
	case *flowdeskv1.Expectation_Outcome:
		s.outcome(x.Outcome, r)
	case *flowdeskv1.Expectation_Run:
		wants := s.compose("status", s.value(x.Run.GetStatus(), "INSTANCE_STATUS_"))
		count(s.tongue, r, "run", wants, x.Run.Count, s.state.GetRuns(), s.runWords, func(run *flowdeskv1.SimulatedRun) bool {
			return fits(x.Run.GetStatus(), run.GetInstance().GetStatus())
		})
	case *flowdeskv1.Expectation_Calls:
		r.Expected, r.Got = fmt.Sprintf("at most %d model calls", x.Calls.GetAtMost()), fmt.Sprintf("%d model calls", s.models)
		if s.zh {
			r.Expected, r.Got = fmt.Sprintf("最多 %d 次模型调用", x.Calls.GetAtMost()), fmt.Sprintf("%d 次模型调用", s.models)
		}
		r.Passed = s.models <= int(x.Calls.GetAtMost())
	}
	return r
}

// count judges how many things fit: the wanted number, or at least one.
func count[T any](l tongue, r *flowdeskv1.ExpectationResult, what, wants string, wanted *int32, things []T, words func(T) string, fit func(T) bool) {
	n := 0
	for _, thing := range things {
		if fit(thing) {
			n++
		}
	}
	if l.zh {
		times := "有"
		if r.Passed = n > 0; wanted != nil {
			times, r.Passed = fmt.Sprintf("%d 个", *wanted), n == int(*wanted)
		}
		r.Expected = strings.TrimSpace(times + l.say(what) + "：" + wants)
		r.Got = fmt.Sprintf("符合的有 %d 个；实际有：%s", n, told(l, things, words))
		return
	}
	if wanted == nil {
		r.Expected, r.Passed = strings.TrimSpace("a "+what+" "+wants), n > 0
	} else {
		r.Expected, r.Passed = strings.TrimSpace(fmt.Sprintf("%d × %s %s", *wanted, what, wants)), n == int(*wanted)
	}
	r.Got = fmt.Sprintf("%d fit; there are %s", n, told(l, things, words))
}

// line judges what robots said in the step.
func (s *sight) line(x *flowdeskv1.LineExpectation, r *flowdeskv1.ExpectationResult) {
	wants := s.compose("in", s.groupName(x.GetGroup()), "by", s.robot(x.GetRobot()), "to", x.GetMention(), "that is", strings.Join(x.GetAnyOf(), " | "),
		"with", strings.Join(x.GetContains(), " & "))
	count(s.tongue, r, "line", wants, x.Count, s.in(x.GetGroup()), s.lineWords, func(l *flowdeskv1.ChatLine) bool {
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
		way = append(way, s.visit(step.GetNode(), step.GetPort()))
		if next < len(x.GetNodes()) && (x.GetNodes()[next] == step.GetNode() || x.GetNodes()[next] == step.GetNode()+" "+step.GetPort()) {
			next++
		}
		r.Passed = r.GetPassed() && !slices.Contains(x.GetWithout(), step.GetNode())
	}
	r.Passed = r.GetPassed() && next == len(x.GetNodes())
	joint := ", "
	if s.zh {
		joint = " → "
	}
	var wanted, without []string
	for _, n := range x.GetNodes() {
		node, port, _ := strings.Cut(n, " ")
		wanted = append(wanted, s.visit(node, port))
	}
	for _, n := range x.GetWithout() {
		without = append(without, s.node(n))
	}
	r.Expected = s.compose("way through", strings.Join(wanted, joint), "without", strings.Join(without, joint))
	r.Got = strings.Join(way, joint)
}

// variable judges a variable of a run.
func (s *sight) variable(x *flowdeskv1.VariableExpectation, r *flowdeskv1.ExpectationResult) {
	r.Expected, r.Got = x.GetName()+" = "+x.GetJson(), x.GetName()+" is not set"
	if s.zh {
		r.Got = x.GetName() + " 没有值"
	}
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
		wanted = append(wanted, s.value(o, "DERIVATION_OUTCOME_"))
	}
	r.Expected, r.Got = "last message "+strings.Join(wanted, " or "), s.value(got, "DERIVATION_OUTCOME_")+": "+s.last().GetWhy().GetEn()
	if s.zh {
		r.Expected, r.Got = "最后一条消息："+strings.Join(wanted, "或"), s.value(got, "DERIVATION_OUTCOME_")+"："+s.last().GetWhy().GetZh()
	}
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
