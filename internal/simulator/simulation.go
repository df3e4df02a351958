package simulator

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// simulation is a world that people look at and play with, one thing at a time.
type simulation struct {
	id      string
	created time.Time
	idle    time.Duration // after which it is removed

	life sync.RWMutex // held for writing while the world is replaced or ends

	mu       sync.Mutex
	world    *world
	used     time.Time
	origin   string // test case that it began with
	revision int64
	changed  chan struct{} // closed with every change
	acting   *action
	gone     bool
}

// action is what somebody plays.
type action struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func newSimulation(id string, w *world, now time.Time, idle time.Duration, origin string) *simulation {
	s := &simulation{id: id, created: now, used: now, idle: idle, origin: origin, changed: make(chan struct{})}
	s.take(w)
	return s
}

// take makes a world the simulation's.
func (s *simulation) take(w *world) {
	s.mu.Lock()
	s.world = w
	s.mu.Unlock()
	w.changed = s.touch
	s.touch()
}

// touch tells watchers that something changed.
func (s *simulation) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	close(s.changed)
	s.changed = make(chan struct{})
}

// do plays something and waits until it has ended, or a turn is held. Others wait until it is their turn; while a turn is held nothing else
// can be played.
func (s *simulation) do(ctx context.Context, play func(context.Context, *world) error) error {
	for {
		s.mu.Lock()
		if s.gone {
			s.mu.Unlock()
			return fmt.Errorf("simulation %s: %w", s.id, storage.ErrNotFound)
		}
		before := s.acting
		if before == nil {
			a := s.begin(play) //nolint:contextcheck // a held turn outlives the request that made it
			s.mu.Unlock()
			return s.await(ctx, a)
		}
		held, _ := s.world.debug.state()
		s.mu.Unlock()
		if held.GetHeld() {
			return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "a turn is held ahead of a node; let it go on first")
		}
		if err := s.await(ctx, before); ctx.Err() != nil {
			return err
		}
	}
}

// begin starts to play. The lock is held. What is played ends by itself, by its bounds, or with whoever waits for it.
func (s *simulation) begin(play func(context.Context, *world) error) *action {
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // a held turn outlives the request that made it
	a := &action{cancel: cancel, done: make(chan struct{})}
	s.acting = a
	w := s.world
	go func() {
		defer cancel()
		err := play(ctx, w)
		s.mu.Lock()
		a.err, s.acting = err, nil
		s.mu.Unlock()
		close(a.done)
		s.touch()
	}()
	return a
}

// await waits until an action has ended or a turn is held.
func (s *simulation) await(ctx context.Context, a *action) error {
	s.mu.Lock()
	_, reached := s.world.debug.state()
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-reached:
		return nil
	case <-ctx.Done():
		a.cancel()
		return ctx.Err()
	}
}

// step lets a held turn go on and waits until what was played has ended or a turn is held again.
func (s *simulation) step(ctx context.Context, mode flowdeskv1.StepMode, node string) error {
	s.mu.Lock()
	a, w := s.acting, s.world
	s.mu.Unlock()
	if a == nil || !w.debug.step(mode, node) {
		return server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "no turn is held")
	}
	return s.await(ctx, a)
}

// state is what the simulation looks like, and what tells of the next change.
func (s *simulation) state(ctx context.Context) (*flowdeskv1.SimulationState, <-chan struct{}, error) {
	s.life.RLock()
	defer s.life.RUnlock()
	s.mu.Lock()
	w, changed := s.world, s.changed
	if s.gone {
		s.mu.Unlock()
		return nil, nil, fmt.Errorf("simulation %s: %w", s.id, storage.ErrNotFound)
	}
	s.mu.Unlock()
	state, err := w.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.sign(state.GetSimulation(), w)
	return state, changed, nil
}

// summary is the simulation without its contents.
func (s *simulation) summary() *flowdeskv1.Simulation {
	s.life.RLock()
	defer s.life.RUnlock()
	s.mu.Lock()
	w := s.world
	s.mu.Unlock()
	summary := w.summary()
	s.sign(summary, w)
	return summary
}

// sign adds to a world what only the simulation knows.
func (s *simulation) sign(summary *flowdeskv1.Simulation, w *world) {
	s.mu.Lock()
	defer s.mu.Unlock()
	summary.Id, summary.Name, summary.Revision, summary.TestCase = s.id, "simulations/"+s.id, s.revision, s.origin
	summary.CreateTime, summary.ExpireTime = timestamppb.New(s.created), timestamppb.New(s.used.Add(s.idle))
	if w.subject.stored {
		summary.Flow = "flows/" + w.subject.flow
	}
}

// replace begins the simulation anew with another world.
func (s *simulation) replace(w *world) error {
	s.life.Lock()
	s.mu.Lock()
	old := s.world
	s.mu.Unlock()
	s.take(w)
	s.life.Unlock()
	return old.close()
}

// end removes the simulation.
func (s *simulation) end() error {
	s.mu.Lock()
	if s.gone {
		s.mu.Unlock()
		return nil
	}
	s.gone = true
	a, w := s.acting, s.world
	s.mu.Unlock()
	w.ending.Store(true)
	w.debug.end()
	if a != nil {
		a.cancel()
		<-a.done
	}
	s.touch()
	s.life.Lock()
	defer s.life.Unlock()
	return w.close()
}

// busy reports whether somebody plays.
func (s *simulation) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acting != nil
}

// use puts the end off.
func (s *simulation) use(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = now
}

func (s *simulation) lastUsed() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
