package cli

import (
	"context"
	"errors"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Exit codes. They are part of the interface: scripts rely on them.
const (
	ExitOK          = 0   // it was done
	ExitFailed      = 1   // the thing asked about failed: a run, a test, a check
	ExitUsage       = 2   // the command line is wrong
	ExitInvalid     = 3   // what was given is not valid
	ExitNotFound    = 4   // there is no such thing
	ExitConflict    = 5   // the state of the thing, or a change by somebody else, stands against it
	ExitForbidden   = 6   // the caller may not do this
	ExitUnavailable = 7   // the server or something behind it does not answer, or not in time
	ExitInterrupted = 130 // the person stopped it
)

// exitMeanings explain the codes in the reference, in the order of the codes.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{ExitOK, "it was done"},
	{ExitFailed, "the thing asked about failed: a run, a test, a check"},
	{ExitUsage, "the command line is wrong"},
	{ExitInvalid, "what was given is not valid"},
	{ExitNotFound, "there is no such thing"},
	{ExitConflict, "its state, or a change by somebody else, stands against it"},
	{ExitForbidden, "the caller may not do this"},
	{ExitUnavailable, "the server, or something behind it, does not answer in time"},
	{ExitInterrupted, "it was interrupted"},
}

// failure is an error with a text that is for people already, and the code with which the program ends.
type failure struct {
	code int
	text string
}

// Error implements error.
func (f *failure) Error() string { return f.text }

// usage is an error of the command line.
func (sh *Shell) usage(english string, values ...any) error {
	return &failure{code: ExitUsage, text: sh.say(english, values...)}
}

// invalid is an error of what was given.
func (sh *Shell) invalid(english string, values ...any) error {
	return &failure{code: ExitInvalid, text: sh.say(english, values...)}
}

// failed tells that the thing asked about failed.
func (sh *Shell) failed(english string, values ...any) error {
	return &failure{code: ExitFailed, text: sh.say(english, values...)}
}

// exitCode is the code with which an error ends the program.
func exitCode(ctx context.Context, err error) int {
	var (
		told   *failure
		remote *remoteError
		parse  *kong.ParseError
	)
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &told):
		return told.code
	case ctx.Err() != nil:
		return ExitInterrupted
	case errors.As(err, &remote):
		return remote.exit()
	case errors.As(err, &parse):
		return ExitUsage
	case errors.Is(err, context.DeadlineExceeded):
		return ExitUnavailable
	default:
		return ExitFailed
	}
}

// exit is the code for an answer of the server.
func (e *remoteError) exit() int {
	switch e.status.Code() {
	case codes.InvalidArgument, codes.OutOfRange:
		return ExitInvalid
	case codes.FailedPrecondition:
		if e.reason == flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW || e.reason == flowdeskv1.ErrorReason_ERROR_REASON_BREAKS_FLOWS {
			return ExitInvalid
		}
		return ExitConflict
	case codes.NotFound:
		return ExitNotFound
	case codes.AlreadyExists, codes.Aborted:
		return ExitConflict
	case codes.Unauthenticated, codes.PermissionDenied:
		return ExitForbidden
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return ExitUnavailable
	default:
		return ExitFailed
	}
}
