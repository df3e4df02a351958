package engine

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Errors of a turn. A turn that fails changes nothing; its state must be dropped.
var (
	// ErrPanic is a turn in which a node or a rule panicked.
	ErrPanic = errors.New("a node panicked")
	// ErrNoProgram is a waiting instance whose flow version is not at hand.
	ErrNoProgram = errors.New("flow version not found")
)

// maxChanges bounds the changes of one turn that waiting instances and flows hear of; what a turn can do is bounded anyway, so that more
// than these are a flow gone wrong.
const maxChanges = 256

// maxCauses is the greatest depth of flows that led to a flow.
const maxCauses = 16

// Input is all that a turn depends on.
type Input struct {
	// Event is what happened.
	Event *flowdeskv1.Event
	// Now is the turn's time.
	Now time.Time
	// State is the session before the turn. The turn owns it.
	State *State
	// Env is the environment snapshot.
	Env *Env
	// Programs are the active flows by priority, highest first.
	Programs []*Program
	// Program finds a version on which an instance began.
	Program func(flow string, version int32) *Program
	// Seed seeds the turn's random numbers and ids; 0 lets the event's id and session do so, and needs no room where the turn is stored.
	Seed uint64
	// Answers are recorded answers of text understanding. An answer that is not among them is computed.
	Answers []*flowdeskv1.RecordedAnswer
	// Observe, when set, is told of every node's visit as it happens; it is no part of the decision.
	Observe func(instance, node string)
	// Emitted, when set, is told of every effect as a node makes it, or a rule, for which instance and node are empty. What the engine
	// does by itself (timers that nobody awaits any more, settled calls) is not among them. It is no part of the decision.
	Emitted func(instance, node string, effect *flowdeskv1.Effect)
}

// turn is one event acting on one session.
type turn struct {
	in       Input
	catalog  *Catalog
	now      time.Time
	state    *State
	env      *Env
	out      *flowdeskv1.Turn
	arrival  Arrival
	due      *flowdeskv1.Timer // the timer that is the turn's event
	changes  []*flowdeskv1.Event
	live     []*instance
	ids      uint64
	enqueued int
	shown    [2]*flowdeskv1.Event // the event that expressions read last, and as they see it
}

// Turn lets one event act on one session and returns what is to be stored. The state it was given has then been advanced by one version.
// On an error nothing may be committed and the state must be dropped.
func (c *Catalog) Turn(in Input) (out *flowdeskv1.Turn, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())
		}
	}()
	t := &turn{in: in, catalog: c, now: in.Now.Truncate(time.Microsecond).In(in.Env.Zone), state: in.State, env: in.Env}
	t.out = &flowdeskv1.Turn{
		Event: in.Event, Now: Timestamp(in.Now), SessionVersion: in.State.GetVersion(), Seed: in.Seed, Environment: in.Env.Digest,
	}
	if t.in.Seed == 0 {
		t.in.Seed = Digest("seed", in.Event.GetId(), in.Event.GetSession())
	}
	for _, p := range in.Programs {
		t.out.Programs = append(t.out.Programs, &flowdeskv1.ProgramRef{Flow: p.Flow, Version: p.Version})
	}
	if err := t.run(); err != nil {
		return nil, err
	}
	return t.out, nil
}

func (t *turn) run() error {
	t.clearDueTimer()
	rules := &Run{turn: t, event: t.in.Event}
	if t.catalog.Rules.Handle != nil {
		t.catalog.Rules.Handle(rules)
	}
	if t.arrival.DuplicateOf == "" {
		if err := t.wake(t.in.Event); err != nil {
			return err
		}
	}
	t.cancelInstance(t.in.Event.GetCancel())
	if err := t.retry(t.in.Event.GetRetry()); err != nil {
		return err
	}
	started := t.start(t.in.Event)
	for n := 0; len(t.changes) > 0; n++ {
		if n == maxChanges {
			return fmt.Errorf("one turn made more than %d changes that others wait for", maxChanges)
		}
		change := t.changes[0]
		t.changes = t.changes[1:]
		if t.catalog.Rules.Changed != nil {
			t.catalog.Rules.Changed(&Run{turn: t, event: change}, change)
		}
		if err := t.wake(change); err != nil {
			return err
		}
		t.start(change)
	}
	t.out.Unmatched = t.in.Event.GetMessage() != nil && !started && t.arrival.DuplicateOf == ""
	for _, instance := range t.live {
		instance.finish()
		t.out.Traces = append(t.out.Traces, instance.trace)
	}
	t.state.finish(t.out)
	return nil
}

