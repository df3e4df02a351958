package robots

import (
	"context"
	"errors"
)

// ErrHeldBack means that a guard forbade a request as it was about to be written: nothing was sent.
var ErrHeldBack = errors.New("held back before it was written")

type guardKey struct{}

// WithGuard is a context whose requests may be written only while may gives no error. It is asked as the last thing before a request is
// written, when there is a connection already: whoever was frozen in between must not send what is another's by now.
func WithGuard(ctx context.Context, may func() error) context.Context {
	return context.WithValue(ctx, guardKey{}, may)
}

// Guarded asks the guard of a context; without one, everything may be written. Its error wraps ErrHeldBack.
func Guarded(ctx context.Context) error {
	may, ok := ctx.Value(guardKey{}).(func() error)
	if !ok {
		return nil
	}
	if err := may(); err != nil {
		return errors.Join(ErrHeldBack, err)
	}
	return nil
}
