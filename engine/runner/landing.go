package runner

import (
	"context"
	"errors"
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

func (c *committer) accepted(flights []*flight, notes, delivering []*note, result *storage.BatchResult) {
	lost, overtaking, repeated := places(result.LostTurns), places(result.Overtaking), places(result.Repeated)
	if len(result.LostLeases) > 0 {
		c.runner.shares.Refused(result.LostLeases)
		c.runner.sharing.refused.Add(int64(len(result.LostTurns) - len(result.Overtaking) - len(result.Repeated)))
	}
	lostNotes := make(map[*note]bool, len(result.LostDeliveries))
	for _, i := range result.LostDeliveries {
		lostNotes[delivering[i]] = true
	}
	for _, n := range notes {
		n.done(lostNotes[n], nil)
		if !lostNotes[n] {
			c.runner.counts.delivered(n.delivery)
		}
	}
	leftOut := make(map[string]string, len(result.LeftOut))
	for _, out := range result.LeftOut {
		leftOut[out.Command] = out.Known
	}
	late := make(map[string]bool, len(result.LateCancels))
	for _, cancel := range result.LateCancels {
		late[cancel.Command] = true
	}
	lateEdits := make(map[string]bool, len(result.LateEdits))
	for _, edit := range result.LateEdits {
		lateEdits[edit.Event+" "+edit.Command] = true
	}
	won := make([]*flowdeskv1.Turn, 0, len(flights))
	for i, f := range flights {
		switch {
		case repeated[i]:
			c.repeated(f)
		case overtaking[i]:
			c.overtook(f)
		case lost[i]:
			c.lose(f)
		default:
			won = append(won, f.turn)
			c.win(f, leftOut, late, lateEdits)
		}
	}
	if len(flights) > 0 {
		c.runner.watchers.committed(Commit{Writer: c.runner.writer, Number: c.number, Turns: won})
	}
	for _, late := range result.LateCancels {
		c.runner.cancelTooLate(late)
	}
	for _, late := range result.LateEdits {
		c.runner.editTooLate(late)
	}
}

// places are the indexes of a list, to be asked for; nil for none.
func places(list []int) map[int]bool {
	if len(list) == 0 {
		return nil
	}
	set := make(map[int]bool, len(list))
	for _, i := range list {
		set[i] = true
	}
	return set
}

// founded loses the flights of sessions whose head is in doubt. They stand on a turn that is not stored, and the version alone would not tell:
// another replica's turn may have taken its number.
func (c *committer) founded(flights []*flight) []*flight {
	sound := flights[:0:0]
	for _, f := range flights {
		if f.session.doubtful() || !c.held(f) {
			c.lose(f)
		} else {
			sound = append(sound, f)
		}
	}
	return sound
}

// transient reports whether a commit failed for a reason that lies in the store and not in what was to be stored.
func transient(err error) bool {
	for _, target := range []error{storage.ErrUnavailable, storage.ErrUnknown, storage.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// apart commits in halves what the store refuses together, so that what is refused for good does not take its neighbours with it. What is to
// be kept comes last: a turn that loses meanwhile may have to be kept ahead of it.
func (c *committer) apart(flights []*flight, notes []*note, keeps []*job) {
	if len(flights)+len(notes) == 0 {
		half := len(keeps) / 2
		c.commit(nil, nil, keeps[:half:half])
		c.commit(nil, nil, keeps[half:])
		return
	}
	c.putBack(keeps, false)
	switch half := len(flights) / 2; {
	case half > 0:
		c.commit(flights[:half:half], nil, nil)
		c.commit(c.founded(flights[half:]), notes, nil)
	case len(notes) > 0:
		c.commit(flights, nil, nil)
		half := len(notes) / 2
		c.commit(nil, notes[:half:half], nil)
		c.commit(nil, notes[half:], nil)
	default:
		c.commit(flights, nil, nil)
	}
	if len(keeps) > 0 {
		c.commit(nil, nil, c.takeKeeps(nil))
	}
}

// broken deals with a turn that the store refuses for good: it is tried again, and after too many failures its event is quarantined.
func (c *committer) broken(f *flight, err error) {
	if f.job.tries++; f.job.tries < maxTries {
		c.lose(f)
		return
	}
	c.unclaim(f)
	c.runner.quarantined(f.job, err)
	c.land(f, nil, true)
}

// refused answers for a batch of which nothing was stored.
func (c *committer) refused(flights []*flight, notes []*note, err error) {
	for _, n := range notes {
		n.done(false, err)
	}
	for _, f := range flights {
		c.refuse(f, err)
	}
}

// refuse answers for a turn that was not stored. A durable event must not be dropped for that: it waits for the store, unless the runner ends.
func (c *committer) refuse(f *flight, err error) {
	if c.runner.ctx.Err() == nil && !c.giveUp(f.job) {
		c.runner.rest(f.session)
		c.lose(f)
		return
	}
	c.unclaim(f)
	c.runner.finish(f.job, outcome{err: fmt.Errorf("event %s: %w", f.job.event.GetId(), err)})
	c.land(f, nil, true)
}

func (c *committer) lose(f *flight) {
	c.unclaim(f)
	c.keepAgain(f.job)
	c.land(f, f.job, true)
}

func (c *committer) unclaim(f *flight) {
	for _, command := range f.claimed {
		c.runner.outbox.Unclaim(command)
	}
}

func (c *committer) win(f *flight, leftOut map[string]string, late, lateEdits map[string]bool) {
	_ = failpoint.Hit("runner.applied.before")
	c.runner.applied(f, leftOut, lateEdits)
	_ = failpoint.Hit("runner.applied.after")
	c.runner.turns.Add(1)
	c.runner.counts.won(f, leftOut, late, c.runner.now())
	c.land(f, nil, false)
	c.runner.finish(f.job, outcome{turn: f.turn})
	c.runner.watchers.publish(f.turn)
}

// land lets the session go on. Its driver must not be the committer, which has other sessions' commits to make.
func (c *committer) land(f *flight, lost *job, doubt bool) {
	if f.session.landed(f.job, lost, doubt) {
		c.runner.spawn(func() { c.runner.drive(f.session) })
	}
}
