package demo

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// writeAtOnce is how many turns are handed to the store in one commit: large enough to be quick, small enough for live turns to come between.
const writeAtOnce = 200

// ledger is the store of the runner that plays the week. The directory, settings and versions are the installation's; sessions are its own,
// because nobody but that runner writes them. It takes every commit at once and hands it on later, in order.
type ledger struct {
	storage.Store // the installation's

	people   []*flowdeskv1.Person
	groups   []*flowdeskv1.Group
	robots   []*storage.RobotRecord
	settings *flowdeskv1.Settings
	active   func() *flowdeskv1.FlowVersion

	mu     sync.Mutex
	due    map[string]time.Time             // of sessions with a timer
	alerts map[string]*flowdeskv1.Alert     // that are not resolved, by id
	tasks  map[string]*flowdeskv1.TrackTask // that are open, by id
	asking map[string]string                // sessions with an unanswered question
	batch  *storage.Batch
	failed error
}

// newLedger reads the directory once: the week plays on what it is now.
func newLedger(ctx context.Context, store storage.Store, sessions map[string]bool, active func() *flowdeskv1.FlowVersion) (*ledger, error) {
	l := &ledger{
		Store: store, active: active, due: make(map[string]time.Time), batch: &storage.Batch{},
		alerts: make(map[string]*flowdeskv1.Alert), tasks: make(map[string]*flowdeskv1.TrackTask),
		asking: make(map[string]string),
	}
	var err error
	if l.people, _, err = store.ListPeople(ctx, storage.PersonFilter{}, storage.Page{}); err != nil {
		return nil, err
	}
	groups, _, err := store.ListGroups(ctx, storage.GroupFilter{}, storage.Page{})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if sessions[g.GetId()] {
			l.groups = append(l.groups, g)
		}
	}
	if l.robots, err = store.ListRobots(ctx); err != nil {
		return nil, err
	}
	l.settings, err = store.GetSettings(ctx)
	return l, err
}

// ListPeople implements storage.DirectoryStore.
func (l *ledger) ListPeople(context.Context, storage.PersonFilter, storage.Page) ([]*flowdeskv1.Person, string, error) {
	return clones(l.people), "", nil
}

// ListGroups implements storage.DirectoryStore.
func (l *ledger) ListGroups(context.Context, storage.GroupFilter, storage.Page) ([]*flowdeskv1.Group, string, error) {
	return clones(l.groups), "", nil
}

// ListRobots implements storage.RobotStore.
func (l *ledger) ListRobots(context.Context) ([]*storage.RobotRecord, error) { return l.robots, nil }

// GetSettings implements storage.DirectoryStore.
func (l *ledger) GetSettings(context.Context) (*flowdeskv1.Settings, error) {
	return proto.CloneOf(l.settings), nil
}

// ListPresence implements storage.DirectoryStore: the week begins with nobody there.
func (l *ledger) ListPresence(context.Context) ([]*flowdeskv1.PresenceFact, error) { return nil, nil }

// ActiveVersions implements storage.FlowStore: the version that was active at the time of the week.
func (l *ledger) ActiveVersions(context.Context) ([]*flowdeskv1.FlowVersion, error) {
	return []*flowdeskv1.FlowVersion{l.active()}, nil
}

// PendingEvents implements storage.InboxStore.
func (l *ledger) PendingEvents(context.Context, int64, int) ([]storage.InboxEvent, error) {
	return nil, nil
}

// PendingCalls implements storage.InboxStore.
func (l *ledger) PendingCalls(context.Context, string, int) ([]*flowdeskv1.Call, error) {
	return nil, nil
}

// LoadSession implements storage.SessionStore. What was not handed on yet must be there first.
func (l *ledger) LoadSession(ctx context.Context, session string) (*storage.SessionRecord, error) {
	if err := l.flush(ctx); err != nil {
		return nil, err
	}
	return l.Store.LoadSession(ctx, session)
}

// Commit implements storage.Committer. Every turn wins: only one runner writes these sessions.
func (l *ledger) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	l.mu.Lock()
	for _, w := range batch.Turns {
		if w.Head.NextDue.IsZero() {
			delete(l.due, w.Session)
		} else {
			l.due[w.Session] = w.Head.NextDue
		}
		for _, a := range w.Alerts {
			if l.alerts[a.GetId()] = a; a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
				delete(l.alerts, a.GetId())
			}
		}
		if l.asking[w.Session] = w.Session; w.Head.Unanswered == 0 {
			delete(l.asking, w.Session)
		}
		for _, t := range w.Tasks {
			if l.tasks[t.GetId()] = t; engine.TaskEnded(t.GetState()) {
				delete(l.tasks, t.GetId())
			}
		}
	}
	l.batch.Turns = append(l.batch.Turns, batch.Turns...)
	l.batch.Deliveries = append(l.batch.Deliveries, batch.Deliveries...)
	l.batch.Environments = append(l.batch.Environments, batch.Environments...)
	l.batch.Quarantine = append(l.batch.Quarantine, batch.Quarantine...)
	full := len(l.batch.Turns) >= writeAtOnce
	l.mu.Unlock()
	if full {
		return &storage.BatchResult{}, l.flush(ctx)
	}
	return &storage.BatchResult{}, nil
}

// flush hands on what was gathered. Turns of a session that somebody else has moved meanwhile lose, and so do those after them: its week ends
// where the person began.
func (l *ledger) flush(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	if len(l.batch.Turns)+len(l.batch.Deliveries) == 0 {
		return nil
	}
	_, l.failed = l.Store.Commit(context.WithoutCancel(ctx), l.batch)
	l.batch = &storage.Batch{}
	return l.failed
}

// nextTimer is the session whose timer is due first; of several that with the smallest id, so that the week is always the same.
func (l *ledger) nextTimer() (session string, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s, at := range l.due {
		if due.IsZero() || at.Before(due) || at.Equal(due) && s < session {
			session, due = s, at
		}
	}
	return session, due
}

// openAlerts are the alerts that nobody has resolved, the oldest first.
func (l *ledger) openAlerts() []*flowdeskv1.Alert {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sorted(l.alerts)
}

// openTasks are the tasks that are open, the oldest first.
func (l *ledger) openTasks() []*flowdeskv1.TrackTask {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sorted(l.tasks)
}

// unanswered are the sessions with an unanswered question.
func (l *ledger) unanswered() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sorted(l.asking)
}

// sorted are the values of a map in the order of their ids.
func sorted[T any](byID map[string]T) []T {
	out := make([]T, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		out = append(out, byID[id])
	}
	return out
}

// rung forgets a timer that rang. When it is still there afterwards, its turn has set it again.
func (l *ledger) rung(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.due, session)
}

func clones[M proto.Message](list []M) []M {
	out := make([]M, len(list))
	for i, m := range list {
		out[i] = proto.CloneOf(m)
	}
	return out
}
