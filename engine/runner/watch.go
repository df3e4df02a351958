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
