package nodes_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/text"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

// room is one group with a flow in it. Every turn is folded from its stored form and replayed.
type room struct {
	t       *testing.T
	catalog *engine.Catalog
	program *engine.Program
	env     *engine.Env
	now     time.Time
	state   *engine.State
	turns   []*flowdeskv1.Turn
}

func newRoom(t *testing.T, flow, at string) *room {
	t.Helper()
	definition, err := flowfile.Read([]byte(flow))
	require.NoError(t, err)
	catalog := nodes.Builtin()
	program, diagnostics := catalog.Compile("work", 1, definition)
	require.Empty(t, diagnostics)
	env, err := engine.NewEnv(&flowdeskv1.Environment{
		Settings: desk.FillSettings(&flowdeskv1.Settings{StaffGroup: "staff", ManagementGroup: "management"}),
		People: []*flowdeskv1.Person{
			{Id: "boss", Title: "财神爷", Role: flowdeskv1.Role_ROLE_OPERATOR},
			{Id: "helper", Title: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT, DirectSession: "helper-chat"},
			{Id: "service", Title: "售后小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES},
		},
		Robots: []*flowdeskv1.Robot{{Id: "day", Title: "白班小助手"}, {Id: "monitor", Title: "监控"}},
		Groups: []*flowdeskv1.Group{{Id: "g1", Title: "华东客户群"}},
	}, "env", catalog.Rules)
	require.NoError(t, err)
	now, err := time.ParseInLocation(time.DateTime, at, env.Zone)
	require.NoError(t, err)
	return &room{t: t, catalog: catalog, program: program, env: env, now: now, state: engine.NewState("g1")}
}

func (r *room) turn(event *flowdeskv1.Event) *flowdeskv1.Turn {
	r.t.Helper()
	n := uint64(len(r.turns) + 1)
	event.Id, event.Session, event.ReceivedAt = engine.NewID(r.now, n), "g1", engine.Timestamp(r.now)
	before := r.state.Clone()
	input := engine.Input{
		Event: event, Now: r.now, State: r.state, Env: r.env, Programs: []*engine.Program{r.program}, Seed: n,
		Program: func(string, int32) *engine.Program { return r.program },
	}
	turn, err := r.catalog.Turn(input)
	require.NoError(r.t, err)
	for _, trace := range turn.GetTraces() {
		require.Empty(r.t, trace.GetError())
	}

	data, err := proto.Marshal(turn)
	require.NoError(r.t, err)
	stored := &flowdeskv1.Turn{}
	require.NoError(r.t, proto.Unmarshal(data, stored))
	folded := before.Clone()
	folded.Fold(stored)
	require.Empty(r.t, cmp.Diff(r.state.SessionState, folded.SessionState, protocmp.Transform()), "the state is the fold of its turns")
	input.State, input.Event, input.Answers = before, stored.GetEvent(), stored.GetAnswers()
	replayed, err := r.catalog.Turn(input)
	require.NoError(r.t, err)
	require.Empty(r.t, cmp.Diff(stored, replayed, protocmp.Transform()), "a replay gives the same turn")
	r.turns = append(r.turns, turn)
	return turn
}

func (r *room) says(name, said string) *flowdeskv1.Turn {
	r.t.Helper()
	m := &flowdeskv1.MessageEvent{Robot: "monitor", SenderName: name, Text: said, RawText: said, ContentType: 1, GroupName: "华东客户群"}
	for _, mention := range text.Mentions(said) {
		m.Mentions = append(m.Mentions, mention.Name)
	}
	return r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: m}})
}

// passes lets time pass: due timers fire in order. It gives their turns.
func (r *room) passes(d time.Duration) []*flowdeskv1.Turn {
	r.t.Helper()
	end, first := r.now.Add(d), len(r.turns)
	for {
		timer := r.state.NextTimer()
		if timer == nil || timer.GetDue().AsTime().After(end) {
			break
		}
		r.now = timer.GetDue().AsTime()
		r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}}})
	}
	r.now = end
	return r.turns[first:]
}

