package models

import (
	"fmt"
	"time"
)

// Class is the kind of a failure; it alone decides what happens next.
type Class int

const (
	// ClassTransient: network, time-out, 5xx. Repeated at most twice, then the next provider.
	ClassTransient Class = iota + 1
	// ClassLimited: too many at once. Like transient, after the time the provider asks for; the local limit is lowered.
	ClassLimited
	// ClassExhausted: out of money or quota. The account is left alone for a while; alert; next provider.
	ClassExhausted
	// ClassBadKey: the key is wrong or lacks a right. The account is left alone for a while; alert; next provider.
	ClassBadKey
	// ClassMissing: the model or the address is gone. The provider is left alone for a while; alert; next provider.
	ClassMissing
	// ClassBadRequest: the provider does not accept our request. Not repeated; next provider, whose dialect may fit.
	ClassBadRequest
	// ClassRefused: the content filter. Ends the call: the same text is not shown around.
	ClassRefused
	// ClassBadOutput: blank, cut or invalid output, after the one retry or repair. Ends the call.
	ClassBadOutput
	// ClassSkipped: the provider was not asked: breaker open, paused, or no time left. Next provider.
	ClassSkipped
)

var classNames = map[Class]string{
	ClassTransient: "transient", ClassLimited: "limited", ClassExhausted: "exhausted", ClassBadKey: "bad_key", ClassMissing: "missing",
	ClassBadRequest: "bad_request", ClassRefused: "refused", ClassBadOutput: "bad_output", ClassSkipped: "skipped",
}

// String returns the name of the class, as presets.yaml writes it.
func (c Class) String() string {
	if n, ok := classNames[c]; ok {
		return n
	}
	return fmt.Sprintf("class %d", int(c))
}

// UnmarshalText reads the name of a class.
func (c *Class) UnmarshalText(text []byte) error {
	for k, n := range classNames {
		if n == string(text) {
			*c = k
			return nil
		}
	}
	return fmt.Errorf("unknown class %q", text)
}

// ends reports whether no other provider is asked after such a failure.
func (c Class) ends() bool { return c == ClassRefused || c == ClassBadOutput }

// Error is one failure of one provider.
type Error struct {
	Provider, Model string
	Class           Class
	Status          int    // HTTP status, 0 without an answer
	Code, Type      string // as the provider gave them
	Message         string // at most a kilobyte, without keys
	RetryAfter      time.Duration
	Err             error // the cause, when it is ours or the network's
}

// Error tells provider, class and what is known.
func (e *Error) Error() string {
	out := fmt.Sprintf("provider %s: %s", e.Provider, e.Class)
	if e.Status != 0 {
		out += fmt.Sprintf(" (status %d)", e.Status)
	}
	for _, s := range []string{e.Code, e.Type, e.Message} {
		if s != "" {
			out += ": " + s
		}
	}
	if e.Err != nil {
		out += ": " + e.Err.Error()
	}
	return out
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CallError is what Complete returns when there is no answer. It wraps the last failure, an *Error or a *BudgetError.
type CallError struct {
	Use      string
	Attempts []Attempt
	Spent    Spend // what the attempts cost all the same
	Err      error
}

// Error tells the use, the number of attempts and the last failure.
func (e *CallError) Error() string {
	return fmt.Sprintf("model call for %s, %d attempts: %v", e.Use, len(e.Attempts), e.Err)
}

// Unwrap returns the last failure.
func (e *CallError) Unwrap() error { return e.Err }
