package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Looking for a turn that runs elsewhere.
const (
	lookFirst = 3 * time.Millisecond // a turn through the inbox takes about as long
	lookMost  = 100 * time.Millisecond
	lookBack  = int64(100) // turns that a session may have had since the event was stored
	lookPage  = 100
)

// wait waits for the turn of an event that stands in the inbox.
type wait struct {
	runner *Runner
	event  *flowdeskv1.Event
	back   int64 // turns that the session may have had since the event was stored; 0 for the usual number
	began  bool
	from   int64 // turns before this one were looked at
	looks  int
}

// await returns an event's turn once it is committed, here or elsewhere.
func (r *Runner) await(ctx context.Context, event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	here := r.waits.add(event.GetId())
	defer r.waits.remove(event.GetId(), here)
	w := &wait{runner: r, event: event}
	for pause := lookFirst; ; pause = min(2*pause, lookMost) {
		turn, err := w.look(ctx)
		if err == nil || errors.Is(err, ErrQuarantined) {
			return turn, err
		}
		timer := time.NewTimer(pause)
		select {
		case o := <-here:
			timer.Stop()
			return o.turn, o.err
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("event %s is queued: %w", event.GetId(), ctx.Err())
		case <-r.ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("event %s is queued, and the server ends: %w", event.GetId(), storage.ErrUnknown)
		}
	}
}

// look looks for the turn once; errNotYet says that there is none.
func (w *wait) look(ctx context.Context) (*flowdeskv1.Turn, error) {
	store, session := w.runner.store, w.event.GetSession()
	if !w.began {
		stored, err := store.GetSession(ctx, session)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		w.from, w.began = max(0, stored.GetVersion()-cmp.Or(w.back, lookBack)), true
	}
	for {
		turns, err := store.ListTurns(ctx, session, w.from, lookPage)
		if err != nil {
			return nil, err
		}
		for _, data := range turns {
			turn := &flowdeskv1.Turn{}
			if err := proto.Unmarshal(data, turn); err != nil {
				return nil, fmt.Errorf("turn of session %s: %w", session, err)
			}
			if turn.GetEvent().GetId() == w.event.GetId() {
				return turn, nil
			}
			w.from = turn.GetSessionVersion() + 1
		}
		if len(turns) < lookPage {
			break
		}
	}
	if q := w.event.GetRequest(); q != nil { // another event of the same request may have had the turn
		turn, err := w.runner.SubmittedTurn(ctx, q.GetMethod(), q.GetId())
		if err == nil || !errors.Is(err, storage.ErrNotFound) {
			return turn, err
		}
	}
	if w.looks++; w.looks%8 != 1 { // quarantine is rare
		return nil, errNotYet
	}
	entry, err := store.GetQuarantine(ctx, w.event.GetId())
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil, errNotYet
	case err != nil:
		return nil, err
	default:
		return nil, fmt.Errorf("event %s: %w: %s", w.event.GetId(), ErrQuarantined, entry.Reason)
	}
}

// waits are those who wait for the turn of an event of the inbox, for when it runs here.
type waits struct {
	some atomic.Int64
	mu   sync.Mutex
	byID map[string]chan outcome
}

func (ws *waits) add(event string) chan outcome {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byID == nil {
		ws.byID = make(map[string]chan outcome)
	}
	here := make(chan outcome, 1)
	ws.byID[event] = here
	ws.some.Add(1)
	return here
}

func (ws *waits) remove(event string, here chan outcome) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.some.Add(-1)
	if ws.byID[event] == here {
		delete(ws.byID, event)
	}
}

// end tells who waits for an event how it ended.
func (ws *waits) end(event string, o outcome) {
	if ws.some.Load() == 0 || o.turn == nil && !errors.Is(o.err, ErrQuarantined) {
		return
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if here := ws.byID[event]; here != nil {
		delete(ws.byID, event)
		here <- o
	}
}
