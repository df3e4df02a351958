package runner

import (
	"context"
	"errors"
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Settle changes a command's delivery state at a person's request and lets its session hear of it, wherever the session's turns run: here in one
// commit, elsewhere one after the other. The error wraps storage.ErrConflict when the command's state no longer allows it elsewhere.
func (r *Runner) Settle(ctx context.Context, event *flowdeskv1.Event, delivery *storage.Delivery) error {
	done := make(chan error, 1)
	err := r.SubmitWith(event, []*storage.Delivery{delivery}, func(_ *flowdeskv1.Turn, err error) { done <- err })
	if err != nil {
		return err
	}
	if err := first(ctx, done); !errors.Is(err, ErrElsewhere) {
		return err
	}
	alone := *delivery
	alone.Session = "" // whoever has the lease
	r.Deliver(&alone, func(lost bool, err error) {
		if lost {
			err = fmt.Errorf("command %s: %w", delivery.Command, storage.ErrConflict)
		}
		done <- err
	})
	if err := first(ctx, done); err != nil {
		return err
	}
	_, err = r.Submit(ctx, event)
	return err
}

func first(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
