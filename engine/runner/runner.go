package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var errNoSession = errors.New("event without a session")

// Errors of the runner.
var (
	// ErrStopping is a submission to a runner that is stopping; nothing was stored.
	ErrStopping = errors.New("stopping")
	// ErrBusy is a submission beyond what the runner can queue; nothing was stored.
	ErrBusy = errors.New("too many events wait")
	// ErrQuarantined is an event whose turn failed the same way too often. It is stored, with its reason.
	ErrQuarantined = errors.New("quarantined")
)

// Limits of the runner, each with its reason.
const (
	maxTries        = 5                // failures of one turn before its event is quarantined: invariant 8
	maxQueued       = 20_000           // events in memory: some seconds of work; beyond it callers are told to come back
	maxCommands     = 10_000           // commands in memory
	snapshotEvery   = 256              // turns between snapshots: a cold session folds at most so many, in about 3 ms
	maxSessions     = 20_000           // sessions kept in memory: about 10 KB each
	presenceRefresh = time.Minute      // presence in the environment may be this old, far below the 15 minutes that matter
	timerHorizon    = 30 * time.Minute // timers due later stay in the store until they come near
)

// Performer carries out one outside call. It must honour the context's deadline and must not panic.
type Performer interface {
	Perform(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer
}

// Outbox takes commands that were committed. Its methods are called by the committer and must return at once.
type Outbox interface {
	// Claim may bind a command that is about to be committed to a free robot, so that it is committed directly as sending.
	Claim(command *flowdeskv1.Command)
	// Unclaim takes back what Claim did for a command that was not committed.
	Unclaim(command *flowdeskv1.Command)
	// Add takes a command that was committed.
	Add(command *flowdeskv1.Command)
	// Withdraw takes a command that was cancelled, superseded or handed over out of the queue.
	Withdraw(command string)
	// Release lets a command leave that its session judged again.
	Release(command string)
	// Prove says that a robot was heard saying a command.
	Prove(echo *flowdeskv1.EchoHeard)
	// Order acts on a command by hand, as a committed turn asked.
	Order(order *flowdeskv1.CommandOrder)
	// ByHand acts on a command by hand and returns when that is stored.
	ByHand(ctx context.Context, order *flowdeskv1.CommandOrder) error
}

// Options complete a runner.
type Options struct {
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Log gets what nobody else hears of; slog.Default by default.
	Log *slog.Logger
	// Performer carries out calls; nil fails them.
	Performer Performer
	// Fill completes settings with their defaults.
	Fill func(*flowdeskv1.Settings) *flowdeskv1.Settings
	// Presence of a staff member judged by the product's rules; nil leaves it out of the environment.
	Presence func(person *flowdeskv1.Person, settings *flowdeskv1.Settings, now time.Time) flowdeskv1.Presence
	// BatchLimit is the greatest number of turns in one commit; 256 by default.
	BatchLimit int
	// QueueLimit is the greatest number of events in memory; 20,000 by default. Beyond it received events wait in the inbox, and callers are
	// told to come back.
	QueueLimit int
	// ByHand leaves timers and schedules to whoever moves the clock: nothing that is due happens before Poll is called. It is for runners
	// whose time is not the machine's.
	ByHand bool
	// Spill keeps received events while the store is away; without one they are refused.
	Spill Spill
	// Gate, when set, is called ahead of every turn and may hold it up. What it is given it must not change.
	Gate func(in engine.Input)
	// Writer is the name under which the order of committed turns is kept in the store, so that a watch goes on at any replica and after a
	// restart; without one it is not kept.
	Writer string
	// Shares says which sessions are this runner's, where several share the store; nil for all.
	Shares Shares
	// Changed, when set, is called after the environment was built anew because of something that happened here. It must return at once.
	Changed func()
	// Entropy makes event ids unique within their millisecond; random numbers by default. A fixed sequence makes the same events get the same
	// ids, and with them the same random decisions.
	Entropy func() uint64
}

// Runner runs sessions. It is made by New, started by Start and ended by Close.
type Runner struct {
	catalog  *engine.Catalog
	store    storage.Store
	preparer storage.Preparer // nil when the store prepares nothing
	memory   sync.Pool        // of *[]byte: where a turn is written that the store prepares
	options  Options
	log      *slog.Logger
	now      func() time.Time

	env      atomic.Pointer[environment]
	programs programCache
	sessions sessions
	commits  *committer
	backlog  *backlog
	shares   Shares  // nil when nobody shares the store
	intake   *intake // nil likewise
	waits    waits
	callers  atomic.Int64 // who wait for turns that may run elsewhere
	sharing  sharing
	timers   *timers
	calls    *calls
	schedule *scheduler
	watchers watchers
	writer   int64 // number of our log of turns; 0 when none is kept
	outbox   Outbox
	ids      idSource
	presence presenceBook
	spills   *spiller // nil without a spill

	groups    sync.Mutex // unknown groups are met one at a time
	meetings  meetings   // messages of such groups keep their order
	reloading sync.Mutex // the environment is built by one at a time, so that the newest wins

	commit atomic.Int64 // batches committed
	turns  atomic.Int64 // turns committed

	followed atomic.Int64 // number of the environment in the store that was built last; with shares only

	met    atomic.Bool // groups were met that the environment does not hold yet
	raised atomic.Bool // alerts about people of the directory were raised that the environment does not count yet
	stale  atomic.Bool // the environment could not be built anew when it was to be
	counts counters
	queued atomic.Int64 // events from their receipt to the end of their turn

	gate     sync.RWMutex // held to change stopping and ended: nothing slips in behind them
	stopping bool         // nothing is taken from outside
	ended    bool         // no goroutine is begun
	work     sync.WaitGroup
	ctx      context.Context //nolint:containedctx // the life of the runner's own goroutines
	cancel   context.CancelFunc
}

// New makes a runner on a store. Start must be called before anything is submitted.
func New(catalog *engine.Catalog, store storage.Store, options Options) *Runner {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.BatchLimit == 0 {
		options.BatchLimit = 256
	}
	if options.QueueLimit == 0 {
		options.QueueLimit = maxQueued
	}
	if options.Fill == nil {
		options.Fill = func(s *flowdeskv1.Settings) *flowdeskv1.Settings { return s }
	}
	r := &Runner{catalog: catalog, store: hasty{store}, options: options, log: options.Log, now: options.Now}
	r.ctx, r.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the runner's own life begins here
	r.preparer, _ = store.(storage.Preparer)
	r.ids.entropy = options.Entropy
	r.sessions.init(maxSessions)
	r.commits = newCommitter(r)
	r.backlog = newBacklog(r)
	if options.Shares != nil {
		r.shares, r.intake = options.Shares, newIntake(r)
	}
	r.timers = newTimers(r)
	r.calls = newCalls(r)
	r.schedule = newScheduler(r)
	r.spills = newSpiller(r, options.Spill)
	r.outbox = noOutbox{}
	return r
}

// SetOutbox gives the runner its outbox; it must be called before Start.
func (r *Runner) SetOutbox(outbox Outbox) { r.outbox = outbox }

// Start loads the environment and takes up what an earlier process left: events of the inbox, timers and calls. A runner with shares takes up
// what is a partition's when Gained tells of it.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.Reload(ctx); err != nil {
		return err
	}
	if r.options.Writer != "" {
		writer, err := r.store.NewWriter(ctx, r.options.Writer)
		if err != nil {
			return fmt.Errorf("begin a log of turns: %w", err)
		}
		r.writer = writer
	}
	r.work.Go(r.commits.loop)
	r.calls.start() //nolint:contextcheck // it has a life of its own
	if r.shares != nil {
		r.work.Go(r.intake.loop) // what an earlier process left comes with its partition
	} else if err := r.recover(ctx); err != nil {
		return fmt.Errorf("take up earlier work: %w", err)
	}
	r.work.Go(r.backlog.loop)
	r.spills.start()
	if r.options.ByHand {
		r.timers.near()
		return nil
	}
	r.work.Go(r.timers.loop)
	r.work.Go(r.follow)
	r.work.Go(r.schedule.loop)
	return nil
}

