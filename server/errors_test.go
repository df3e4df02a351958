package server

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// sentinels names each exported error of the packages below the server, with the status that a caller sees.
var sentinels = []struct {
	name   string
	err    error
	code   codes.Code
	reason string
}{
	{"storage.ErrNotFound", storage.ErrNotFound, codes.NotFound, "ERROR_REASON_NOT_FOUND"},
	{"storage.ErrExists", storage.ErrExists, codes.AlreadyExists, "ERROR_REASON_ALREADY_EXISTS"},
	{"storage.ErrLastAdmin", storage.ErrLastAdmin, codes.FailedPrecondition, "ERROR_REASON_WRONG_STATE"},
	{"storage.ErrConflict", storage.ErrConflict, codes.Aborted, "ERROR_REASON_CONCURRENT_CHANGE"},
	{"storage.ErrPageToken", storage.ErrPageToken, codes.InvalidArgument, "ERROR_REASON_INVALID_PAGE_TOKEN"},
	{"storage.ErrUnavailable", storage.ErrUnavailable, codes.Unavailable, "ERROR_REASON_STORAGE_UNAVAILABLE"},
	{"storage.ErrUnknown", storage.ErrUnknown, codes.Unavailable, "ERROR_REASON_COMMIT_UNKNOWN"},
	{"storage.ErrClosed", storage.ErrClosed, codes.Unavailable, "ERROR_REASON_SHUTTING_DOWN"},
	{"engine.ErrUndeclared", engine.ErrUndeclared, codes.Internal, "ERROR_REASON_INTERNAL"},
	{"engine.ErrPanic", engine.ErrPanic, codes.Internal, "ERROR_REASON_INTERNAL"},
	{"engine.ErrPin", engine.ErrPin, codes.InvalidArgument, "ERROR_REASON_INVALID_FIELD"},
	{"engine.ErrNoProgram", engine.ErrNoProgram, codes.Internal, "ERROR_REASON_INTERNAL"},
	{"engine.ErrNotRetryable", engine.ErrNotRetryable, codes.FailedPrecondition, "ERROR_REASON_WRONG_STATE"},
	{"runner.ErrStopping", runner.ErrStopping, codes.Unavailable, "ERROR_REASON_SHUTTING_DOWN"},
	{"runner.ErrElsewhere", runner.ErrElsewhere, codes.Unavailable, "ERROR_REASON_STORAGE_UNAVAILABLE"},
	{"runner.ErrBusy", runner.ErrBusy, codes.ResourceExhausted, "ERROR_REASON_RATE_LIMITED"},
	{"runner.ErrQuarantined", runner.ErrQuarantined, codes.Internal, "ERROR_REASON_QUARANTINED"},
	{"access.ErrUnauthenticated", access.ErrUnauthenticated, codes.Unauthenticated, "ERROR_REASON_UNAUTHENTICATED"},
	{"access.ErrWrong", access.ErrWrong, codes.Unauthenticated, "ERROR_REASON_UNAUTHENTICATED"},
	{"access.ErrDenied", access.ErrDenied, codes.PermissionDenied, "ERROR_REASON_PERMISSION_DENIED"},
	{"access.ErrSlow", access.ErrSlow, codes.ResourceExhausted, "ERROR_REASON_RATE_LIMITED"},
	{"access.ErrHash", access.ErrHash, codes.Internal, "ERROR_REASON_INTERNAL"},
	{"context.DeadlineExceeded", context.DeadlineExceeded, codes.DeadlineExceeded, "ERROR_REASON_DEADLINE"},
	{"context.Canceled", context.Canceled, codes.Canceled, "ERROR_REASON_CANCELLED"},
	{"anything else", errors.New("a secret of the inside"), codes.Internal, "ERROR_REASON_INTERNAL"},
}

func TestEachErrorHasItsStatus(t *testing.T) {
	t.Parallel()
	for _, c := range sentinels {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mapped, known := toStatus(fmt.Errorf("do something: %w", c.err))
			s := status.Convert(mapped)
			require.Equal(t, c.code, s.Code())
			info, ok := s.Details()[0].(*errdetails.ErrorInfo)
			require.True(t, ok)
			require.Equal(t, c.reason, info.GetReason())
			require.Equal(t, "flowdesk", info.GetDomain())
			require.Equal(t, c.reason != "ERROR_REASON_INTERNAL", known)
			if !known {
				require.NotContains(t, s.Message(), c.err.Error(), "the words of an unplanned error are for the log")
			}
		})
	}
}

func TestAWrappedStatusKeepsItsCode(t *testing.T) {
	t.Parallel()
	mapped, known := toStatus(fmt.Errorf("do something: %w", invalidField("name", "too long")))
	require.True(t, known)
	require.Equal(t, codes.InvalidArgument, status.Code(mapped))
}

func TestNoSentinelIsForgotten(t *testing.T) {
	t.Parallel()
	listed := make(map[string]bool)
	for _, c := range sentinels {
		listed[c.name] = true
	}
	for _, dir := range []string{"../storage", "../engine", "../engine/runner", "../internal/access"} {
		for _, name := range exportedErrors(t, dir) {
			require.True(t, listed[filepath.Base(dir)+"."+name], "%s of %s has no row in the table of this test, nor perhaps in errors.go", name, dir)
		}
	}
}

// exportedErrors are the exported package variables whose names begin with Err.
func exportedErrors(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range parsed.Decls {
			vars, ok := decl.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			for _, spec := range vars.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

// The words of a driver tell where the database is and by which name it is reached. Whoever asks, even without having signed in, gets none of them.
func TestWordsOfTheDatabaseAreForTheLog(t *testing.T) {
	t.Parallel()
	for _, sentinel := range []error{storage.ErrUnavailable, storage.ErrUnknown} {
		mapped, known := toStatus(fmt.Errorf("get user: %w: failed to connect to `user=canary database=desk`: 10.0.0.7:5432", sentinel))
		require.True(t, known)
		require.Equal(t, sentinel.Error(), status.Convert(mapped).Message())
	}
}