func (t *turn) emit(effect *flowdeskv1.Effect) {
	if effect.GetEnqueueCommand() != nil {
		t.enqueued++
	}
	t.out.Effects = append(t.out.Effects, effect)
	t.state.apply(effect)
}

func (t *turn) newID() string {
	t.ids++
	return NewID(t.now, mix(t.in.Seed+t.ids*0x9e3779b97f4a7c15))
}

// clearDueTimer takes the timer that is the turn's event off the session.
func (t *turn) clearDueTimer() {
	if due := t.in.Event.GetTimer(); due != nil {
		t.due = t.state.Timer(due.GetTimer())
		t.clearTimer(due.GetTimer())
	}
}

func (t *turn) clearTimer(id string) {
	if t.state.Timer(id) != nil {
		t.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_ClearTimer{ClearTimer: &flowdeskv1.ClearTimer{Timer: id}}})
	}
}

// replies counts the unsettled commands that answer a message.
func (t *turn) replies(message string) int {
	n := 0
	for _, c := range t.state.GetCommands() {
		if c.GetReplyTo() == message {
			n++
		}
	}
	return n
}

func (t *turn) understand(text string) *flowdeskv1.Understanding {
	question := Digest(text)
	for _, answers := range [2][]*flowdeskv1.RecordedAnswer{t.out.GetAnswers(), t.in.Answers} {
		for i, a := range answers {
			if a.GetQuestion() == question {
				if i >= len(t.out.GetAnswers()) || t.out.GetAnswers()[i] != a {
					t.out.Answers = append(t.out.GetAnswers(), a)
				}
				return a.GetUnderstanding()
			}
		}
	}
	answer := t.catalog.Rules.Understand(t.env, text)
	t.out.Answers = append(t.out.GetAnswers(), &flowdeskv1.RecordedAnswer{Question: question, Understanding: answer})
	return answer
}

// wake resumes the waiting instances that the event concerns, in the order in which they began.
func (t *turn) wake(event *flowdeskv1.Event) error {
	for _, waiting := range t.state.GetInstances() {
		if t.liveInstance(waiting.GetId()) == nil && !slices.ContainsFunc(waiting.GetWaits(), func(w *flowdeskv1.NodeWait) bool { return concerns(w, event) }) {
			continue
		}
		instance, err := t.resume(waiting)
		if err != nil {
			return err
		}
		instance.wake(event)
	}
	for i := 0; i < len(t.live); i++ { // instances that began in this turn; they may grow
		if t.live[i].trace.GetBegan() {
			t.live[i].wake(event)
		}
	}
	return nil
}

func (t *turn) liveInstance(id string) *instance {
	for _, instance := range t.live {
		if instance.trace.GetInstance() == id {
			return instance
		}
	}
	return nil
}

func (t *turn) resume(waiting *flowdeskv1.InstanceState) (*instance, error) {
	if instance := t.liveInstance(waiting.GetId()); instance != nil {
		return instance, nil
	}
	program := t.in.Program(waiting.GetFlow(), waiting.GetVersion())
	if program == nil {
		return nil, fmt.Errorf("instance %s on flow %s version %d: %w", waiting.GetId(), waiting.GetFlow(), waiting.GetVersion(), ErrNoProgram)
	}
	instance, err := rememberInstance(t, program, waiting)
	if err != nil {
		return nil, err
	}
	t.live = append(t.live, instance)
	return instance, nil
}

