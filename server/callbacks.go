package server

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/tracing"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// ErrProbe is a body with which the platform tries an address; it is answered like a good one and means nothing.
var ErrProbe = errors.New("no report in the body")

// ErrTooLarge is a body that could be read and is larger than what is taken.
var ErrTooLarge = errors.New("callback too large")

// Reader reads the platform's callbacks. It keeps no body: the memory is used again.
type Reader interface {
	// Limit is how much of a body is read at most.
	Limit() int64
	// Message reads a chat message; ErrProbe when the body holds none, ErrTooLarge when it is too large.
	Message(body []byte, contentType string) (*flowdeskv1.MessageEvent, error)
	// Result reads the result of a command and settles it.
	Result(robot string, body []byte) error
	// Presence is told that a robot came or went; the body is not to be trusted.
	Presence(robot string, online bool)
}

// Hearer takes messages that robots heard: the runner, or while there is none what keeps them for it.
type Hearer interface {
	// Hear takes a message, and returns when it is durable.
	Hear(ctx context.Context, event *flowdeskv1.Event) error
	// Now is the time.
	Now() time.Time
}

// Callbacks take what robots report. A well-formed callback gets the platform's success answer. Every other answer has an empty body,
// because a robot speaks the message of a non-zero code aloud in the customer's group.
type Callbacks struct {
	Runner Hearer
	Reader Reader
	Log    *slog.Logger

	secrets atomic.Pointer[map[string]callbackSecret] // of callback addresses by robot
	heard   heard
	bodies  bodies
	came    atomic.Int64 // how many there were
	refused atomic.Int64 // since when callbacks were refused, in Unix nanoseconds; 0 when none was
}

// callbackSecret is what a robot's callback addresses end in. The id is given on instead of the one in a request, whose memory a kept message would hold.
type callbackSecret struct{ robot, secret string }

// answerWithin is how long a callback may take: the platform gives up after 3 s.
const answerWithin = 2500 * time.Millisecond

// bodyWithin is how long a callback's body may take to arrive: robots' are a few hundred bytes.
const bodyWithin = 10 * time.Second

var (
	success  = []byte(`{"code":0,"message":"success"}`)
	jsonType = []string{"application/json"}
)

// SetRobots says which addresses exist.
func (c *Callbacks) SetRobots(records []*storage.RobotRecord) {
	secrets := make(map[string]callbackSecret, len(records))
	for _, r := range records {
		secrets[r.Robot.GetId()] = callbackSecret{robot: r.Robot.GetId(), secret: r.WebhookSecret}
	}
	c.secrets.Store(&secrets)
}

// ServeHTTP implements http.Handler.
func (c *Callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			c.refuse(r, w, slog.LevelError, http.StatusInternalServerError, "", "callback panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.came.Add(1)
	robot, known := c.known(r.PathValue("robot"), r.PathValue("secret"))
	if !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // where there is a connection
	body := c.bodies.take()
	defer c.bodies.give(body)
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, c.Reader.Limit())); err != nil {
		status := http.StatusBadRequest
		if tooLarge := (&http.MaxBytesError{}); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		c.refuse(r, w, slog.LevelWarn, status, "", "callback refused", "robot", robot, "error", err)
		return
	}
	trace, err := c.take(r, robot, body.Bytes())
	status := c.status(err)
	c.heard.note(robot, r.PathValue("kind"), c.Runner.Now(), status, errors.Is(err, ErrProbe))
	if status == http.StatusServiceUnavailable {
		c.refuse(r, w, slog.LevelWarn, status, trace, "callback not taken", "robot", robot, "error", err)
		return
	} else if status != http.StatusOK { // nobody else says so: the answer is empty
		c.refuse(r, w, slog.LevelWarn, status, trace, "callback refused", "robot", robot, "bytes", body.Len(), "error", err)
		return
	}
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(success)
}

// known compares the address's secret in constant time, and gives the robot's id; an unknown robot takes as long as a wrong secret.
func (c *Callbacks) known(robot, secret string) (id string, ok bool) {
	var want callbackSecret
	if secrets := c.secrets.Load(); secrets != nil {
		want = (*secrets)[robot]
	}
	equal := subtle.ConstantTimeCompare([]byte(want.secret), []byte(secret)) == 1
	return want.robot, equal && want.secret != ""
}

