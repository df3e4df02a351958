package outbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
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

	mu       sync.Mutex
	entries  map[string]*entry   // by command
	sent     map[string]*entry   // by platform id and fingerprint
	early    map[string]Result   // results that came before the answer to their send
	lanes    map[string][]*entry // not yet sent, in order of enqueuing
	robots   map[string]*robot   // by id
	limits   map[string]*limit   // by address
	claimed  map[string]*entry   // bound ahead of their commit
	wake     chan struct{}
	ctx      context.Context //nolint:containedctx // the life of the outbox's own goroutines
	cancel   context.CancelFunc
	work     sync.WaitGroup
	flying   int // requests under way
	settling int // results on their way to their sessions
}

// entry is one command in the outbox.
type entry struct {
	command *flowdeskv1.Command
	lane    string
	parcel  Parcel
	state   flowdeskv1.CommandState
	robot   string
	attempt int32
	due     time.Time
	sentAt  time.Time // of the attempt under way
	limitAt time.Time // deadline of its result
	lookAt  time.Time // when a missing result is looked up next
	looks   int       // look-ups of a send of unknown outcome
	doubt   bool      // it is not known whether the platform accepted the attempt
	saved   bool      // the sent state is stored
	heard   bool      // another robot heard it said
	judged  time.Time // when its session last found that it is wanted
	busy    bool      // a state change is on its way to the store
	resent  bool      // sent again once by policy
	id      string    // the platform's id of the attempt
}

// New makes an outbox. Start must be called before commands are added.
func New(shell Shell, store Store, link Link, choose Choose, log *slog.Logger) *Outbox {
	o := &Outbox{
		shell: shell, store: store, link: link, choose: choose, log: log,
		entries: make(map[string]*entry), sent: make(map[string]*entry), early: make(map[string]Result),
		lanes: make(map[string][]*entry), robots: make(map[string]*robot), limits: make(map[string]*limit),
		claimed: make(map[string]*entry), wake: make(chan struct{}, 1),
	}
	o.ctx, o.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the outbox's own life begins here
	return o
}

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
	o.work.Go(o.loop)
	o.ring()
	return nil
}

// Poll does everything that is due now and says when something will be due next; the zero time means nothing. It is for an outbox whose
// owner moves the clock, and takes the place of Start.
func (o *Outbox) Poll() time.Time {
	o.lookAfter()
	o.dispatch()
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	next := time.Time{}
	for _, e := range o.entries {
		at, ok := e.next()
		if !ok || o.lanes[e.lane] != nil && e.waits() && o.lanes[e.lane][0] != e {
			continue
		}
		if soonest := now.Add(tick); at.Before(soonest) && !at.After(now) { // it is due and could not be done: its robot has no room
			at = soonest
		}
		next = earlier(next, at)
	}
	return next
}

// next is when an entry is to be looked at again.
func (e *entry) next() (time.Time, bool) {
	switch {
	case e.busy:
		return time.Time{}, false
	case e.waits():
		return e.due, true
	case e.state == stateSent && !e.saved:
		return e.sentAt.Add(savedSentWait), true
	case e.state == stateSent && e.looks > 0:
		return earlier(e.limitAt, e.lookAt), true
	case e.state == stateSent, e.state == stateTimeout, e.state == stateUnknown, e.doubt:
		return e.lookAt, true
	default:
		return time.Time{}, false
	}
}

// Quiet reports whether nothing is on its way to the platform, to the store or to a session. What waits for its time is quiet.
func (o *Outbox) Quiet() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.entries {
		if e.busy {
			return false
		}
	}
	return o.flying == 0 && o.settling == 0 && len(o.claimed) == 0
}

