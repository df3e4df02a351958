package simulator

import (
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

// debugger holds turns ahead of nodes.
//
// A turn is a pure function: run ahead of time on a copy of its session it gives what it will give. So the debugger makes the turn first,
// shows of it what is behind the place where it is held, and lets the runner make it again in earnest when nobody holds it any more. What a
// turn changes happens then, at once.
type debugger struct {
	catalog *engine.Catalog
	world   *world

	one sync.Mutex // one turn is held at a time

	mu          sync.Mutex
	breakpoints []string
	every       bool
	target      string // one more breakpoint, once
	skip        bool   // the rest of the turn that is held is not held
	held        *flowdeskv1.DebugState
	reached     chan struct{} // closed when a turn is held
	proceed     chan struct{} // closed when it goes on
	ended       bool
}

func newDebugger(catalog *engine.Catalog, w *world) *debugger {
	return &debugger{catalog: catalog, world: w, reached: make(chan struct{})}
}

// set says where turns are held.
func (d *debugger) set(breakpoints []string, every bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.breakpoints, d.every, d.target = breakpoints, every, ""
}

// gate holds a turn ahead of the nodes that it is to be held at. It is called by the runner and returns when nobody holds the turn.
func (d *debugger) gate(in engine.Input) {
	d.mu.Lock()
	idle := d.ended || len(d.breakpoints) == 0 && !d.every && d.target == ""
	d.mu.Unlock()
	if idle {
		return
	}
	d.one.Lock()
	defer d.one.Unlock()
	before := proto.CloneOf(in.State.SessionState)
	in.State = &engine.State{SessionState: proto.CloneOf(before)}
	in.Event = proto.CloneOf(in.Event)
	turn, err := d.catalog.Turn(in)
	if err != nil {
		return // the turn itself will say so
	}
	var steps []*flowdeskv1.TraceStep
	var instances []string
	for _, trace := range turn.GetTraces() {
		for _, step := range server.Steps(turn, trace, d.world.subject.definition.GetNodes(), d.catalog) {
			steps, instances = append(steps, step), append(instances, trace.GetInstance())
		}
	}
	for i, step := range steps {
		if !d.stops(step.GetNode()) {
			continue
		}
		d.hold(&flowdeskv1.DebugState{
			Held: true, Event: turn.GetEvent(), Instance: instances[i], Done: steps[:i], Next: ahead(step), Remaining: int32(len(steps) - i), Session: before,
		})
	}
	d.mu.Lock()
	d.skip = false
	d.mu.Unlock()
}

// ahead is a step of which only what goes in is known.
func ahead(step *flowdeskv1.TraceStep) *flowdeskv1.TraceStep {
	next := proto.CloneOf(step)
	next.Port, next.Output, next.Notes, next.Error, next.WaitingFor = "", nil, nil, "", nil
	return next
}

func (d *debugger) stops(node string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.ended && !d.skip && (d.every || d.target == node || slices.Contains(d.breakpoints, node))
}

// hold shows a state and waits until it may go on.
func (d *debugger) hold(state *flowdeskv1.DebugState) {
	d.mu.Lock()
	d.held, d.target, d.proceed = state, "", make(chan struct{})
	proceed := d.proceed
	close(d.reached)
	d.mu.Unlock()
	d.world.changed()
	<-proceed
}

// step lets the turn that is held go on. It reports whether there was one.
func (d *debugger) step(mode flowdeskv1.StepMode, node string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held == nil {
		return false
	}
	switch mode {
	case flowdeskv1.StepMode_STEP_MODE_RUN_TO:
		d.target, d.every = node, false
	case flowdeskv1.StepMode_STEP_MODE_CONTINUE:
		d.every = false
	case flowdeskv1.StepMode_STEP_MODE_TURN:
		d.skip = true
	default:
		d.every = true
	}
	d.release()
	return true
}

// release lets the turn go on. The lock is held.
func (d *debugger) release() {
	d.held, d.reached = nil, make(chan struct{})
	close(d.proceed)
}

// end lets go of everything, for good.
func (d *debugger) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.held != nil {
		d.release()
	}
}

// state is where the debugger stands, and what tells that a turn is held.
func (d *debugger) state() (*flowdeskv1.DebugState, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &flowdeskv1.DebugState{}
	if d.held != nil {
		s = proto.CloneOf(d.held)
	}
	s.Breakpoints, s.EveryNode = d.breakpoints, d.every
	return s, d.reached
}
