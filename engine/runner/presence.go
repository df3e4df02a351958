package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// presenceBook holds the last activity of staff. The environment follows it by up to presenceRefresh.
type presenceBook struct {
	mu    sync.Mutex
	facts map[string]*flowdeskv1.PresenceFact
	dirty bool
	tasks bool // tasks of people changed, so that somebody may have become busy or free
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

// tasksChanged notes that people have more tasks, or fewer.
func (b *presenceBook) tasksChanged() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tasks = true
}

// take reports whether the environment must follow, and whether people's tasks changed, once.
func (b *presenceBook) take() (dirty, tasks bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	dirty, tasks = b.dirty, b.tasks
	b.dirty, b.tasks = false, false
	return dirty, tasks
}

// restore takes back that the environment followed.
func (b *presenceBook) restore(dirty, tasks bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty, b.tasks = b.dirty || dirty, b.tasks || tasks
}

// followEvery is how often it is looked whether the environment must follow.
const followEvery = time.Second

// follow lets the environment follow the staff's activity, the groups that were met, and the alerts about people of the directory.
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
	presence, tasks := r.presence.take()
	groups := r.met.Swap(false)
	raised, stale := r.raised.Swap(false), r.stale.Swap(false)
	if !presence && !tasks && !groups && !raised && !stale {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	var err error
	if presence || tasks || groups || raised {
		err = r.catchUp(ctx, presence || groups || raised || stale)
	} else {
		err = r.Reload(ctx)
	}
	if err != nil {
		r.presence.restore(presence, tasks)
		if groups {
			r.met.Store(true)
		}
		if raised {
			r.raised.Store(true)
		}
		if stale {
			r.stale.Store(true)
		}
		if r.ctx.Err() == nil {
			r.log.Error("refresh the environment", "error", err)
		}
	}
}

// catchUp builds the environment anew, for tasks alone only when somebody became busy or free by them: each snapshot is stored for replay.
func (r *Runner) catchUp(ctx context.Context, surely bool) error {
	if !surely {
		counts, err := r.store.CountOpenTasks(ctx)
		if err != nil {
			return err
		}
		env := r.Env()
		busy := env.GetSettings().GetBusyTasks()
		surely = slices.ContainsFunc(env.GetPeople(), func(p *flowdeskv1.Person) bool {
			return (p.GetOpenTasks() >= busy) != (counts[p.GetId()] >= busy)
		})
	}
	if !surely {
		return nil
	}
	if r.shares != nil { // turns made the change, and no change of the directory counted it
		if err := r.store.EnvironmentChanged(ctx); err != nil {
			return err
		}
	}
	return r.Reload(ctx)
}

// counts reports whether a change of an alert changes the alerts of a person by session: one was raised, or came from another session.
func counts(event *flowdeskv1.Event, a *flowdeskv1.Alert) bool {
	return a.GetPerson() != "" &&
		(a.GetRevision() == 1 || event.GetSessionChange().GetAction() == flowdeskv1.SessionAction_SESSION_ACTION_MERGE)
}
