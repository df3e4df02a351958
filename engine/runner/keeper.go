package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Keeper takes messages into a spill while there is no runner yet, because the store did not answer when the process started. The runner that
// starts later on the same spill stores them first.
type Keeper struct {
	log Spill
	now func() time.Time
	ids idSource
}

// NewKeeper makes a keeper; now is time.Now by default.
func NewKeeper(log Spill, now func() time.Time) *Keeper {
	if now == nil {
		now = time.Now
	}
	return &Keeper{log: log, now: now}
}

// Now is the keeper's time.
func (k *Keeper) Now() time.Time { return k.now() }

// Hear keeps a message. With an error that wraps storage.ErrUnavailable it is not kept.
func (k *Keeper) Hear(ctx context.Context, event *flowdeskv1.Event) error {
	if event.GetReceivedAt() == nil {
		event.ReceivedAt = engine.Timestamp(k.now())
	}
	event.Id = k.ids.next(k.now())
	traced(event)
	kept := make(chan error, 1)
	k.log.Add(event, false, func(err error) { kept <- err })
	select {
	case err := <-kept:
		if err != nil {
			return fmt.Errorf("event %s: %w: %w", event.GetId(), storage.ErrUnavailable, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("event %s is on its way to the spill: %w", event.GetId(), ctx.Err())
	}
}
