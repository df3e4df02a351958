package httpcall

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Outcome says what is known of a call's effect on the other side.
type Outcome int

const (
	// NotSent means that nothing was asked of the other side; repeating is safe.
	NotSent Outcome = iota
	// Unknown means that the request was, or may have been, put on the wire and no answer could be read.
	Unknown
	// Answered means that the other side answered with a status, good or bad.
	Answered
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Unknown:
		return "unknown"
	case Answered:
		return "answered"
	default:
		return fmt.Sprintf("outcome %d", int(o))
	}
}

// Problem says why the body of an answer is not all there. The status stands.
type Problem string

const (
	// ProblemNone means that the body is whole.
	ProblemNone Problem = ""
	// ProblemTooLong means that the body was longer than the bound; the first part is kept.
	ProblemTooLong Problem = "too_long"
	// ProblemCut means that the connection or the time ended within the body; the first part is kept.
	ProblemCut Problem = "cut"
	// ProblemEncoding means that the body is compressed or written in a way that cannot be read; nothing is kept.
	ProblemEncoding Problem = "encoding"
	// ProblemRedirect means that the answer is a redirect to an address that may not be called.
	ProblemRedirect Problem = "redirect_refused"
	// ProblemRedirects means that the answer is one redirect too many.
	ProblemRedirects Problem = "too_many_redirects"
)

// Header is one header line.
type Header struct{ Name, Value string }

// SecretHeader is a header line whose value is a key. It is sent to the call's own host only, never after a redirect.
type SecretHeader struct {
	Name  string
	Value secret.String
}

// Call is one HTTP call of a flow.
type Call struct {
	Method  string // GET by default
	URL     string
	Headers []Header
	Secrets []SecretHeader
	Body    []byte
	// IdempotencyKey is sent as the Idempotency-Key header when not empty. It lets a careful other side recognise a
	// repetition; it does not make this package repeat anything.
	IdempotencyKey string
	Timeout        time.Duration // whole call; 0 or more than the configured one means the configured one
	MaxBody        int64         // 0 or more than the configured one means the configured one
}

// Effectful reports whether a call with this method may change something on the other side.
func Effectful(method string) bool { return method != "GET" && method != "HEAD" && method != "" }

// Result is an answer.
type Result struct {
	Status    int
	Headers   []Header // the few that flows may want
	Body      []byte   // valid UTF-8
	Problem   Problem
	Redirects int
	Latency   time.Duration
}

// Text returns the body as text.
func (r Result) Text() string { return string(r.Body) }

// JSON returns the body if it is whole and one JSON value.
func (r Result) JSON() (json.RawMessage, bool) {
	if r.Problem != ProblemNone || len(r.Body) == 0 || !json.Valid(r.Body) {
		return nil, false
	}
	return json.RawMessage(r.Body), true
}

// ErrRefused is the cause of every call that was not made because a rule forbids it; trying again is useless.
var ErrRefused = errors.New("call refused")

// Error is what Do returns when there is no answer.
type Error struct {
	Outcome Outcome // NotSent or Unknown
	At      string  // scheme and host, empty if the address could not be read
	Err     error
}

// Error tells outcome, host and cause.
func (e *Error) Error() string {
	if e.At == "" {
		return fmt.Sprintf("http call %s: %v", e.Outcome, e.Err)
	}
	return fmt.Sprintf("http call to %s %s: %v", e.At, e.Outcome, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