// drainWait bounds the wait for turns under way when the runner ends.
const drainWait = 8 * time.Second

// Drain refuses new events from now on and waits until turns under way are committed. A runner with shares has nothing left to do with its
// partitions then, and Close waits for callers whose turns run elsewhere.
func (r *Runner) Drain() {
	r.gate.Lock()
	stopping := r.stopping
	r.stopping = true
	r.gate.Unlock()
	if !stopping {
		r.drain()
	}
}

// callersWait bounds the wait for turns elsewhere when the runner ends: another replica has taken the partitions by then.
const callersWait = 3 * time.Second

// Close ends the runner: new events are refused, turns under way are committed, calls are left to the next start. What is not committed in
// time is refused with ErrStopping. It may be called again.
func (r *Runner) Close() {
	r.Drain()
	for deadline := time.Now().Add(callersWait); r.callers.Load() > 0 && time.Now().Before(deadline); {
		time.Sleep(drainLook)
	}
	r.cancel()
	r.gate.Lock()
	ended := r.ended
	r.ended = true
	r.gate.Unlock()
	if ended {
		return
	}
	r.commits.stop()
	r.work.Wait()
}

// drainLook is the time between two looks whether turns are under way.
const drainLook = time.Millisecond

// drain waits until every event that was taken has had its turn. Those that wait for the store are durable, and left to the next start.
func (r *Runner) drain() {
	for deadline := time.Now().Add(drainWait); r.draining() && time.Now().Before(deadline); {
		time.Sleep(drainLook)
	}
}

