package server

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Watches at one server. A page of the console opens fewer than ten.
const (
	mostWatchesOfCaller = 250
	mostWatchesByREST   = maxStreams
)

// pipes are the gateway's ways to the gRPC server. Watches last, and each takes a place on its connection: they have one of their own, so that
// requests pass however many there are.
type pipes struct {
	listener          *bufconn.Listener
	requests, watches *grpc.ClientConn
	open              atomic.Int64
}

var _ grpc.ClientConnInterface = (*pipes)(nil)

func newPipes(g *grpc.Server) (*pipes, error) {
	p := &pipes{listener: bufconn.Listen(pipeSize)}
	go func() { _ = g.Serve(p.listener) }()
	for _, connection := range []**grpc.ClientConn{&p.requests, &p.watches} {
		made, err := grpc.NewClient("passthrough:///gateway", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return p.listener.DialContext(ctx) }),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)))
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		*connection = made
	}
	return p, nil
}

// Invoke implements grpc.ClientConnInterface.
func (p *pipes) Invoke(ctx context.Context, method string, request, answer any, options ...grpc.CallOption) error {
	return p.requests.Invoke(ctx, method, request, answer, options...)
}

// NewStream implements grpc.ClientConnInterface. One for which there is no place is refused, and does not wait.
func (p *pipes) NewStream(ctx context.Context, about *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	if p.open.Add(1) > mostWatchesByREST {
		p.open.Add(-1)
		return nil, tooManyWatches("too many watches are open at this server; close some, or watch over gRPC or Connect")
	}
	stream, err := p.watches.NewStream(ctx, about, method, options...)
	if err != nil {
		p.open.Add(-1)
		return nil, err
	}
	context.AfterFunc(stream.Context(), func() { p.open.Add(-1) }) //nolint:contextcheck // it ends with the stream
	return stream, nil
}

func (p *pipes) close() error {
	var all error
	for _, connection := range []*grpc.ClientConn{p.requests, p.watches} {
		if connection != nil {
			all = errors.Join(all, connection.Close())
		}
	}
	return errors.Join(all, p.listener.Close())
}

// register lets the gateway serve all services.
func (p *pipes) register(ctx context.Context, gateway *runtime.ServeMux) error {
	return errors.Join(
		flowdeskv1.RegisterFlowServiceHandlerClient(ctx, gateway, flowdeskv1.NewFlowServiceClient(p)),
		flowdeskv1.RegisterInstanceServiceHandlerClient(ctx, gateway, flowdeskv1.NewInstanceServiceClient(p)),
		flowdeskv1.RegisterJobServiceHandlerClient(ctx, gateway, flowdeskv1.NewJobServiceClient(p)),
		flowdeskv1.RegisterQueueServiceHandlerClient(ctx, gateway, flowdeskv1.NewQueueServiceClient(p)),
		flowdeskv1.RegisterSessionServiceHandlerClient(ctx, gateway, flowdeskv1.NewSessionServiceClient(p)),
		flowdeskv1.RegisterRobotServiceHandlerClient(ctx, gateway, flowdeskv1.NewRobotServiceClient(p)),
		flowdeskv1.RegisterAlertServiceHandlerClient(ctx, gateway, flowdeskv1.NewAlertServiceClient(p)),
		flowdeskv1.RegisterTaskServiceHandlerClient(ctx, gateway, flowdeskv1.NewTaskServiceClient(p)),
		flowdeskv1.RegisterDirectoryServiceHandlerClient(ctx, gateway, flowdeskv1.NewDirectoryServiceClient(p)),
		flowdeskv1.RegisterCatalogServiceHandlerClient(ctx, gateway, flowdeskv1.NewCatalogServiceClient(p)),
		flowdeskv1.RegisterTextServiceHandlerClient(ctx, gateway, flowdeskv1.NewTextServiceClient(p)),
		flowdeskv1.RegisterSettingsServiceHandlerClient(ctx, gateway, flowdeskv1.NewSettingsServiceClient(p)),
		flowdeskv1.RegisterAnalyticsServiceHandlerClient(ctx, gateway, flowdeskv1.NewAnalyticsServiceClient(p)),
		flowdeskv1.RegisterModelServiceHandlerClient(ctx, gateway, flowdeskv1.NewModelServiceClient(p)),
		flowdeskv1.RegisterDemoServiceHandlerClient(ctx, gateway, flowdeskv1.NewDemoServiceClient(p)),
		flowdeskv1.RegisterSimulatorServiceHandlerClient(ctx, gateway, flowdeskv1.NewSimulatorServiceClient(p)),
		flowdeskv1.RegisterEventServiceHandlerClient(ctx, gateway, flowdeskv1.NewEventServiceClient(p)),
		flowdeskv1.RegisterAccessServiceHandlerClient(ctx, gateway, flowdeskv1.NewAccessServiceClient(p)),
		flowdeskv1.RegisterAuditServiceHandlerClient(ctx, gateway, flowdeskv1.NewAuditServiceClient(p)),
	)
}

func tooManyWatches(why string) error {
	return withReason(codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED, why)
}

// watchers counts the watches of each caller, so that one of them leaves room for the others. The zero value is ready.
type watchers struct {
	mu   sync.Mutex
	open map[string]int
}

// enter takes a place of a caller, which leave gives back.
func (w *watchers) enter(caller string) (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[caller] >= mostWatchesOfCaller {
		return nil, tooManyWatches("you have too many watches open; close some")
	}
	if w.open == nil {
		w.open = make(map[string]int)
	}
	w.open[caller]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open[caller]--; w.open[caller] == 0 {
			delete(w.open, caller)
		}
	}, nil
}
