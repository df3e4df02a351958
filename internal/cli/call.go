package cli

import (
	"context"

	"google.golang.org/grpc"
)

// call makes one request: client makes the service's client, method is one of the service's interface.
func call[C, Q, A any](ctx context.Context, sh *Shell, client func(grpc.ClientConnInterface) C,
	method func(C, context.Context, Q, ...grpc.CallOption) (A, error), request Q,
) (A, error) {
	connection, err := sh.conn()
	if err != nil {
		var none A
		return none, err
	}
	return method(client(connection), ctx, request)
}

// each does one thing to several; all are tried. The first error decides the exit code, each is reported.
func each(sh *Shell, ids []string, do func(id string) error) error {
	var first error
	for i, id := range ids {
		sh.step(i+1, len(ids), id)
		err := do(id)
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		} else {
			sh.report(err)
		}
	}
	return first
}
