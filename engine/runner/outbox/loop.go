package outbox

import (
	"cmp"
	"errors"
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// Times of the loop.
const (
	tick              = time.Second
	lookAcceptedAfter = 2 * time.Second       // before a send of unknown outcome is looked up
	lookAcceptedTimes = 3                     // look-ups that must not find it before it counts as not accepted
	lateAcceptance    = time.Minute           // after a send began whose answer took too long: until then the platform may accept it still
	lookAgainAfter    = 30 * time.Second      // between look-ups of a missing result
	lookGivenUpAfter  = 5 * time.Minute       // between look-ups of one that was given up
	keepDoubtful      = 24 * time.Hour        // how long a late success is still expected
	agedAfter         = 20 * time.Minute      // of waiting; nothing shall starve for longer than half an hour
	leaseSoon         = 50 * time.Millisecond // before a lease is looked at again that does not hold just now
	agedShare         = 3                     // urgent commands that leave before one that has waited too long
)

// loop sends what is due and looks up what is missing.
func (o *Outbox) loop() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-o.wake:
		case <-alarm.C:
		case <-ticker.C:
			o.lookAfter()
		}
		if next := o.dispatch(); next > 0 {
			alarm.Reset(next)
		}
	}
}

// dispatch binds due commands to robots, most urgent first, and says how long nothing more is due.
func (o *Outbox) dispatch() time.Duration {
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return 0
	}
	var ready []*entry
	next := time.Duration(0)
	for _, l := range o.lanes {
		e := l.first()
		if e == nil {
			continue
		}
		if wait := max(e.due.Sub(now), e.after.Sub(now)); wait > 0 {
			if next == 0 || wait < next {
				next = wait
			}
			continue
		}
		ready = append(ready, e)
	}
	for _, r := range o.robots {
		r.hungry = false
	}
	slices.SortFunc(ready, moreUrgent)
	o.departAll(ready, now)
	return next
}

// moreUrgent orders commands: operators' matters, then priority, then send time.
func moreUrgent(a, b *entry) int {
	return cmp.Or(
		-boolean(a.command.GetOperator(), b.command.GetOperator()),
		cmp.Compare(b.command.GetPriority(), a.command.GetPriority()),
		a.due.Compare(b.due),
		cmp.Compare(a.command.GetId(), b.command.GetId()),
	)
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// whither is what the choice of a robot depends on.
type whither struct {
	target string
	duty   flowdeskv1.Duty
}

// departAll lets entries leave in order of urgency. After agedShare of them one may leave that has waited too long, oldest first: so the urgent
// wait for one slot at most, and nothing starves behind them.
func (o *Outbox) departAll(ready []*entry, now time.Time) {
	var aged []*entry
	for _, e := range ready {
		if now.Sub(e.due) >= agedAfter {
			aged = append(aged, e)
		}
	}
	slices.SortStableFunc(aged, func(a, b *entry) int { return a.due.Compare(b.due) })
	full := make(map[whither]bool)
	tried := make(map[*entry]bool, len(ready))
	depart := func(e *entry) (left bool) {
		to := whither{e.command.GetTargetSession(), e.command.GetDuty()}
		if tried[e] || full[to] {
			return false
		}
		tried[e] = true
		err := o.depart(e, now)
		full[to] = errors.Is(err, errNoRoom)
		return err == nil
	}
	for _, e := range ready {
		for o.urgent >= agedShare && len(aged) > 0 {
			first := aged[0]
			aged = aged[1:]
			if depart(first) {
				o.urgent = 0
			}
		}
		if depart(e) && now.Sub(e.due) < agedAfter {
			o.urgent++
		}
	}
}

// depart stores an entry as sending and gives it to its robot's sender. An error is why it stays.
func (o *Outbox) depart(e *entry, now time.Time) error {
	if expiry := e.command.GetExpireTime(); expiry != nil && now.After(expiry.AsTime()) {
		e.busy = true
		o.spawn(func() { o.finish(e, stateCancelled, Result{Reason: "expired before it could be sent"}, false) })
		return errExpired
	}
	if o.yields[e.partition] || o.leases.Left(e.partition) <= 0 {
		e.after = now.Add(leaseSoon)
		return errNotOurs
	}
	if o.mustJudge(e, now) {
		e.busy = true
		o.spawn(func() { o.ask(e) })
		return errJudged
	}
	switch err := o.bind(e, now, false); {
	case errors.Is(err, errNoRobot):
		e.after = now.Add(refusedPause)
		return err
	case errors.Is(err, errNoRoom), errors.Is(err, errFollows):
		return err
	case err != nil:
		e.busy = true
		o.spawn(func() { o.finish(e, stateFailed, Result{Reason: err.Error()}, false) })
		return err
	}
	e.busy = true
	e.attempt++
	_ = failpoint.Hit("outbox.depart.before")
	o.shell.Deliver(&storage.Delivery{
		Command: e.command.GetId(), Session: e.command.GetSession(), From: []flowdeskv1.CommandState{stateQueued, stateDelayed}, FromAttempts: e.attempt - 1,
		FromEdits: e.edits(), State: stateSending,
		Robot: e.robot, Attempts: e.attempt, SentTime: now,
	}, func(lost bool, err error) { o.departed(e, lost, err) })
	return nil
}

// Reasons why an entry does not leave at once.
var (
	errExpired = errors.New("it has expired")
	errJudged  = errors.New("it is judged again")
)

// departed gives an entry that is stored as sending to its robot's sender.
func (o *Outbox) departed(e *entry, lost bool, err error) {
	_ = failpoint.Hit("outbox.depart.after")
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.lost && err == nil && !lost {
		o.noteUnsaid(e)
	}
	if o.let(e) {
		return
	}
	e.busy = false
	switch {
	case err != nil:
		o.unbind(e)
		e.attempt--
		e.after = o.shell.Now().Add(minPause)
		o.comeBack(e)
		if e.gone {
			o.forget(e)
		}
	case lost: // cancelled or changed meanwhile
		o.unbind(e)
		o.readAgain(e)
		o.ring()
	default:
		e.state, e.gone = stateSending, false
		o.robot(e.robot).push(o, e)
		o.ring() // the next of its lane
	}
}
