package outbox

import (
	"context"
	"errors"
	"time"
)

// Errors that end a look-up.
var (
	errSlow   = context.DeadlineExceeded
	errPaused = errors.New("the platform asked for a pause")
)

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

// next waits until the next request may be made: look-ups take their share of the limit, page by page. While the platform asks for a pause there
// is none.
func (l *look) next() error {
	l.timer.Stop()
	if err := l.outbox.permit(l.ctx, l.robot, true); err != nil {
		return err
	}
	l.timer.Reset(sendTimeout)
	return nil
}

func (l *look) end() {
	l.timer.Stop()
	l.cancel(nil)
}
