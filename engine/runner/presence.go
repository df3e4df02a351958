package runner

import (
	"context"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// presenceBook holds the last activity of staff. The environment follows it by up to presenceRefresh.
type presenceBook struct {
	mu    sync.Mutex
	facts map[string]*flowdeskv1.PresenceFact
	dirty bool
}

func (b *presenceBook) note(fact *flowdeskv1.PresenceFact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.facts == nil {
		b.facts = make(map[string]*flowdeskv1.PresenceFact)
	}
	old := b.facts[fact.GetPerson()]
	if old != nil && old.GetActiveAt().AsTime().After(fact.GetActiveAt().AsTime()) {
		return
	}
	b.facts[fact.GetPerson()] = fact
	moved := old == nil || fact.GetActiveAt().AsTime().Truncate(presenceRefresh).After(old.GetActiveAt().AsTime().Truncate(presenceRefresh))
	b.dirty = b.dirty || moved || old.GetManual() != fact.GetManual()
}

func (b *presenceBook) of(person string) *flowdeskv1.PresenceFact {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts[person]
}

// take reports whether the environment must follow, once.
func (b *presenceBook) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	dirty := b.dirty
	b.dirty = false
	return dirty
}

// restore takes back that the environment followed.
func (b *presenceBook) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty = true
}

// followEvery is how often it is looked whether the environment must follow.
const followEvery = time.Second

// follow lets the environment follow the staff's activity and the groups that were met.
func (r *Runner) follow() {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
			r.refresh()
		}
	}
}

func (r *Runner) refresh() {
	presence, groups := r.presence.take(), r.met.Swap(false)
	if !presence && !groups {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	if err := r.Reload(ctx); err != nil {
		if presence {
			r.presence.restore()
		}
		if groups {
			r.met.Store(true)
		}
		if r.ctx.Err() == nil {
			r.log.Error("refresh the environment", "error", err)
		}
	}
}
