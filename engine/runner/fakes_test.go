package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// store is a real store whose answers a test may spoil.
type store struct {
	*bunstore.Store

	mu     sync.Mutex
	spoil  func(batch *storage.Batch, commit func() (*storage.BatchResult, error)) (*storage.BatchResult, error)
	away   error // of reads
	unread map[string]error

	reading func() // before the inbox is read
	loading func() // before a session is read
	meeting func() // before a group is stored
	silent  bool   // reads of what is due hear nothing
}

func (s *store) DueSessions(ctx context.Context, before time.Time, limit int) ([]storage.DueSession, error) {
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Store.DueSessions(ctx, before, limit)
}

func (s *store) PutGroup(ctx context.Context, group *flowdeskv1.Group, etag string) error {
	s.mu.Lock()
	meeting := s.meeting
	s.mu.Unlock()
	if meeting != nil {
		meeting()
	}
	return s.Store.PutGroup(ctx, group, etag)
}

func (s *store) PendingEvents(ctx context.Context, after int64, limit int) ([]storage.InboxEvent, error) {
	s.mu.Lock()
	reading := s.reading
	s.mu.Unlock()
	if reading != nil {
		reading()
	}
	return s.Store.PendingEvents(ctx, after, limit)
}

func (s *store) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	s.mu.Lock()
	spoil := s.spoil
	s.mu.Unlock()
	commit := func() (*storage.BatchResult, error) { return s.Store.Commit(ctx, batch) }
	if spoil == nil {
		return commit()
	}
	return spoil(batch, commit)
}

func (s *store) LoadSession(ctx context.Context, session string) (*storage.SessionRecord, error) {
	s.mu.Lock()
	err, loading := errors.Join(s.away, s.unread[session]), s.loading
	s.mu.Unlock()
	if loading != nil {
		loading()
	}
	if err != nil {
		return nil, err
	}
	return s.Store.LoadSession(ctx, session)
}

func (s *store) GetTurn(ctx context.Context, session string, version int64) ([]byte, error) {
	s.mu.Lock()
	err := s.away
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.Store.GetTurn(ctx, session, version)
}

// set changes how the store is spoilt.
func (s *store) set(change func(s *store)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

var errAway = fmt.Errorf("disk full: %w", storage.ErrUnavailable)

func refuse(*storage.Batch, func() (*storage.BatchResult, error)) (*storage.BatchResult, error) {
	return nil, errAway
}

// outboxes notes what an outbox is told.
type outboxes struct {
	mu    sync.Mutex
	told  []string
	claim bool
}

func (o *outboxes) note(what, command string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, what+" "+command)
}

func (o *outboxes) Claim(c *flowdeskv1.Command) {
	if o.claim {
		c.State, c.Attempts = flowdeskv1.CommandState_COMMAND_STATE_SENDING, 1
	}
	o.note("claim", c.GetText())
}
func (o *outboxes) Unclaim(c *flowdeskv1.Command)  { o.note("unclaim", c.GetText()) }
func (o *outboxes) Add(c *flowdeskv1.Command)      { o.note("add", c.GetText()) }
func (o *outboxes) Withdraw(string)                { o.note("withdraw", "") }
func (o *outboxes) Release(string)                 {}
func (o *outboxes) Prove(*flowdeskv1.EchoHeard)    {}
func (o *outboxes) Order(*flowdeskv1.CommandOrder) {}
func (o *outboxes) ByHand(context.Context, *flowdeskv1.CommandOrder) error {
	return nil
}

func (o *outboxes) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.told)
}

// world is a runner on a real store. What a signal does stands in acts, by its name.
type world struct {
	t *testing.T
	*runner.Runner
	store   *store
	outbox  *outboxes
	catalog *engine.Catalog
	offset  time.Duration // of the clock

	mu   sync.Mutex
	acts map[string]func(run *engine.Run)
	runs []string // of signals, and of timers by their subject: session and name
}