func (t *turn) cancelInstance(cancel *flowdeskv1.InstanceCancel) {
	if cancel == nil {
		return
	}
	waiting := t.state.Instance(cancel.GetInstance())
	if waiting == nil {
		t.out.Notes = append(t.out.GetNotes(), fmt.Sprintf("instance %s does not wait here", cancel.GetInstance()))
		return
	}
	instance, err := t.resume(waiting)
	if err != nil { // its program is gone: it ends all the same
		t.live = append(t.live, lostInstance(t, waiting, cancel.GetReason()))
		return
	}
	instance.end(flowdeskv1.InstanceStatus_INSTANCE_STATUS_CANCELLED, cancel.GetReason())
}

// start starts the flows that take the event, by priority. It reports whether one did.
func (t *turn) start(event *flowdeskv1.Event) bool {
	started := false
	var candidate *instance // of flows that the event does not start nothing remains
	for _, program := range t.in.Programs {
		for _, trigger := range program.Triggers {
			if candidate == nil {
				candidate = &instance{turn: t, start: event, causes: event.GetCauses()}
			}
			candidate.program = program
			if trigger.Type.match == nil || !trigger.Type.match(candidate.runOf(trigger, event, 0), trigger.config(t.env)) {
				continue
			}
			if slices.Contains(event.GetCauses(), program.Flow) {
				t.out.Notes = append(t.out.GetNotes(), fmt.Sprintf("flow %s not started: it is in the chain of causes", program.Flow))
				break
			}
			if len(event.GetCauses()) >= maxCauses {
				t.out.Notes = append(t.out.GetNotes(), fmt.Sprintf("flow %s not started: %d flows led to it", program.Flow, maxCauses))
				break
			}
			candidate.begin()
			t.live = append(t.live, candidate)
			candidate.walk(trigger, event)
			started, candidate = true, nil
			break
		}
	}
	return started
}

// concerns reports whether a wait is about an event.
func concerns(w *flowdeskv1.NodeWait, event *flowdeskv1.Event) bool {
	if len(w.GetKinds()) > 0 && slices.Contains(w.GetKinds(), EventKindOf(event)) {
		return true
	}
	switch e := event.GetPayload().(type) {
	case *flowdeskv1.Event_Message:
		return w.GetAnyMessage() || slices.Contains(w.GetParticipants(), ParticipantID(e.Message.GetSenderName()))
	case *flowdeskv1.Event_CommandResult:
		return slices.Contains(w.GetCommands(), e.CommandResult.GetCommand())
	case *flowdeskv1.Event_CallAnswer:
		return w.GetCall() != "" && w.GetCall() == e.CallAnswer.GetCall()
	case *flowdeskv1.Event_Timer:
		return slices.Contains(w.GetTimers(), e.Timer.GetTimer())
	case *flowdeskv1.Event_Task:
		return e.Task.GetDone() && slices.Contains(w.GetTasks(), e.Task.GetTask())
	}
	return false
}

// EventKindOf is the kind under which flows know an event; unspecified for events that flows cannot take. Requests of people are none:
// flows hear of the change that the request made.
func EventKindOf(event *flowdeskv1.Event) flowdeskv1.EventKind {
	switch e := event.GetPayload().(type) {
	case *flowdeskv1.Event_Message:
		return flowdeskv1.EventKind_EVENT_KIND_MESSAGE
	case *flowdeskv1.Event_Task:
		if e.Task.GetDone() {
			return flowdeskv1.EventKind_EVENT_KIND_TASK
		}
	case *flowdeskv1.Event_Alert:
		if e.Alert.GetDone() {
			return flowdeskv1.EventKind_EVENT_KIND_ALERT
		}
	case *flowdeskv1.Event_SessionChange:
		if e.SessionChange.GetDone() {
			return flowdeskv1.EventKind_EVENT_KIND_SESSION
		}
	case *flowdeskv1.Event_CommandResult:
		return flowdeskv1.EventKind_EVENT_KIND_COMMAND
	case *flowdeskv1.Event_Signal:
		return flowdeskv1.EventKind_EVENT_KIND_SIGNAL
	case *flowdeskv1.Event_Robot:
		return flowdeskv1.EventKind_EVENT_KIND_ROBOT
	}
	return flowdeskv1.EventKind_EVENT_KIND_UNSPECIFIED
}
