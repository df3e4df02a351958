package robots

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of failed calls. A limited call and one with a bad account are refusals too, so errors.Is with
// ErrRefused answers the one question that matters before a repeat: was it surely not accepted?
var (
	// ErrRefused means that the platform surely did not accept the request: sending it again cannot double it.
	ErrRefused = errors.New("refused by the robot platform")
	// ErrUnknown means that the request may have been accepted: look it up before sending it again.
	ErrUnknown = errors.New("outcome at the robot platform unknown")
	// ErrLimited means that the platform had too many requests from us; CallError.RetryAfter may say how long to wait.
	ErrLimited = errors.New("rate limit of the robot platform reached")
	// ErrAccount means a wrong robot id or key: repeating is useless until a person corrects it.
	ErrAccount = errors.New("robot account not accepted")
	// ErrInvalid means that a command or batch broke a rule of ours and nothing was sent.
	ErrInvalid = errors.New("invalid robot command")
)

// CallError describes a failed call to the platform. Its text never holds a robot id, a key or an address.
type CallError struct {
	Op         string // what was asked: "send", "results" ...
	Kind       error  // one of the sentinels above
	Status     int    // HTTP status, 0 where no answer came
	Code       int    // code in the platform's envelope, 0 where there was none
	Message    string // what the platform said
	RetryAfter time.Duration
	Err        error // the cause below, stripped of secrets; may be nil
}

// Error says what was asked, how it ended and why.
func (e *CallError) Error() string {
	text := e.Op + ": " + e.Kind.Error()
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d, code %d)", e.Status, e.Code)
	}
	if e.Message != "" {
		text += fmt.Sprintf(": %q", e.Message)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the kind, ErrRefused where the kind implies it, and the cause.
func (e *CallError) Unwrap() []error {
	errs := []error{e.Kind}
	if !errors.Is(e.Kind, ErrRefused) && !errors.Is(e.Kind, ErrUnknown) {
		errs = append(errs, ErrRefused)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// RetryAfter is how long the platform asked to wait, 0 where it did not say.
func RetryAfter(err error) time.Duration {
	var call *CallError
	if errors.As(err, &call) {
		return call.RetryAfter
	}
	return 0
}
