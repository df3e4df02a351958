package simulator

import (
	"cmp"
	"context"
	"encoding/json"
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
		r.Passed = len(lines) == 0
		s.tell(r, func(in words) (string, string) {
			return in.say("no robot says anything in %s", "机器人在「%s」里不说话", in.group(x.Silence.GetGroup())), told(in, lines, in.line)
		})
	case *flowdeskv1.Expectation_Path:
		s.path(x.Path, r)
	case *flowdeskv1.Expectation_Variable:
		s.variable(x.Variable, r)
	case *flowdeskv1.Expectation_Task:
		count(s, r, taskThing, x.Task.Count, s.state.GetTasks(), func(t *flowdeskv1.TrackTask) bool { return taskFits(x.Task, t) },
			func(in words) string { return in.taskWants(x.Task) }, words.task)
	case *flowdeskv1.Expectation_Alert:
		count(s, r, alertThing, x.Alert.Count, s.state.GetAlerts(), func(a *flowdeskv1.Alert) bool { return alertFits(x.Alert, a) },
			func(in words) string { return in.alertWants(x.Alert) }, words.alert)
	case *flowdeskv1.Expectation_Command:
		count(s, r, commandThing, x.Command.Count, s.state.GetCommands(), func(c *flowdeskv1.Command) bool { return s.commandFits(x.Command, c) },
			func(in words) string { return in.commandWants(x.Command) },
			func(in words, c *flowdeskv1.Command) string { return in.command(c, s.leaves(c)) })
	case *flowdeskv1.Expectation_Outcome:
		s.outcome(x.Outcome, r)
	case *flowdeskv1.Expectation_Run:
		count(s, r, runThing, x.Run.Count, s.state.GetRuns(), func(run *flowdeskv1.SimulatedRun) bool { return fits(x.Run.GetStatus(), run.GetInstance().GetStatus()) },
			func(in words) string { return in.compose("status", in.label(x.Run.GetStatus())) }, words.run)
	case *flowdeskv1.Expectation_Calls:
		r.Passed = s.models <= int(x.Calls.GetAtMost())
		s.tell(r, func(in words) (string, string) {
			return in.say("at most %d model calls", "最多 %d 次模型调用", x.Calls.GetAtMost()), in.say("%d model calls", "%d 次模型调用", s.models)
		})
	}
	return r
}

// tell writes what was expected and what there was, in both languages.
func (s *sight) tell(r *flowdeskv1.ExpectationResult, say func(in words) (expected, got string)) {
	r.Expected, r.Got = say(words{setup: s.world.setup})
	r.ExpectedZh, r.GotZh = say(words{setup: s.world.setup, chinese: true})
}

// thing is a kind of thing that is counted, in both languages.
type thing struct{ one, some, zh string }

//nolint:gochecknoglobals // constants
var (
	lineThing    = thing{"a line", "lines", "条回复"}
	taskThing    = thing{"a task", "tasks", "个任务"}
	alertThing   = thing{"an alert", "alerts", "条告警"}
	commandThing = thing{"a command", "commands", "条指令"}
	runThing     = thing{"a run", "runs", "次运行"}
)

// count judges how many things fit: the wanted number, or at least one.
func count[T any](s *sight, r *flowdeskv1.ExpectationResult, what thing, wanted *int32, things []T, fit func(T) bool,
	wants func(words) string, tell func(words, T) string,
) {
	n := 0
	for _, one := range things {
		if fit(one) {
			n++
		}
	}
	r.Passed = wanted == nil && n > 0 || wanted != nil && n == int(*wanted)
	s.tell(r, func(in words) (string, string) {
		number := in.say(what.one, "至少 1 "+what.zh)
		if wanted != nil {
			number = in.say("%d "+what.some, "%d "+what.zh, *wanted)
		}
		expected := number
		if details := wants(in); details != "" {
			expected = in.say("%s: %s", "%s：%s", number, details)
		}
		got := in.say("%d of that kind; there are: %s", "%d 个这样的；实际有：%s", n, told(in, things, func(t T) string { return tell(in, t) }))
		if len(things) == 0 {
			got = in.say("there is none", "一个也没有")
		}
		return expected, got
	})
}

// line judges what robots said in the step.
func (s *sight) line(x *flowdeskv1.LineExpectation, r *flowdeskv1.ExpectationResult) {
	fit := func(l *flowdeskv1.ChatLine) bool {
		return (x.GetRobot() == "" || x.GetRobot() == l.GetRobot()) &&
			(x.GetMention() == "" || slices.Contains(l.GetMentions(), x.GetMention())) &&
			(len(x.GetAnyOf()) == 0 || slices.Contains(x.GetAnyOf(), l.GetText())) && holds(l.GetText(), x.GetContains())
	}
	count(s, r, lineThing, x.Count, s.in(x.GetGroup()), fit, func(in words) string {
		return in.compose("in", in.group(x.GetGroup()), "by", in.robot(x.GetRobot()), "to", x.GetMention(),
			"that is", in.quoted(x.GetAnyOf(), " or ", " 或 "), "with", in.quoted(x.GetContains(), " and ", " 和 "))
	}, words.line)
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
	s.tell(r, func(in words) (string, string) {
		got := strings.Join(way, ", ")
		if got == "" {
			got = in.say("no run", "没有运行")
		}
		return in.compose("way through", strings.Join(x.GetNodes(), ", "), "without", strings.Join(x.GetWithout(), ", ")), got
	})
}

// variable judges a variable of a run.
func (s *sight) variable(x *flowdeskv1.VariableExpectation, r *flowdeskv1.ExpectationResult) {
	got := ""
	for _, v := range s.run().GetVariables() {
		if v.GetName() == x.GetName() {
			got, r.Passed = x.GetName()+" = "+v.GetJson(), equalJSON(v.GetJson(), x.GetJson())
		}
	}
	s.tell(r, func(in words) (string, string) {
		return x.GetName() + " = " + x.GetJson(), cmp.Or(got, in.say("%s is not set", "%s 没有值", x.GetName()))
	})
}

func equalJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// outcome judges what became of the last message.
func (s *sight) outcome(x *flowdeskv1.OutcomeExpectation, r *flowdeskv1.ExpectationResult) {
	got := s.last().GetOutcome()
	r.Passed = slices.Contains(x.GetAnyOf(), got)
	s.tell(r, func(in words) (string, string) {
		var wanted []string
		for _, o := range x.GetAnyOf() {
			wanted = append(wanted, in.label(o))
		}
		expected := in.say("last message: %s", "最后一条消息：%s", strings.Join(wanted, in.say(" or ", " 或 ")))
		if s.last() == nil {
			return expected, in.say("nobody said anything", "没有人说话")
		}
		return expected, in.say("%s: %s", "%s：%s", in.label(got), in.of(s.last().GetWhy()))
	})
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
