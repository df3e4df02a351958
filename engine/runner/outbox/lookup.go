package outbox

import (
	"context"
	"fmt"
	"time"
)

// lookUpStep is how often LookUp looks whether what it found is stored.
const lookUpStep = 20 * time.Millisecond

// LookUp asks the platform now for the result of a command that has left, and returns when what it found is stored. A command that has no
// result yet, or is settled already, is no error.
func (o *Outbox) LookUp(ctx context.Context, command string) error {
	o.mu.Lock()
	e := o.entries[command]
	if e == nil && o.shared() {
		o.mu.Unlock()
		return o.lookElsewhere(ctx, command)
	}
	if e == nil || e.waits() || e.busy {
		o.mu.Unlock()
		return nil
	}
	robot, batch, since, doubt := e.robot, e.id, e.sentAt, e.doubt
	o.mu.Unlock()
	if doubt {
		o.lookAccepted(e) //nolint:contextcheck // a pause is stored for everybody, whoever found it
		return o.await(ctx, e)
	}
	look := o.look(ctx, robot)
	defer look.end()
	if err := look.next(); err != nil {
		return fmt.Errorf("look command %s up: %w", command, err)
	}
	var results []Result
	var err error
	if batch != "" {
		results, err = o.resultsOf(look.ctx, robot, batch, look.next) //nolint:contextcheck // it comes from ctx
	} else {
		results, _, err = o.results(look.ctx, robot, since.Add(-tick), look.next) //nolint:contextcheck // it comes from ctx
	}
	if err != nil {
		return fmt.Errorf("look command %s up: %w", command, err)
	}
	for _, result := range results {
		o.mu.Lock()
		ours := o.sent[result.PlatformID+result.Fingerprint] == e
		o.mu.Unlock()
		if ours {
			result.Proof = proofLookup
			o.Settle(result)
		}
	}
	return o.await(ctx, e)
}

// lookElsewhere lets the replica that has a command look it up, and returns when something of it changed, or after a while.
func (o *Outbox) lookElsewhere(ctx context.Context, id string) error {
	before, err := o.store.GetCommand(ctx, id)
	if err != nil || !o.foreign(before) {
		return err
	}
	o.notes.post(note{Look: id})
	for deadline := time.Now().Add(lookElsewhereWait); time.Now().Before(deadline); {
		if !pass(ctx, lookElsewhereStep) {
			return ctx.Err()
		}
		now, err := o.store.GetCommand(ctx, id)
		if err != nil || now.GetEtag() != before.GetEtag() {
			return err
		}
	}
	return nil
}

// Another replica hears of a look-up by a hint or after notesEvery, waits for its unit and stores what it found.
const (
	lookElsewhereWait = 8 * time.Second
	lookElsewhereStep = 100 * time.Millisecond
)

// await returns when nothing is on its way to the store for an entry, or the context ends.
func (o *Outbox) await(ctx context.Context, e *entry) error {
	for {
		o.mu.Lock()
		busy := e.busy && o.entries[e.command.GetId()] == e
		o.mu.Unlock()
		if !busy {
			return nil
		}
		timer := time.NewTimer(lookUpStep)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
