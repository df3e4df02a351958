package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// report is what every watch of the API sends.
type report interface {
	proto.Message
	GetResumeToken() string
	GetHeartbeat() *flowdeskv1.Heartbeat
}

// reconnectAfter is the pause before a watch that was cut off goes on.
const reconnectAfter = time.Second

// errEnough ends a watch in good order.
var errEnough = errors.New("enough was seen")

// watch follows a stream until the person stops it, or on says that it is enough. A stream that is cut off goes on where it was, so that
// nothing is missed; a server that stays away longer than a request may take ends it.
func watch[M any, R interface {
	*M
	report
}](ctx context.Context, sh *Shell, token string, open func(ctx context.Context, token string) (grpc.ServerStreamingClient[M], error), on func(R) error) error {
	lost := time.Time{}
	for {
		seen, err := follow(ctx, token, open, func(r R) error {
			if token = r.GetResumeToken(); !lost.IsZero() {
				sh.notice("connected again")
				lost = time.Time{}
			}
			return on(r)
		})
		switch {
		case errors.Is(err, errEnough):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !again(err), !lost.IsZero() && sh.sys.Now().Sub(lost) > sh.remote.Timeout, lost.IsZero() && !seen:
			return err
		}
		if lost.IsZero() {
			lost = sh.sys.Now()
			sh.notice("connection lost, trying again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(reconnectAfter):
		}
	}
}

// follow reads one stream to its end; seen tells that something came.
func follow[M any, R interface {
	*M
	report
}](ctx context.Context, token string, open func(ctx context.Context, token string) (grpc.ServerStreamingClient[M], error), on func(R) error) (seen bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := open(ctx, token)
	if err != nil {
		return false, err
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			return seen, err
		}
		seen = true
		if err := on(R(r)); err != nil {
			return seen, err
		}
	}
}

// again reports whether a watch that ended so can go on.
func again(err error) bool {
	code := status.Code(err)
	return errors.Is(err, io.EOF) || code == codes.Unavailable || code == codes.Aborted
}

// openStream opens a server's stream.
func openStream[C, Q, M any](ctx context.Context, sh *Shell, client func(grpc.ClientConnInterface) C,
	method func(C, context.Context, Q, ...grpc.CallOption) (grpc.ServerStreamingClient[M], error), request Q,
) (grpc.ServerStreamingClient[M], error) {
	connection, err := sh.conn()
	if err != nil {
		return nil, err
	}
	return method(client(connection), ctx, request)
}

// reported writes a thing of a watch: a line to people, a JSON line to programs.
func (sh *Shell) reported(m proto.Message, people string) error {
	if !sh.forPrograms() {
		return sh.write(oneLine(people) + "\n")
	}
	if sh.remote.Output == "table" || sh.remote.Output == "json" {
		line := *sh
		line.remote.Output = "jsonl"
		return line.emit(m)
	}
	return sh.emit(m)
}
