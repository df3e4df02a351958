package outbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// Shell is what the outbox needs of the runner.
type Shell interface {
	Now() time.Time
	Env() *engine.Env
	NewEventID() string
	Deliver(d *storage.Delivery, done func(lost bool, err error))
	SubmitWith(event *flowdeskv1.Event, deliveries []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error
}

// Store is what the outbox needs of the store.
type Store interface {
	UnsettledCommands(ctx context.Context, after string, limit int) ([]*flowdeskv1.Command, error)
	GetCommand(ctx context.Context, command string) (*flowdeskv1.Command, error)
}

// Outbox holds the commands that are not settled.
type Outbox struct {
	shell  Shell
	store  Store
	link   Link
	choose Choose
	log    *slog.Logger
	onTrip func(robot string, tripped bool)
	limits Limits
	leases Leases
	notes  *notes // nil when alone

	mu       sync.Mutex
	entries  map[string]*entry // by command
	sent     map[string]*entry // by platform id and fingerprint
	early    earlyResults
	lanes    map[string]*lane      // by target
	robots   map[string]*robot     // by id
	limited  map[string]*limit     // by address
	yields   map[int32]bool        // partitions that are about to be another's
	owned    map[int32]bool        // partitions; of nothing when everything is ours
	claimed  map[string]*entry     // known ahead of their commit, and bound where they could be
	unsaid   map[string]int32      // attempts, by command, that we stored as sending, let go of, and never wrote to the platform
	started  bool                  // what an earlier process left is taken up
	ahead    []*flowdeskv1.Command // committed before that: they stand behind it
	urgent   int                   // that left since one of those that have waited too long
	wake     chan struct{}
	ctx      context.Context //nolint:containedctx // the life of the outbox's own goroutines
	cancel   context.CancelFunc
	patience context.Context //nolint:containedctx // ends when nobody waits for a unit of a limit any more
	hurry    context.CancelFunc
	work     sync.WaitGroup
	ending   bool // nothing sets out any more
	closed   bool
	flying   int // requests under way
	settling int // results on their way to their sessions

	permits atomic.Int64 // asked of the limits
	waited  atomic.Int64 // nanoseconds for them
}

// New makes an outbox. Start must be called before commands are added.
func New(shell Shell, store Store, link Link, choose Choose, log *slog.Logger) *Outbox {
	o := &Outbox{
		shell: shell, store: hasty{store}, link: link, choose: choose, log: log, onTrip: func(string, bool) {},
		entries: make(map[string]*entry), sent: make(map[string]*entry), lanes: make(map[string]*lane), robots: make(map[string]*robot),
		limited: make(map[string]*limit), limits: NewMemory(shell.Now), leases: everything{}, claimed: make(map[string]*entry), unsaid: make(map[string]int32),
		wake: make(chan struct{}, 1),
	}
	o.ctx, o.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the outbox's own life begins here
	o.patience, o.hurry = context.WithCancel(o.ctx)
	return o
}

// OnTrip says who hears that the circuit breaker paused a robot, and that it sends again; it must be called before Start. The function is
// called on a goroutine of its own.
func (o *Outbox) OnTrip(tell func(robot string, tripped bool)) { o.onTrip = tell }

// Start takes up the commands that an earlier process left and begins to send. With leases it takes up nothing: Gained
// does.
func (o *Outbox) Start(ctx context.Context) error {
	if !o.shared() {
		if err := o.takeUpAll(ctx, func(int32) bool { return true }); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begin()
	o.spawn(o.loop)
	if o.notes != nil {
		o.spawn(o.notes.write)
		o.spawn(o.notes.read)
		o.spawn(o.notes.tellLoads)
		o.spawn(o.notes.passProofsOn)
	}
	o.ring()
	return nil
}

// begin lets the commands in that were committed before what an earlier process left was taken up. The lock is held.
func (o *Outbox) begin() {
	for _, command := range o.ahead {
		if o.entries[command.GetId()] == nil {
			o.enter(command)
		}
	}
	o.started, o.ahead = true, nil
}

// closeWithin bounds the wait for requests under way when the outbox ends.
const closeWithin = 3 * time.Second

// Close ends the outbox. Nothing sets out any more, what was bound and not yet sent goes back to the queue, and requests under way may end for a
// while; those that do not are given up, and the next start looks them up. Commands that are added later wait for it as well.
func (o *Outbox) Close() {
	o.mu.Lock()
	o.ending = true
	o.mu.Unlock()
	o.hurry()
	for deadline := time.Now().Add(closeWithin); !o.Quiet() && time.Now().Before(deadline); {
		if !pass(o.ctx, closeLook) {
			break
		}
	}
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.cancel()
	o.work.Wait()
}

// closeLook is the time between two looks whether requests are under way.
const closeLook = 5 * time.Millisecond

// spawn runs a function on a goroutine of its own unless the outbox has ended. The lock is held: so that none begins while Close waits for the
// last.
func (o *Outbox) spawn(f func()) {
	if !o.closed {
		o.work.Go(f)
	}
}

// later runs a function after a time unless the outbox ends before.
func (o *Outbox) later(wait time.Duration, f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spawn(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			f()
		case <-o.ctx.Done():
		}
	})
}

