package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// attempt is one call with a request id. What its events did is stored with their turns, so that a repetition whose first answer was lost in a
// crash finds the turns and does nothing again.
type attempt struct {
	method string // with the caller and the digest of the request
	id     string
	turns  int  // events submitted so far
	before bool // an earlier call with this id got as far as a turn
	acted  bool // and that turn was not refused
}

// mark is the name under which the next turn is stored.
func (a *attempt) mark() string { return fmt.Sprintf("%s turn %d", a.method, a.turns) }

// version is under what name the number of a version is stored that the call makes; nil without a request id.
func (a *attempt) version() *storage.RequestMark {
	if a == nil {
		return nil
	}
	return &storage.RequestMark{Method: a.method + " version", ID: a.id}
}

func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey).(*attempt)
	return a
}

// repeated reports whether the call repeats one that has changed what it was to change: conditions that held before no longer count.
func repeated(ctx context.Context) bool {
	a := attemptOf(ctx)
	return a != nil && a.acted
}

// recallTurns looks whether an earlier call got as far as a turn.
func (a *attempt) recallTurns(ctx context.Context, submitted func(ctx context.Context, method, request string) (*flowdeskv1.Turn, error)) error {
	first := *a
	first.turns = 1
	turn, err := submitted(ctx, first.mark(), a.id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("look for what request %s did: %w", a.id, err)
	}
	a.before, a.acted = true, refusal(turn) == ""
	return nil
}

// submit lets an event have its turn, once for each request id.
func (s *Server) submit(ctx context.Context, event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	a := attemptOf(ctx)
	if a == nil {
		return s.deps.Runner.Submit(ctx, event)
	}
	for {
		a.turns++
		if !a.before {
			return s.deps.Runner.SubmitOnce(ctx, event, a.mark(), a.id)
		}
		turn, err := s.deps.Runner.SubmittedTurn(ctx, a.mark(), a.id)
		switch {
		case err == nil && refusal(turn) == "":
			return turn, nil
		case errors.Is(err, storage.ErrNotFound): // that is how far it got
			a.before = false
			return s.deps.Runner.SubmitOnce(ctx, event, a.mark(), a.id)
		case err != nil:
			return nil, err
		}
	}
}

// refusal is why a turn's rules refused a request; empty when they did not.
func refusal(turn *flowdeskv1.Turn) string {
	for _, note := range turn.GetNotes() {
		if reason, refused := strings.CutPrefix(note, "refused: "); refused {
			return reason
		}
	}
	return ""
}

// newID is an id for something that a call makes. With a request id it is the same whenever the call is repeated.
func (s *Server) newID(ctx context.Context) string {
	if a := attemptOf(ctx); a != nil {
		at := time.UnixMilli(int64(engine.Digest("when", a.method, a.id) >> 14)) // all bits of the id from the request
		return engine.NewID(at, engine.Digest("what", a.method, a.id))
	}
	return s.deps.Runner.NewEventID()
}

// madeBefore reports whether what a call is to make is there because the same call made it and ended before its answer was stored.
func madeBefore(ctx context.Context, givenID string) bool {
	return givenID == "" && attemptOf(ctx) != nil
}

// locks let one call at a time deal with a thing.
type locks struct {
	mu   sync.Mutex
	busy map[string]chan struct{}
}

// acquire waits until no other call deals with the thing.
func (l *locks) acquire(ctx context.Context, key string) (release func(), err error) {
	for {
		l.mu.Lock()
		other := l.busy[key]
		if other == nil {
			mine := make(chan struct{})
			if l.busy == nil {
				l.busy = make(map[string]chan struct{})
			}
			l.busy[key] = mine
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				delete(l.busy, key)
				l.mu.Unlock()
				close(mine)
			}, nil
		}
		l.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