func (r *Runner) draining() bool {
	return !r.commits.idle() || r.queued.Load() > 0 && r.sessions.busy()
}

// spawn runs a function on a goroutine of its own. Once the runner has ended it is run here: what it would begin is refused by then.
func (r *Runner) spawn(f func()) {
	r.gate.RLock()
	ended := r.ended
	if !ended {
		r.work.Go(f)
	}
	r.gate.RUnlock()
	if ended {
		f()
	}
}

// later runs a function after a time unless the runner ends before.
func (r *Runner) later(wait time.Duration, f func()) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.ended {
		return
	}
	r.work.Go(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			f()
		case <-r.ctx.Done():
		}
	})
}

// Ring lets a session look at its timers. It returns at once; Idle tells when what is due has run.
func (r *Runner) Ring(session string) { r.ringSession(session) }

// Refresh lets the environment follow what staff did since.
func (r *Runner) Refresh() { r.refresh() }

// TakeUp brings in the timers of sessions that another runner wrote into the store.
func (r *Runner) TakeUp() { r.timers.near() }

// Now is the runner's time.
func (r *Runner) Now() time.Time { return r.now() }

// Catalog is the runner's catalog.
func (r *Runner) Catalog() *engine.Catalog { return r.catalog }

// Idle reports whether no event waits or runs and nothing waits to be committed.
func (r *Runner) Idle() bool {
	return !r.spills.isOn() && r.queued.Load() == 0 && !r.backlog.behind.Load() && r.commits.idle() && r.calls.idle()
}

// NewEventID is an id for an event received now: unique, and in order of receipt within this process.
func (r *Runner) NewEventID() string { return r.ids.next(r.now()) }

// noOutbox is the outbox of a runner that sends nothing.
type noOutbox struct{}

func (noOutbox) Claim(*flowdeskv1.Command)      {}
func (noOutbox) Unclaim(*flowdeskv1.Command)    {}
func (noOutbox) Add(*flowdeskv1.Command)        {}
func (noOutbox) Withdraw(string)                {}
func (noOutbox) Release(string)                 {}
func (noOutbox) Prove(*flowdeskv1.EchoHeard)    {}
func (noOutbox) Order(*flowdeskv1.CommandOrder) {}
func (noOutbox) ByHand(context.Context, *flowdeskv1.CommandOrder) error {
	return nil
}
