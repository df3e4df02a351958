package turntest

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
)

// Session is the session of a room.
const Session = "g1"

// Flow is the id of a room's flow.
const Flow = "work"

// maxTurns bounds what may follow from time that passes; more is a timer that sets itself again and again.
const maxTurns = 10_000

// Errors of a room.
var (
	// ErrRefused is a flow that the compiler refuses; the error lists its diagnostics.
	ErrRefused = errors.New("refused")
	// ErrNotTheFold is a state that is not the fold of its turns.
	ErrNotTheFold = errors.New("the state is not the fold of its turns")
	// ErrReplay is a replay that gives another turn.
	ErrReplay = errors.New("a replay gives another turn")
	// ErrEndless is time that does not pass because something falls due again and again.
	ErrEndless = errors.New("too many turns")
)

// Room is one session with one active flow. Every turn is folded from its stored form and replayed.
type Room struct {
	Catalog *engine.Catalog
	Program *engine.Program
	Env     *engine.Env
	// Now is the time of the next turn.
	Now time.Time
	// State is the session after the turns so far.
	State *engine.State
	// Turns are the turns so far.
	Turns []*flowdeskv1.Turn
	// Emitted, when set, is told of every effect of the turns to come, as engine.Input says.
	Emitted func(instance, node string, effect *flowdeskv1.Effect)
	// Replaying, when set, is told before and after a turn is replayed.
	Replaying func(bool)
}

// NewRoom makes an empty room. The settings of the world get their defaults. The error wraps ErrRefused when the flow has an error or a
// warning.
func NewRoom(catalog *engine.Catalog, definition *flowdeskv1.FlowDefinition, world *flowdeskv1.Environment) (*Room, error) {
	program, diagnostics := catalog.Compile(Flow, 1, definition)
	if len(diagnostics) > 0 {
		return nil, fmt.Errorf("%w: %v", ErrRefused, diagnostics)
	}
	world = proto.CloneOf(world)
	world.Settings = desk.FillSettings(world.GetSettings())
	env, err := engine.NewEnv(world, "env", catalog.Rules)
	if err != nil {
		return nil, fmt.Errorf("make the environment: %w", err)
	}
	return &Room{
		Catalog: catalog, Program: program, Env: env, State: engine.NewState(Session), Now: time.Date(2026, time.January, 5, 10, 0, 0, 0, env.Zone),
	}, nil
}

// Turn lets an event act on the session. Id, session and time of receipt are filled in.
func (r *Room) Turn(event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	n := uint64(len(r.Turns) + 1)
	event.Id, event.Session, event.ReceivedAt = engine.NewID(r.Now, n), Session, engine.Timestamp(r.Now)
	before := r.State.Clone()
	input := engine.Input{
		Event: event, Now: r.Now, State: r.State, Env: r.Env, Programs: []*engine.Program{r.Program}, Seed: n, Emitted: r.Emitted,
		Program: func(string, int32) *engine.Program { return r.Program },
	}
	turn, err := r.Catalog.Turn(input)
	if err != nil {
		return nil, fmt.Errorf("turn %d: %w", n, err)
	}
	if err := r.prove(before, input, turn); err != nil {
		return nil, fmt.Errorf("turn %d: %w", n, err)
	}
	r.Turns = append(r.Turns, turn)
	return turn, nil
}

// prove folds the turn from its stored form, and replays it.
func (r *Room) prove(before *engine.State, input engine.Input, turn *flowdeskv1.Turn) error {
	data, err := proto.Marshal(turn)
	if err != nil {
		return fmt.Errorf("store the turn: %w", err)
	}
	stored := &flowdeskv1.Turn{}
	if err := proto.Unmarshal(data, stored); err != nil {
		return fmt.Errorf("load the turn: %w", err)
	}
	folded := before.Clone()
	folded.Fold(stored)
	if diff := cmp.Diff(r.State.SessionState, folded.SessionState, protocmp.Transform()); diff != "" {
		return fmt.Errorf("%w (-state +fold):\n%s", ErrNotTheFold, diff)
	}
	input.State, input.Event, input.Answers, input.Emitted = before, stored.GetEvent(), stored.GetAnswers(), nil
	input.Now, input.Seed = stored.GetNow().AsTime(), stored.GetSeed()
	if r.Replaying != nil {
		r.Replaying(true)
		defer r.Replaying(false)
	}
	replayed, err := r.Catalog.Turn(input)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if diff := cmp.Diff(stored, replayed, protocmp.Transform()); diff != "" {
		return fmt.Errorf("%w (-first +replay):\n%s", ErrReplay, diff)
	}
	return nil
}

// Says lets somebody say something, as robot monitor reports it.
func (r *Room) Says(name, said string) (*flowdeskv1.Turn, error) {
	return r.Turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: report(name, said)}})
}

func report(name, said string) *flowdeskv1.MessageEvent {
	m := &flowdeskv1.MessageEvent{Robot: "monitor", SenderName: name, Text: said, RawText: said, ContentType: 1, GroupName: "华东客户群"}
	for _, mention := range text.Mentions(said) {
		m.Mentions = append(m.Mentions, mention.Name)
	}
	return m
}

// Pass lets time pass. Timers fire and delayed commands are judged as they fall due; it gives their turns.
func (r *Room) Pass(d time.Duration) ([]*flowdeskv1.Turn, error) {
	end, first := r.Now.Add(d), len(r.Turns)
	for len(r.Turns)-first < maxTurns {
		at, event := r.next()
		if event == nil || at.After(end) {
			r.Now = end
			return r.Turns[first:], nil
		}
		if at.After(r.Now) {
			r.Now = at
		}
		if _, err := r.Turn(event); err != nil {
			return nil, err
		}
	}
	return nil, ErrEndless
}

// next is what falls due first, and when; nil when nothing does.
func (r *Room) next() (at time.Time, event *flowdeskv1.Event) {
	if timer := r.State.NextTimer(); timer != nil {
		at, event = timer.GetDue().AsTime(), &flowdeskv1.Event{
			Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}},
		}
	}
	for _, c := range r.State.GetCommands() {
		due := c.GetSendTime().AsTime()
		if c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED && (event == nil || due.Before(at)) {
			at, event = due, &flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandDue{CommandDue: &flowdeskv1.CommandDue{Command: c.GetId()}}}
		}
	}
	return at, event
}