func (r *room) withdraws(turn *flowdeskv1.Turn) *flowdeskv1.Turn {
	r.t.Helper()
	return r.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{Message: turn.GetEvent().GetId()}}})
}

func (r *room) asks(task string, action flowdeskv1.TaskAction) *flowdeskv1.Turn {
	r.t.Helper()
	return r.turn(&flowdeskv1.Event{Actor: "helper", Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{Task: task, Action: action}}})
}

// task is an open task of a user, or nil.
func (r *room) task(user string) *flowdeskv1.TrackTask {
	for _, t := range r.state.GetTasks() {
		if t.GetTargetName() == user {
			return t
		}
	}
	return nil
}

// ports are the ports that a node took in turns.
func ports(node string, turns ...*flowdeskv1.Turn) []string {
	var taken []string
	for _, turn := range turns {
		for _, trace := range turn.GetTraces() {
			for _, step := range trace.GetSteps() {
				if step.GetNode() == node && step.GetPort() != "" {
					taken = append(taken, step.GetPort())
				}
			}
		}
	}
	return taken
}

// outputOf is what a node gave last in turns.
func outputOf[O proto.Message](t *testing.T, node string, turns ...*flowdeskv1.Turn) O {
	t.Helper()
	var none O
	out, _ := none.ProtoReflect().New().Interface().(O)
	for _, turn := range turns {
		for _, trace := range turn.GetTraces() {
			for _, step := range trace.GetSteps() {
				if step.GetNode() == node && step.GetOutput() != nil {
					require.NoError(t, proto.Unmarshal(step.GetOutput(), out))
				}
			}
		}
	}
	return out
}

// said are the texts enqueued in turns, with the chat where it is not the group's own.
func said(purpose string, turns ...*flowdeskv1.Turn) []string {
	var texts []string
	for _, c := range enqueued(purpose, turns...) {
		where := ""
		if c.GetTargetSession() != "g1" {
			where = c.GetTargetSession() + ": "
		}
		texts = append(texts, where+c.GetText())
	}
	return texts
}

func enqueued(purpose string, turns ...*flowdeskv1.Turn) []*flowdeskv1.Command {
	var found []*flowdeskv1.Command
	for _, turn := range turns {
		for _, e := range turn.GetEffects() {
			if c := e.GetEnqueueCommand(); c != nil && (purpose == "" || c.GetPurpose() == purpose) {
				found = append(found, c)
			}
		}
	}
	return found
}

func cancelled(turn *flowdeskv1.Turn) map[string]string {
	reasons := map[string]string{}
	for _, e := range turn.GetEffects() {
		if c := e.GetCancelCommand(); c != nil {
			reasons[c.GetCommand()] = c.GetReason()
		}
	}
	return reasons
}

// facts are the facts of a name that a turn recorded.
func facts(name string, turns ...*flowdeskv1.Turn) []*flowdeskv1.Fact {
	var found []*flowdeskv1.Fact
	for _, turn := range turns {
		for _, e := range turn.GetEffects() {
			if f := e.GetRecordFact(); f.GetName() == name {
				found = append(found, f)
			}
		}
	}
	return found
}

func valueOf(f *flowdeskv1.Fact, name string) string {
	i := slices.IndexFunc(f.GetValues(), func(v *flowdeskv1.NamedValue) bool { return v.GetName() == name })
	if i < 0 {
		return ""
	}
	return f.GetValues()[i].GetValue()
}

func timestampOf(at time.Time) *timestamppb.Timestamp { return engine.Timestamp(at) }

// validator checks configs against the rules of their protos, as the server does.
func validator(t *testing.T) func(proto.Message) []engine.Violation {
	t.Helper()
	v, err := validate.New()
	require.NoError(t, err)
	return v
}
