package runner

import (
	"context"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// watchBuffer is how many turns a watcher may be behind before it misses some.
const watchBuffer = 256

// watchers get committed turns. They are told, never waited for.
type watchers struct {
	mu   sync.RWMutex
	next int
	byID map[int]*watcher
	logs map[int]chan Commit
}

// Commit is a batch of turns that was committed here, as it stands in the log of turns.
type Commit struct {
	Writer int64 // 0 when no log is kept
	Number int64 // of the batch; what lies between two of them held no turns, or was missed
	Turns  []*flowdeskv1.Turn
}

// Committed gives the batches that are committed here, in order, until the context ends. Turns must not be changed. Who falls too far behind misses
// some, sees that from the numbers, and reads them from the store's log.
func (r *Runner) Committed(ctx context.Context) <-chan Commit {
	log := make(chan Commit, watchBuffer)
	ws := &r.watchers
	ws.mu.Lock()
	if ws.logs == nil {
		ws.logs = make(map[int]chan Commit)
	}
	id := ws.next
	ws.next++
	ws.logs[id] = log
	ws.mu.Unlock()
	context.AfterFunc(ctx, func() {
		ws.mu.Lock()
		defer ws.mu.Unlock()
		delete(ws.logs, id)
		close(log)
	})
	return log
}

func (ws *watchers) committed(batch Commit) {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	for _, log := range ws.logs {
		select {
		case log <- batch:
		default:
		}
	}
}

type watcher struct {
	session string
	turns   chan *flowdeskv1.Turn
}

// Watch gives the committed turns of a session, or of all when it is empty, until the context ends. Turns must not be changed. A watcher
// that falls too far behind misses turns; it sees that from the gap in a session's versions and reads them from the store.
func (r *Runner) Watch(ctx context.Context, session string) <-chan *flowdeskv1.Turn {
	w := &watcher{session: session, turns: make(chan *flowdeskv1.Turn, watchBuffer)}
	r.watchers.mu.Lock()
	if r.watchers.byID == nil {
		r.watchers.byID = make(map[int]*watcher)
	}
	id := r.watchers.next
	r.watchers.next++
	r.watchers.byID[id] = w
	r.watchers.mu.Unlock()
	context.AfterFunc(ctx, func() {
		r.watchers.mu.Lock()
		defer r.watchers.mu.Unlock()
		delete(r.watchers.byID, id)
		close(w.turns)
	})
	return w.turns
}

func (ws *watchers) publish(turn *flowdeskv1.Turn) {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	for _, w := range ws.byID {
		if w.session == "" || w.session == turn.GetEvent().GetSession() {
			select {
			case w.turns <- turn:
			default:
			}
		}
	}
}

// Writer is the number of this runner's log of turns; 0 when none is kept.
func (r *Runner) Writer() int64 { return r.writer }
