package outbox

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// lookResults asks for a robot's recent results, one look-up at a time.
func (o *Outbox) lookResults(id string, since time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.robot(id)
	if r.looking || o.closed || !o.mayLook(id) {
		return
	}
	r.looking = true
	o.flying++
	o.spawn(func() {
		if o.firstLook(id) {
			if err := o.readResults(r, since); err != nil {
				o.log.Warn("look up results", "robot", id, "error", err)
			}
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		r.looking = false
		o.flying--
	})
}

// readResults settles what a robot's list of results tells of, and then what is too old for that list, batch by batch.
func (o *Outbox) readResults(r *robot, since time.Time) error {
	look := o.look(o.ctx, r.id)
	defer look.end()
	results, whole, err := o.results(look.ctx, r.id, since, look.next)
	o.noteLimited(r.id, err)
	if err != nil {
		o.looked(r, func(e *entry) bool { return e.state != stateSent }) // what was given up does not press a platform that fails
		return err
	}
	o.settleFound(results)
	o.looked(r, func(e *entry) bool { return e.id == "" || !e.sentAt.Before(whole) })
	for _, batch := range o.unlooked(r) {
		if err := look.next(); err != nil {
			return err
		}
		results, err := o.resultsOf(look.ctx, r.id, batch, look.next)
		o.noteLimited(r.id, err)
		if err != nil {
			return err
		}
		o.settleFound(results)
		o.looked(r, func(e *entry) bool { return e.id == batch })
	}
	return nil
}

// results asks the platform for a robot's recent results.
func (o *Outbox) results(ctx context.Context, robot string, since time.Time, next Pace) (results []Result, whole time.Time, err error) {
	if err := failpoint.Before("outbox.results.before", ErrRefused); err != nil {
		return nil, time.Time{}, err
	}
	results, whole, err = o.link.Results(ctx, robot, since, next)
	return results, whole, failpoint.Over(err, "outbox.results.after", ErrUnknown)
}

// resultsOf asks the platform for the results of one batch.
func (o *Outbox) resultsOf(ctx context.Context, robot, batch string, next Pace) ([]Result, error) {
	if err := failpoint.Before("outbox.results.before", ErrRefused); err != nil {
		return nil, err
	}
	results, err := o.link.ResultsOf(ctx, robot, batch, next)
	return results, failpoint.Over(err, "outbox.results.after", ErrUnknown)
}

// settleFound settles what was found of our commands.
func (o *Outbox) settleFound(results []Result) {
	for _, result := range results {
		o.mu.Lock()
		ours := o.sent[result.PlatformID+result.Fingerprint] != nil
		o.mu.Unlock()
		if ours {
			result.Proof = proofLookup
			o.Settle(result)
		}
	}
}

// looked notes of which of a robot's missing results it is known now that the platform has none yet.
func (o *Outbox) looked(r *robot, proven func(*entry) bool) {
	now := o.shell.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for e := range o.missingOf(r, now) {
		if !proven(e) {
			continue
		}
		e.looks++
		e.lookAt = now.Add(lookAgainAfter)
		if e.state != stateSent {
			e.lookAt = now.Add(lookGivenUpAfter)
		}
	}
}

// batchesLooked bounds the batches that one look-up asks for one by one.
const batchesLooked = 20

// unlooked are the batches with results that are missing still: first those that somebody waits for, then those that were given up, of which there
// may be more than can ever be asked for; earliest first.
func (o *Outbox) unlooked(r *robot) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	sent, rank := make(map[string]time.Time), make(map[string]int)
	for e := range o.missingOf(r, o.shell.Now()) {
		if e.state == stateSent {
			rank[e.id] = -1
		}
		sent[e.id] = earlier(sent[e.id], e.sentAt)
	}
	batches := slices.SortedFunc(maps.Keys(sent), func(a, b string) int { return cmp.Or(rank[a]-rank[b], sent[a].Compare(sent[b])) })
	return batches[:min(len(batches), batchesLooked)]
}

// missingOf are a robot's entries of which a result is missing and to be looked up. The lock is held.
func (o *Outbox) missingOf(r *robot, now time.Time) func(func(*entry) bool) {
	return func(yield func(*entry) bool) {
		for _, e := range o.entries {
			if e.robot == r.id && (e.state == stateSent || e.state == stateUnknown || e.state == stateTimeout) && now.After(e.lookAt) && !yield(e) {
				return
			}
		}
	}
}
