package server

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Bounds and times of a test run.
const (
	maxTestTurns = 2000            // a week of a script with 200 events has some hundred
	sendTakes    = 5 * time.Second // from a command's leaving to its result: what a phone needs for a text
	callTakes    = time.Second     // from a call to its answer
)

// errEndless is a test run with more turns than it may have.
var errEndless = errors.New("the test run has too many turns")

// simulation runs one program on events in virtual time, on states of its own. It is a shell around the engine like the runner, without a
// store: nothing of it outlives the request.
type simulation struct {
	catalog *engine.Catalog
	env     *engine.Env
	program *engine.Program
	nodes   map[string]*flowdeskv1.Node
	outcome flowdeskv1.CommandState
	answers map[string]*flowdeskv1.CallAnswer
	seed    uint64

	now      time.Time
	events   uint64
	states   map[string]*engine.State
	sessions []string // in order of their first event
	due      agenda
	commands map[string]*flowdeskv1.Command
	runs     map[string]*flowdeskv1.Instance
	result   *flowdeskv1.TestRunFlowResponse
}

// appointment is an event that is to come.
type appointment struct {
	at    time.Time
	order uint64
	event *flowdeskv1.Event
}

// agenda is a heap of what is to come, earliest first.
type agenda []appointment //nolint:recvcheck // container/heap wants it so

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) } //nolint:forcetypeassert // container/heap
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// plan puts an event on the agenda and completes it.
func (s *simulation) plan(at time.Time, event *flowdeskv1.Event) {
	s.events++
	if event.GetId() == "" {
		event.Id = engine.NewID(at, engine.Digest("test run", event.GetSession())+s.events)
	}
	heap.Push(&s.due, appointment{at: at, order: s.events, event: event})
}

// advance lets the time pass until a point in time, with everything that falls due on the way.
func (s *simulation) advance(ctx context.Context, until time.Time) error {
	for {
		at, event := s.next()
		if event == nil || at.After(until) {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		if err := s.turn(ctx, event, -1); err != nil {
			return err
		}
	}
	if until.After(s.now) {
		s.now = until
	}
	return nil
}

// next is what falls due first: a timer of a session, or an appointment. An appointment that is returned is off the agenda only when it
// takes place, so that the caller may decline a later one.
func (s *simulation) next() (time.Time, *flowdeskv1.Event) {
	var at time.Time
	var session string
	var timer *flowdeskv1.Timer
	for _, id := range s.sessions {
		if t := s.states[id].NextTimer(); t != nil && (timer == nil || t.GetDue().AsTime().Before(at)) {
			at, session, timer = t.GetDue().AsTime(), id, t
		}
	}
	if len(s.due) > 0 && (timer == nil || !s.due[0].at.After(at)) {
		return s.due[0].at, s.due[0].event
	}
	if timer == nil {
		return time.Time{}, nil
	}
	s.events++
	return at, &flowdeskv1.Event{
		Id: engine.NewID(at, engine.Digest(session, timer.GetId())+s.events), Session: session, Source: "timer",
		Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}},
	}
}

// turn lets one event act on its session and takes note of what follows from it.
func (s *simulation) turn(ctx context.Context, event *flowdeskv1.Event, step int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(s.result.GetTurns()) == maxTestTurns {
		return errEndless
	}
	if len(s.due) > 0 && s.due[0].event == event {
		heap.Pop(&s.due)
	}
	state := s.states[event.GetSession()]
	if state == nil {
		state = engine.NewState(event.GetSession())
		s.states[event.GetSession()] = state
		s.sessions = append(s.sessions, event.GetSession())
	}
	event.ReceivedAt = engine.Timestamp(s.now)
	turn, err := s.catalog.Turn(engine.Input{
		Event: event, Now: s.now, State: state, Env: s.env, Programs: []*engine.Program{s.program},
		Program: func(flow string, version int32) *engine.Program {
			if flow == s.program.Flow && version == s.program.Version {
				return s.program
			}
			return nil
		},
		Seed: s.seed + s.events,
	})
	if err != nil {
		return err
	}
	shown := &flowdeskv1.TestTurn{Time: turn.GetNow(), Step: step, Event: event, Effects: turn.GetEffects(), Notes: turn.GetNotes()}
	for _, trace := range turn.GetTraces() {
		h := &history{}
		h.add(turn, trace, s.nodes, s.catalog)
		shown.Traces = append(shown.Traces, &flowdeskv1.TestTrace{Instance: trace.GetInstance(), Status: trace.GetStatus(), Steps: h.steps, Error: trace.GetError()})
		s.note(turn, trace)
	}
	s.result.Turns = append(s.result.GetTurns(), shown)
	for _, effect := range turn.GetEffects() {
		s.follow(event.GetSession(), effect)
	}
	return nil
}

