package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Errors by which a Link says how a send ended.
var (
	// ErrRefused is a send that surely was not accepted.
	ErrRefused = errors.New("refused by the platform")
	// ErrUnknown is a send that may have been accepted.
	ErrUnknown = errors.New("outcome at the platform unknown")
	// ErrLimited is a send that was not accepted because there were too many.
	ErrLimited = errors.New("rate limit of the platform")
	// ErrInvalid is a command that can never be sent as it is.
	ErrInvalid = errors.New("command cannot be sent")
)

// Parcel is a command as one robot's platform takes it.
type Parcel struct {
	// Fingerprint is equal for equal content: it tells which command of a batch a result belongs to.
	Fingerprint string
	// Body is the platform's own form.
	Body any
}

// Result is what a robot reports of one command.
type Result struct {
	PlatformID  string
	Fingerprint string
	Success     bool
	Code        int32
	Reason      string
	Retryable   bool
	Proof       string // callback, lookup or echo
}

// Pace waits until another request may be made. Its error ends the look-up.
type Pace func() error

// Link is the way to the robots' platform. Its methods must honour their context.
type Link interface {
	// Compose makes the parcel of a command for a robot; an error wraps ErrInvalid.
	Compose(env *engine.Env, robot string, command *flowdeskv1.Command) (Parcel, error)
	// Send hands over up to 100 parcels, no two of them equal, and gives the platform's id of the batch.
	Send(ctx context.Context, robot string, parcels []Parcel) (platformID string, err error)
	// Accepted looks whether the platform accepted a parcel after a time. It must call next before each request but the first.
	Accepted(ctx context.Context, robot string, parcel Parcel, since time.Time, next Pace) (platformID string, found bool, err error)
	// Results lists results since a time, newest first. It must call next before each request but the first. Of very many it leaves out the
	// earliest: the list is whole from the time on that is given with it.
	Results(ctx context.Context, robot string, since time.Time, next Pace) (results []Result, whole time.Time, err error)
	// ResultsOf lists the results of one batch. It must call next before each request but the first.
	ResultsOf(ctx context.Context, robot, platformID string, next Pace) ([]Result, error)
	// Address names whose rate limit a robot's requests count against.
	Address(robot string) string
	// RetryAfter is how long the platform asked to wait, 0 where it did not say.
	RetryAfter(err error) time.Duration
}

// PurposeTest is the purpose of a command that tries one robot: it goes by that robot or not at all.
const PurposeTest = "test"

// Choose names the robot that should carry a command now, or why none can.
type Choose func(env *engine.Env, command *flowdeskv1.Command, now time.Time, usable func(robot string) bool) (robot, reason string)
