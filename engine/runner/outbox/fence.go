package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errNotWritten is a request that was not made, because what allowed it did not hold any more. It surely was not accepted.
var errNotWritten = fmt.Errorf("not written: %w", ErrRefused)

// errNotOurs ends a request whose commands came to belong to another replica.
var errNotOurs = errors.New("the commands belong to another replica")

type mayWriteKey struct{}

// MayWrite says whether the request of a context may be written to the platform: its grant is fresh, and every command of it is still this
// replica's. A Link calls it as the last thing before it writes: whoever was frozen in between finds out here. Its error wraps ErrRefused. A
// request that is no send may always be written.
func MayWrite(ctx context.Context) error {
	if check, ok := ctx.Value(mayWriteKey{}).(func() error); ok {
		return check()
	}
	return nil
}

// whileOurs is a context that ends when a command of a batch stops being ours, and that MayWrite asks.
func (o *Outbox) whileOurs(ctx context.Context, batch []*entry, granted time.Time) (context.Context, func()) {
	if !o.shared() {
		return ctx, func() {}
	}
	left := func() time.Duration {
		shortest := surely
		for _, e := range batch {
			shortest = min(shortest, o.leases.Left(e.partition))
		}
		return shortest
	}
	ctx = context.WithValue(ctx, mayWriteKey{}, func() error {
		switch {
		case left() <= 0:
			return fmt.Errorf("%w: %w", errNotWritten, errNotOurs)
		case time.Since(granted) > GrantValid:
			return fmt.Errorf("%w: it took too long", errNotWritten)
		default:
			return nil
		}
	})
	ctx, cancel := context.WithCancelCause(ctx)
	var mu sync.Mutex
	var timer *time.Timer
	ended := false
	var look func()
	look = func() {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return
		}
		wait := left()
		if wait <= 0 {
			cancel(errNotOurs)
			return
		}
		timer = time.AfterFunc(wait, look) // it may have been renewed by then
	}
	look()
	return ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if ended = true; timer != nil {
			timer.Stop()
		}
		cancel(nil)
	}
}
