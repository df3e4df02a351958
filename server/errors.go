package server

import (
	"context"
	"errors"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// domain is the domain of error reasons.
const domain = "flowdesk"

const noSuchMethod = flowdeskv1.ErrorReason_ERROR_REASON_NO_SUCH_METHOD

// mapping is the only map from errors to statuses. The first entry that fits counts.
var mapping = []struct {
	err    error
	code   codes.Code
	reason flowdeskv1.ErrorReason
}{
	{storage.ErrNotFound, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND},
	{storage.ErrExists, codes.AlreadyExists, flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_EXISTS},
	{storage.ErrLastAdmin, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE},
	{storage.ErrConflict, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_CONCURRENT_CHANGE},
	{storage.ErrPageToken, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_PAGE_TOKEN},
	{storage.ErrUnavailable, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE},
	{storage.ErrUnknown, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_COMMIT_UNKNOWN},
	{storage.ErrClosed, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN},
	{runner.ErrStopping, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN},
	{runner.ErrElsewhere, codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_STORAGE_UNAVAILABLE},
	{runner.ErrBusy, codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED},
	{runner.ErrQuarantined, codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_QUARANTINED},
	{ErrNoDemo, codes.Unimplemented, noSuchMethod},
	{engine.ErrUndeclared, codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL},
	{engine.ErrPanic, codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL},
	{engine.ErrNotRetryable, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE},
	{engine.ErrPin, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD},
	{engine.ErrNoProgram, codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL},
	{access.ErrUnauthenticated, codes.Unauthenticated, flowdeskv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED},
	{access.ErrWrong, codes.Unauthenticated, flowdeskv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED},
	{access.ErrDenied, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED},
	{access.ErrSlow, codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED},
	{access.ErrHash, codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL},
	{context.DeadlineExceeded, codes.DeadlineExceeded, flowdeskv1.ErrorReason_ERROR_REASON_DEADLINE},
	{context.Canceled, codes.Canceled, flowdeskv1.ErrorReason_ERROR_REASON_CANCELLED},
}

// toStatus turns an error into a status. Errors that nobody planned for become Internal with a fixed message; known reports whether it was
// one of those that were.
func toStatus(err error) (result error, known bool) {
	var carrier interface{ GRPCStatus() *status.Status }
	if errors.As(err, &carrier) {
		return carrier.GRPCStatus().Err(), true
	}
	var invalid *protovalidate.ValidationError
	if errors.As(err, &invalid) {
		return invalidFields(invalid), true
	}
	for _, m := range mapping {
		if !errors.Is(err, m.err) {
			continue
		}
		if m.reason == flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL {
			break // our own mistake: its words are for the log
		}
		words := err.Error()
		if infrastructure(m.err) { // who asks need not know where the database is, and by which name it is reached
			words = m.err.Error()
		}
		return withReason(m.code, m.reason, words), true
	}
	return withReason(codes.Internal, flowdeskv1.ErrorReason_ERROR_REASON_INTERNAL, "internal error; the server's log names the cause"), false
}

// infrastructure reports whether an error's words are about what the server stands on.
func infrastructure(err error) bool {
	return errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrUnknown) || errors.Is(err, runner.ErrElsewhere)
}

func withReason(code codes.Code, reason flowdeskv1.ErrorReason, message string, details ...protoadapt.MessageV1) error {
	said := inChinese().said(reason, message)
	if reason == flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE || reason == flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT ||
		reason == flowdeskv1.ErrorReason_ERROR_REASON_CONCURRENT_CHANGE { // states are told to people; elsewhere names are what a program must send
		message = enumsInWords(message)
	}
	s := status.New(code, message)
	all := append([]protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: reason.String(), Domain: domain}, localized(said)}, details...)
	if detailed, err := s.WithDetails(all...); err == nil {
		s = detailed
	}
	return s.Err()
}

func failedPrecondition(reason flowdeskv1.ErrorReason, message string) error {
	return withReason(codes.FailedPrecondition, reason, message)
}

// invalidField is an error about one field of the request.
func invalidField(field, description string) error {
	return withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD, field+": "+description,
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{
			Field: field, Description: description, LocalizedMessage: localized(inChinese().violated(description)),
		}}})
}

func invalidFields(invalid *protovalidate.ValidationError) error {
	details := &errdetails.BadRequest{}
	for _, v := range invalid.Violations {
		details.FieldViolations = append(details.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: violatedField(v), Description: v.Proto.GetMessage(),
			LocalizedMessage: localized(inChinese().violated(v.Proto.GetMessage())),
		})
	}
	return withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD, invalid.Error(), details)
}

// violatedField is the path of the field that a rule is about. A rule of a whole message about one of its fields bears that one's path as
// its id.
func violatedField(v *protovalidate.Violation) string {
	if path := protovalidate.FieldPathString(v.Proto.GetField()); path != "" {
		return path
	}
	return v.Proto.GetRuleId()
}