// Close ends the outbox. Requests under way are given up; the next start looks them up.
func (o *Outbox) Close() {
	o.cancel()
	o.work.Wait()
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

func newEntry(command *flowdeskv1.Command) *entry {
	return &entry{
		command: command, lane: command.GetTargetSession() + "/" + command.GetTargetUser(), state: command.GetState(),
		robot: command.GetRobot(), attempt: command.GetAttempts(), due: command.GetSendTime().AsTime(), judged: command.GetCreateTime().AsTime(),
	}
}

// Claim binds a command that is about to be committed to a free robot, so that it is committed directly as sending.
func (o *Outbox) Claim(command *flowdeskv1.Command) {
	if command.GetState() != flowdeskv1.CommandState_COMMAND_STATE_QUEUED {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	e := newEntry(command)
	if lane := o.lanes[e.lane]; len(lane) > 0 && !e.overtakes(lane[0]) || !o.bind(e, o.shell.Now()) {
		return
	}
	o.claimed[command.GetId()] = e
	command.State, command.Robot, command.Attempts = flowdeskv1.CommandState_COMMAND_STATE_SENDING, e.robot, 1
	command.SentTime = engine.Timestamp(e.sentAt)
	e.state, e.attempt = command.GetState(), 1
}

// bind chooses a robot with room for the entry and takes the room.
func (o *Outbox) bind(e *entry, now time.Time) bool {
	env := o.shell.Env()
	id, reason := o.choose(env, e.command, now, func(robot string) bool { return o.robot(robot).room(env, now) })
	if id == "" {
		e.command.Reason = reason
		return false
	}
	parcel, err := o.link.Compose(env, id, e.command)
	if err != nil {
		return false // the loop settles it as failed
	}
	r := o.robot(id)
	r.unconfirmed++
	e.robot, e.parcel, e.sentAt = id, parcel, now
	return true
}

// Unclaim takes back what Claim did for a command that was not committed.
func (o *Outbox) Unclaim(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.claimed[command.GetId()]; e != nil {
		delete(o.claimed, command.GetId())
		o.robot(e.robot).unconfirmed--
	}
}

// Add takes a command that was committed.
func (o *Outbox) Add(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.claimed[command.GetId()]; e != nil {
		delete(o.claimed, command.GetId())
		o.entries[command.GetId()] = e
		o.robot(e.robot).push(o, e)
		return
	}
	e := newEntry(command)
	o.entries[command.GetId()] = e
	o.enterLane(e)
	o.ring()
}

// Withdraw takes a command that was cancelled, superseded or handed over out of the queue.
func (o *Outbox) Withdraw(command string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.entries[command]; e != nil && e.waits() {
		o.forget(e)
	}
}

// waits reports whether the entry has not left.
func (e *entry) waits() bool {
	return e.state == flowdeskv1.CommandState_COMMAND_STATE_QUEUED || e.state == flowdeskv1.CommandState_COMMAND_STATE_DELAYED
}

func (o *Outbox) forget(e *entry) {
	delete(o.entries, e.command.GetId())
	delete(o.sent, e.id+e.parcel.Fingerprint)
	o.leaveLane(e)
}

// enterLane puts an entry among those to the same person: by the time at which they may leave, and of equal times in order of enqueuing. What
// is held for the next day must not hold back an urgent word; only a repetition does, because it was to be said first.
func (o *Outbox) enterLane(e *entry) {
	lane := o.lanes[e.lane]
	at := len(lane)
	for at > 0 && e.overtakes(lane[at-1]) {
		at--
	}
	o.lanes[e.lane] = slices.Insert(lane, at, e)
}

// overtakes reports whether an entry may leave before another one to the same person that was enqueued earlier.
func (e *entry) overtakes(other *entry) bool {
	return other.attempt == 0 && !other.busy && e.due.Before(other.due)
}

func (o *Outbox) leaveLane(e *entry) {
	lane := o.lanes[e.lane]
	for i, other := range lane {
		if other == e {
			lane = append(lane[:i:i], lane[i+1:]...)
			break
		}
	}
	if len(lane) == 0 {
		delete(o.lanes, e.lane)
	} else {
		o.lanes[e.lane] = lane
	}
}

// TakeUp takes a command that another outbox left in the store.
func (o *Outbox) TakeUp(command *flowdeskv1.Command) {
	o.takeUp(command)
	o.ring()
}

// takeUp brings back a command that an earlier process left.
func (o *Outbox) takeUp(command *flowdeskv1.Command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := newEntry(command)
	o.entries[command.GetId()] = e
	if e.waits() {
		o.enterLane(e)
		return
	}
	if parcel, err := o.link.Compose(o.shell.Env(), e.robot, command); err == nil {
		e.parcel = parcel
	}
	now := o.shell.Now()
	e.sentAt, e.limitAt, e.lookAt, e.saved = command.GetSentTime().AsTime(), command.GetResultDeadline().AsTime(), now, true
	o.robot(e.robot).unconfirmed++
	if e.state == flowdeskv1.CommandState_COMMAND_STATE_SENDING {
		e.doubt, e.limitAt = true, now.Add(o.resultDeadline(0))
		return
	}
	for _, a := range command.GetAttemptLog() {
		if a.GetNumber() == e.attempt && a.GetPlatformMessage() != "" {
			e.id = a.GetPlatformMessage()
		}
	}
	if e.id == "" {
		e.id = command.GetPlatformMessage()
	}
	o.sent[e.id+e.parcel.Fingerprint] = e
}

func (o *Outbox) resultDeadline(ahead int) time.Duration {
	return o.shell.Env().GetSettings().GetResultDeadline().AsDuration() + time.Duration(ahead)*perCommandAhead
}

// perCommandAhead is added to a result's deadline for each command that stands before it at the phone: one text takes about 4.5 s.
const perCommandAhead = 5 * time.Second
