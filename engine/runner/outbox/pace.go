package outbox

import (
	"context"
	"time"
)

// errSlow is a request of a look-up that took too long.
var errSlow = context.DeadlineExceeded

// mayLook takes the unit of a look-up's first request from both shares, or from none.
func (l *limit) mayLook(now time.Time) bool {
	return !now.Before(l.pausedUntil) && l.looks.Tokens() >= 1 && l.sends.Allow() && l.looks.Allow()
}

// look is one look-up: as many requests as it has pages, each with its own time and its own unit of the rate limit.
type look struct {
	outbox *Outbox
	robot  string
	ctx    context.Context //nolint:containedctx // lives as long as one look-up
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// look begins a look-up whose first request may be made.
func (o *Outbox) look(ctx context.Context, robot string) *look {
	l := &look{outbox: o, robot: robot}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.timer = time.AfterFunc(sendTimeout, func() { l.cancel(errSlow) })
	return l
}

// next waits until the next request may be made: look-ups take their share of the limit, page by page.
func (l *look) next() error {
	l.timer.Stop()
	l.outbox.mu.Lock()
	limits := l.outbox.limit(l.robot)
	l.outbox.mu.Unlock()
	if err := limits.looks.Wait(l.ctx); err != nil {
		return err
	}
	if err := limits.sends.Wait(l.ctx); err != nil {
		return err
	}
	l.timer.Reset(sendTimeout)
	return nil
}

func (l *look) end() {
	l.timer.Stop()
	l.cancel(nil)
}
