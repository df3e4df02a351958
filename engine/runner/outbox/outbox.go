package outbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
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

	mu       sync.Mutex
	entries  map[string]*entry // by command
	sent     map[string]*entry // by platform id and fingerprint
	early    earlyResults
	lanes    map[string]*lane      // by target
	robots   map[string]*robot     // by id
	limits   map[string]*limit     // by address
	claimed  map[string]*entry     // bound ahead of their commit
	started  bool                  // what an earlier process left is taken up
	ahead    []*flowdeskv1.Command // committed before that: they stand behind it
	sequence int64                 // of the last entry
	urgent   int                   // that left since one of those that have waited too long
	wake     chan struct{}
	ctx      context.Context //nolint:containedctx // the life of the outbox's own goroutines
	cancel   context.CancelFunc
	work     sync.WaitGroup
	closed   bool
	flying   int // requests under way
	settling int // results on their way to their sessions
}

// entry is one command in the outbox.
type entry struct {
	command  *flowdeskv1.Command
	lane     string
	sequence int64 // in order of enqueuing
	parcel   Parcel
	state    flowdeskv1.CommandState
	robot    string
	attempt  int32
	failures int32 // attempts that the platform took and that failed
	due      time.Time
	after    time.Time // not tried again before
	sentAt   time.Time // of the attempt under way
	limitAt  time.Time // deadline of its result
	lookAt   time.Time // when a missing result is looked up next
	looks    int       // look-ups of a send of unknown outcome
	sureAt   time.Time // not finding it proves nothing before
	doubt    bool      // it is not known whether the platform accepted the attempt
	saved    bool      // the sent state is stored
	heard    bool      // another robot heard it said
	judged   time.Time // when its session last found that it is wanted
	busy     bool      // a state change is on its way to the store
	resent   bool      // sent again once by policy
	back     bool      // it surely was not said, and is on its way back to its lane
	returned bool      // it has set out before, and came back unsaid
	gone     bool      // withdrawn while busy
	id       string    // the platform's id of the attempt
	late     *Result   // came while busy
}

// New makes an outbox. Start must be called before commands are added.
func New(shell Shell, store Store, link Link, choose Choose, log *slog.Logger) *Outbox {
	o := &Outbox{
		shell: shell, store: store, link: link, choose: choose, log: log, onTrip: func(string, bool) {},
		entries: make(map[string]*entry), sent: make(map[string]*entry), lanes: make(map[string]*lane), robots: make(map[string]*robot),
		limits: make(map[string]*limit), claimed: make(map[string]*entry), wake: make(chan struct{}, 1),
	}
	o.ctx, o.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the outbox's own life begins here
	return o
}

// OnTrip says who hears that the circuit breaker paused a robot, and that it sends again; it must be called before Start. The function is
// called on a goroutine of its own.
func (o *Outbox) OnTrip(tell func(robot string, tripped bool)) { o.onTrip = tell }

// Start takes up the commands that an earlier process left and begins to send.
func (o *Outbox) Start(ctx context.Context) error {
	const page = 1000
	for after := ""; ; {
		commands, err := o.store.UnsettledCommands(ctx, after, page)
		if err != nil {
			return err
		}
		for _, command := range commands {
			after = command.GetId()
			o.takeUp(command)
		}
		if len(commands) < page {
			break
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, command := range o.ahead {
		if o.entries[command.GetId()] == nil {
			o.enter(command)
		}
	}
	o.started, o.ahead = true, nil
	for _, r := range o.shell.Env().GetRobots() {
		o.limit(r.GetId()).empty()
	}
	o.spawn(o.loop)
	o.ring()
	return nil
}

// Close ends the outbox. Requests under way are given up; the next start looks them up. Commands that are added later wait for it as well.
func (o *Outbox) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.cancel()
	o.work.Wait()
}

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

// newEntry makes the entry of a command. The lock is held.
func (o *Outbox) newEntry(command *flowdeskv1.Command) *entry {
	o.sequence++
	e := &entry{
		command: command, lane: command.GetTargetSession() + "/" + command.GetTargetUser(), sequence: o.sequence, state: command.GetState(),
		robot: command.GetRobot(), attempt: command.GetAttempts(), due: command.GetSendTime().AsTime(), judged: command.GetCreateTime().AsTime(),
		returned: command.GetAttempts() > 0,
	}
	for _, a := range command.GetAttemptLog() {
		if a.GetState() == stateFailed && a.GetPlatformMessage() != "" {
			e.failures++
		}
		e.resent = e.resent || a.GetProof() == proofPolicy
	}
	return e
}

// Claim binds a command that is about to be committed to a free robot, so that it is committed directly as sending.
func (o *Outbox) Claim(command *flowdeskv1.Command) {
	if command.GetState() != stateQueued {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || !o.started {
		return
	}
	e := o.newEntry(command)
	if l := o.lanes[e.lane]; l != nil && len(l.waiting) > 0 && !e.overtakes(l.waiting[0]) {
		return
	}
	if o.bind(e, o.shell.Now(), true) != nil {
		return
	}
	o.claimed[command.GetId()] = e
	command.State, command.Robot, command.Attempts = stateSending, e.robot, 1
	command.SentTime = engine.Timestamp(e.sentAt)
	e.state, e.attempt = stateSending, 1
	_ = failpoint.Hit("outbox.claim.after")
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
		o.entries[command.GetId()] = e
		o.leave(e)
		return
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

// waits reports whether the entry has not left.
func (e *entry) waits() bool { return e.state == stateQueued || e.state == stateDelayed }

func (o *Outbox) forget(e *entry) {
	if o.entries[e.command.GetId()] == e {
		delete(o.entries, e.command.GetId())
	}
	if o.sent[e.key()] == e {
		delete(o.sent, e.key())
	}
	o.leaveLane(e)
}

// key is what a result names an entry's attempt by.
func (e *entry) key() string { return e.id + e.parcel.Fingerprint }