func (w *world) handle(run *engine.Run) {
	var name string
	switch e := run.Event().GetPayload().(type) {
	case *flowdeskv1.Event_Signal:
		name = e.Signal.GetName()
	case *flowdeskv1.Event_Timer:
		name = run.DueTimer().GetSubject()
	case *flowdeskv1.Event_CommandResult:
		name = "result " + e.CommandResult.GetState().String()
	case *flowdeskv1.Event_CallAnswer:
		name = "answer " + e.CallAnswer.GetOutcome().String()
	case *flowdeskv1.Event_Schedule:
		name = "schedule " + e.Schedule.GetFlow()
	}
	w.mu.Lock()
	w.runs = append(w.runs, run.State().GetId()+" "+name)
	act := w.acts[name]
	w.mu.Unlock()
	if act != nil {
		act(run)
	}
}

// ran is how often something ran in a session, committed or not.
func (w *world) ran(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.runs {
		if r == what {
			n++
		}
	}
	return n
}

func newWorld(t *testing.T, options runner.Options) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	w := &world{t: t, store: &store{Store: db, unread: make(map[string]error)}, outbox: &outboxes{}, acts: make(map[string]func(*engine.Run))}
	w.catalog = engine.NewCatalog(engine.Rules{Handle: w.handle})
	w.Runner = w.runner(options)
	return w
}

// runner makes a runner on the world's store.
func (w *world) runner(options runner.Options) *runner.Runner {
	options.Fill = desk.FillSettings
	options.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	options.Now = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return time.Now().Add(w.offset)
	}
	r := runner.New(w.catalog, w.store, options)
	r.SetOutbox(w.outbox)
	return r
}

func (w *world) start() {
	w.t.Helper()
	require.NoError(w.t, w.Start(w.t.Context()))
}

// close ends the world; it fails when the runner leaves a goroutine behind.
func (w *world) close() {
	w.Close()
	require.NoError(w.t, w.store.Close())
}

// run lets a story happen in virtual time.
func run(t *testing.T, story func(w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		w.start()
		defer w.close()
		story(w)
	})
}

// on says what a signal does.
func (w *world) on(name string, act func(run *engine.Run)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acts[name] = act
}

func signal(session, name string) *flowdeskv1.Event {
	return &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{Name: name}}}
}

// send lets a signal act on its session.
func (w *world) send(session, name string) error {
	_, err := w.Submit(w.t.Context(), signal(session, name))
	return err
}

// stored are the signals of a session's turns, in order.
func (w *world) stored(session string) []string {
	w.t.Helper()
	turns, err := w.store.ListTurns(w.t.Context(), session, 0, 100_000)
	require.NoError(w.t, err)
	var names []string
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		require.NoError(w.t, proto.Unmarshal(data, turn))
		switch e := turn.GetEvent().GetPayload().(type) {
		case *flowdeskv1.Event_Signal:
			names = append(names, e.Signal.GetName())
		case *flowdeskv1.Event_Timer:
			names = append(names, "timer")
		case *flowdeskv1.Event_CommandResult:
			names = append(names, e.CommandResult.GetState().String())
		case *flowdeskv1.Event_CallAnswer:
			names = append(names, e.CallAnswer.GetOutcome().String())
		}
	}
	return names
}

// wait lets the time pass until everything of it has happened.
func wait(d time.Duration) {
	<-time.After(d) // virtual time
	synctest.Wait()
}

// jump moves the clock.
func (w *world) jump(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += by
}

var runnerOptions = runner.Options{}

// times are the due times of a schedule's turns, in order.
func (w *world) times(session string) []time.Time {
	w.t.Helper()
	turns, err := w.store.ListTurns(w.t.Context(), session, 0, 100_000)
	require.NoError(w.t, err)
	var times []time.Time
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		require.NoError(w.t, proto.Unmarshal(data, turn))
		times = append(times, turn.GetEvent().GetSchedule().GetDue().AsTime())
	}
	return times
}