// refuse answers a callback that was not taken: without a body, and with the id under which the log tells why. It is the trace of the
// callback's event where there is one already, which may yet have been stored.
func (c *Callbacks) refuse(r *http.Request, w http.ResponseWriter, level slog.Level, status int, trace, message string, about ...any) {
	id := tracing.ID(trace)
	if id == "" {
		id = newRequestID()
	}
	c.Log.Log(r.Context(), level, message, append(about, "status", status, "request", id)...)
	w.Header().Set(requestIDHeader, id)
	w.WriteHeader(status)
}

// errNoKind is a callback of a kind that there is not.
var errNoKind = errors.New("no such kind of callback")

// take hands a callback over, and gives the trace of the event that it became.
func (c *Callbacks) take(r *http.Request, robot string, body []byte) (trace string, err error) {
	switch r.PathValue("kind") {
	case "message":
		return c.message(r, robot, body)
	case "result":
		return "", c.Reader.Result(robot, body)
	case "online", "offline":
		c.Reader.Presence(robot, r.PathValue("kind") == "online")
	case "qr_code":
	default:
		return "", errNoKind
	}
	return "", nil
}

// Later reports whether a message that was not taken may be taken later. Its callback is refused with 503, and the platform's log is read back.
func Later(err error) bool {
	for _, passing := range []error{
		runner.ErrStopping, runner.ErrBusy, storage.ErrUnavailable, storage.ErrUnknown, context.DeadlineExceeded, context.Canceled,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

func (c *Callbacks) status(err error) int {
	switch {
	case err == nil, errors.Is(err, ErrProbe), errors.Is(err, runner.ErrQuarantined):
		return http.StatusOK
	case Later(err):
		c.refused.CompareAndSwap(0, c.Runner.Now().UnixNano())
		return http.StatusServiceUnavailable
	case errors.Is(err, errNoKind):
		return http.StatusNotFound
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	default:
		return http.StatusBadRequest
	}
}

// message lets a reported message act on its session, and gives its trace. It is acknowledged when it is stored: with its turn, or alone when
// its turn is late.
func (c *Callbacks) message(r *http.Request, robot string, body []byte) (trace string, err error) {
	m, err := c.Reader.Message(body, r.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	m.Robot = robot
	if err := failpoint.Before("server.callback.before", storage.ErrUnavailable); err != nil {
		return "", err
	}
	trace, err = c.deliver(ctx, m, c.Runner.Now())
	return trace, failpoint.Over(err, "server.callback.after", storage.ErrUnknown)
}

// Deliver lets a message that a robot heard at a time act on its session.
func (c *Callbacks) Deliver(ctx context.Context, m *flowdeskv1.MessageEvent, at time.Time) error {
	_, err := c.deliver(ctx, m, at)
	return err
}

func (c *Callbacks) deliver(ctx context.Context, m *flowdeskv1.MessageEvent, at time.Time) (trace string, err error) {
	if title, _ := runner.Chat(m); title == "" && m.GetGroupRemark() == "" {
		return "", ErrProbe
	}
	parent, end := tracing.Begin(ctx, "message", attribute.String("robot", m.GetRobot()))
	event := MessageEvent(m, parent, at)
	err = c.Runner.Hear(ctx, event)
	end(err)
	return event.GetTrace(), err
}

// MessageEvent is the event of a message that a robot heard at a time.
func MessageEvent(m *flowdeskv1.MessageEvent, trace string, at time.Time) *flowdeskv1.Event {
	return &flowdeskv1.Event{
		Trace: trace, ReceivedAt: engine.Timestamp(at), Source: "worktool", Payload: &flowdeskv1.Event_Message{Message: m},
	}
}

// Refused gives since when callbacks were refused that could not be stored, once; the zero time when none was.
func (c *Callbacks) Refused() time.Time {
	at := c.refused.Swap(0)
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}
