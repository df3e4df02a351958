package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
	"github.com/flowdesk/flowdesk/storage"
)

type simCommand struct {
	Remote

	Chat simChat `cmd:"" help:"Chat with a flow in the terminal, with a virtual clock." eg:"sim chat\nsim chat -f my-flow.yaml --at 02:00"`
	Run  simRun  `cmd:"" help:"Play test cases and say how they went; fail when one failed." eg:"sim run\nsim run cases/refund.yaml -f my-flow.yaml --junit report.xml"`
}

// simTarget says what is tried. Everything happens in this process, without a server, unless one is named or the flow is a server's.
type simTarget struct {
	Flow   string `short:"f" predictor:"file" help:"Flow file, or flows/ID of a server's flow; by default the shipped unified flow."`
	Number int32  `name:"flow-version" help:"Version of a server's flow; by default its draft."`
}

// choice is what is tried.
func (t *simTarget) choice(sh *Shell) (*flowdeskv1.FlowChoice, error) {
	switch {
	case t.Flow == "":
		return nil, nil //nolint:nilnil // nothing chosen is the shipped flow
	case strings.HasPrefix(t.Flow, "flows/"):
		return &flowdeskv1.FlowChoice{Flow: t.Flow, Version: t.Number}, nil
	}
	data, err := sh.read(t.Flow)
	if err != nil {
		return nil, err
	}
	found, err := check(data)
	if err != nil {
		return nil, err
	}
	sh.findings(t.Flow, found.GetDiagnostics())
	if !found.GetValid() {
		return nil, sh.invalid("%s has errors", t.Flow)
	}
	return &flowdeskv1.FlowChoice{Definition: found.GetDefinition()}, nil
}

// remote reports whether a server's simulator is asked.
func (t *simTarget) remote(sh *Shell) bool {
	return sh.remote.Server != "" || sh.remote.Profile != "" || strings.HasPrefix(t.Flow, "flows/")
}

// simulator connects to the server's simulator, or to one in this process; the function that is returned ends it.
func (t *simTarget) simulator(sh *Shell) (flowdeskv1.SimulatorServiceClient, func(), error) {
	if t.remote(sh) {
		connection, err := sh.conn()
		return flowdeskv1.NewSimulatorServiceClient(connection), func() {}, err
	}
	manager, err := simulator.New(simulator.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	const pipeSize = 1 << 20
	pipe, server := bufconn.Listen(pipeSize), grpc.NewServer(grpc.UnaryInterceptor(plainly))
	flowdeskv1.RegisterSimulatorServiceServer(server, manager)
	go func() { _ = server.Serve(pipe) }()
	connection, err := grpc.NewClient("passthrough:///simulator", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, request, answer any, c *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			return sh.fromServer(invoke(ctx, method, request, answer, c, options...), "", request)
		}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	if err != nil {
		return nil, nil, errors.Join(err, manager.Close())
	}
	return flowdeskv1.NewSimulatorServiceClient(connection), func() {
		_ = connection.Close()
		server.Stop()
		if err := manager.Close(); err != nil {
			_, _ = fmt.Fprintln(sh.sys.Err, err)
		}
	}, nil
}

// plainly gives what is not there its status, as the server does: the simulator in this process has no server around it.
func plainly(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	answer, err := handle(ctx, request)
	if errors.Is(err, storage.ErrNotFound) {
		err = status.Error(codes.NotFound, err.Error())
	}
	return answer, err
}