// note keeps what became of an instance.
func (s *simulation) note(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace) {
	i := s.runs[trace.GetInstance()]
	if i == nil {
		i = &flowdeskv1.Instance{
			Id: trace.GetInstance(), Flow: trace.GetFlow(), Version: trace.GetVersion(), Session: turn.GetEvent().GetSession(),
			Event: turn.GetEvent().GetId(), BeginTime: turn.GetNow(), Trace: turn.GetEvent().GetTrace(),
		}
		s.runs[i.GetId()] = i
		s.result.Instances = append(s.result.GetInstances(), i)
	}
	i.Status, i.UpdateTime, i.Error, i.FailedNode, i.WaitingFor = trace.GetStatus(), turn.GetNow(), trace.GetError(), trace.GetFailedNode(), nil
	for _, step := range trace.GetSteps() {
		i.LastNode = step.GetNode()
		if step.GetWait() != nil {
			i.WaitingFor = append(i.GetWaitingFor(), waitingFor(step.GetWait())...)
		}
	}
	if i.GetStatus() != flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING {
		i.EndTime = turn.GetNow()
	}
}

// follow does what the outside would do with an effect.
func (s *simulation) follow(session string, effect *flowdeskv1.Effect) {
	switch e := effect.GetEffect().(type) {
	case *flowdeskv1.Effect_EnqueueCommand:
		s.enqueue(session, proto.CloneOf(e.EnqueueCommand))
	case *flowdeskv1.Effect_CancelCommand:
		if c := s.commands[e.CancelCommand.GetCommand()]; c != nil && waits(c) {
			c.State, c.Reason, c.SupersededBy = e.CancelCommand.GetState(), e.CancelCommand.GetReason(), e.CancelCommand.GetSupersededBy()
			c.DoneTime = engine.Timestamp(s.now)
			s.strike(c.GetId())
		}
	case *flowdeskv1.Effect_ReleaseCommand:
		if c := s.commands[e.ReleaseCommand.GetCommand()]; c != nil {
			c.State = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
			s.leave(c, s.now)
		}
	case *flowdeskv1.Effect_SettleCommand:
		if c := s.commands[e.SettleCommand.GetCommand()]; c != nil {
			c.State, c.DoneTime = e.SettleCommand.GetState(), engine.Timestamp(s.now)
		}
	case *flowdeskv1.Effect_MakeCall:
		s.call(e.MakeCall)
	case *flowdeskv1.Effect_SendEvent:
		s.plan(s.now, proto.CloneOf(e.SendEvent))
	}
}

func (s *simulation) enqueue(session string, c *flowdeskv1.Command) {
	s.commands[c.GetId()] = c
	s.result.Commands = append(s.result.GetCommands(), c)
	at := c.GetSendTime().AsTime()
	switch {
	case !at.After(s.now):
		s.leave(c, s.now)
	case c.GetReplyTo() == "":
		s.leave(c, at)
	default: // it is judged again then
		s.plan(at, &flowdeskv1.Event{
			Session: session, Source: "queue", Trace: c.GetTrace(), Causes: c.GetCauses(),
			Payload: &flowdeskv1.Event_CommandDue{CommandDue: &flowdeskv1.CommandDue{Command: c.GetId()}},
		})
	}
}

// leave plans the result of a command that leaves at a time.
func (s *simulation) leave(c *flowdeskv1.Command, leaves time.Time) {
	outcome := s.outcome
	arrives := leaves.Add(sendTakes)
	switch outcome {
	case flowdeskv1.CommandState_COMMAND_STATE_UNSPECIFIED:
		outcome = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
	case flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT:
		arrives = leaves.Add(s.env.GetSettings().GetResultDeadline().AsDuration())
	default:
	}
	c.SentTime, c.Attempts, c.Robot = engine.Timestamp(leaves), 1, testRobot
	s.plan(arrives, &flowdeskv1.Event{
		Session: c.GetSession(), Source: "queue", Trace: c.GetTrace(), Causes: c.GetCauses(),
		Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
			Command: c.GetId(), State: outcome, Attempts: 1, Robot: testRobot, DoneAt: engine.Timestamp(arrives), Reason: "test run",
		}},
	})
}

// strike takes what is planned for a command off the agenda.
func (s *simulation) strike(command string) {
	for i, a := range s.due {
		if a.event.GetCommandResult().GetCommand() == command || a.event.GetCommandDue().GetCommand() == command {
			heap.Remove(&s.due, i)
			return
		}
	}
}

func (s *simulation) call(call *flowdeskv1.Call) {
	answer := &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "the test run gives no answer for node " + call.GetNode()}
	if given := s.answers[call.GetNode()]; given != nil {
		answer = proto.CloneOf(given)
	}
	answer.Call = call.GetId()
	s.plan(s.now.Add(callTakes), &flowdeskv1.Event{
		Session: call.GetSession(), Source: "call", Trace: call.GetTrace(), Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: answer},
	})
}