// Idle reports whether no request is under way, nothing is due and no result waits for its session.
func (o *Outbox) Idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.flying == 0 && o.settling == 0 && len(o.claimed) == 0
}

func (o *Outbox) ring() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Claim binds a command that is about to be committed to a free robot, so that it is committed directly as sending. One that cannot be bound is
// known from now on all the same, so that none that is committed after it passes it.
func (o *Outbox) Claim(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return
	}
	e := o.newEntry(command)
	o.claimed[command.GetId()] = e
	o.enterLane(e)
	if !o.mayLeaveAhead(e) || o.bind(e, o.shell.Now(), true) != nil {
		e.expected = true
		return
	}
	command.State, command.Robot, command.Attempts = stateSending, e.robot, 1
	command.SentTime = engine.Timestamp(e.sentAt)
	e.state, e.attempt = stateSending, 1
	_ = failpoint.Hit("outbox.claim.after")
}

// mayLeaveAhead reports whether an entry may be bound ahead of its commit. The lock is held.
func (o *Outbox) mayLeaveAhead(e *entry) bool {
	return e.state == stateQueued && o.started && o.owns(e.partition) && !o.yields[e.partition] && o.leases.Left(e.partition) > 0
}

// Unclaim takes back what Claim did for a command that was not committed.
func (o *Outbox) Unclaim(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.claimed[command.GetId()]; e != nil {
		delete(o.claimed, command.GetId())
		o.leaveLane(e)
		o.unbind(e)
		o.ring()
	}
}

// Add takes a command that was committed.
func (o *Outbox) Add(command *flowdeskv1.Command) {
	_ = failpoint.Hit("outbox.add.before")
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.claimed[command.GetId()]; e != nil {
		delete(o.claimed, command.GetId())
		switch {
		case e.lost:
			o.regained(e, command)
			return
		case !e.expected:
			o.entries[command.GetId()] = e
			o.robot(e.robot).push(o, e)
			return
		case o.started && o.owns(e.partition):
			o.entries[command.GetId()], e.expected = e, false
			o.ring()
			return
		}
		o.leaveLane(e)
	}
	if !o.started {
		o.ahead = append(o.ahead, command)
		return
	}
	o.enter(command)
	o.ring()
}

// enter lets a command wait in its lane. The lock is held.
func (o *Outbox) enter(command *flowdeskv1.Command) {
	e := o.newEntry(command)
	if old := o.entries[command.GetId()]; !o.owns(e.partition) || old != nil && !old.lost {
		return // another replica's, or taken up already
	}
	o.entries[command.GetId()] = e
	o.enterLane(e)
}

// Withdraw takes a command that was cancelled, superseded or handed over out of the queue. One that is about to leave is decided by the store.
func (o *Outbox) Withdraw(command string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead = slices.DeleteFunc(o.ahead, func(c *flowdeskv1.Command) bool { return c.GetId() == command })
	switch e := o.entries[command]; {
	case e == nil || !e.waits():
	case e.busy:
		e.gone = true
	default:
		o.forget(e)
		o.ring()
	}
}

func (o *Outbox) forget(e *entry) {
	if o.entries[e.command.GetId()] == e {
		delete(o.entries, e.command.GetId())
	}
	if o.sent[e.key()] == e {
		delete(o.sent, e.key())
	}
	o.leaveLane(e)
}
