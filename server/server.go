package server

import (
	"context"
	"log/slog"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Deps are what the server needs.
type Deps struct {
	Store  storage.Store
	Runner *runner.Runner
	Log    *slog.Logger
	// ReadFlow reads a flow file (YAML or JSON).
	ReadFlow func([]byte) (*flowdeskv1.FlowDefinition, error)
	// Understand answers what a text means.
	Understand func(env *engine.Env, text, locale string) *flowdeskv1.Understanding
	// RobotsChanged is told when robots were changed, with their secrets.
	RobotsChanged func([]*storage.RobotRecord)
	// BaseURI is the address under which robots reach the callbacks, without a slash at its end.
	BaseURI string
}

// Server holds the services.
type Server struct {
	deps Deps
}

// maxMessage is the greatest size of a request.
const maxMessage = 8 << 20

// New makes the gRPC server with all services, health and reflection.
func New(deps Deps) (*grpc.Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, err
	}
	s := &Server{deps}
	g := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(1000),
		grpc.ChainUnaryInterceptor(recoverUnary(deps.Log), mapErrors(deps.Log), validate(validator)),
	)
	flowdeskv1.RegisterFlowServiceServer(g, &flowService{Server: s})
	flowdeskv1.RegisterInstanceServiceServer(g, &instanceService{Server: s})
	flowdeskv1.RegisterQueueServiceServer(g, &queueService{Server: s})
	flowdeskv1.RegisterSessionServiceServer(g, &sessionService{Server: s})
	flowdeskv1.RegisterRobotServiceServer(g, &robotService{Server: s})
	flowdeskv1.RegisterAlertServiceServer(g, &alertService{Server: s})
	flowdeskv1.RegisterTaskServiceServer(g, &taskService{Server: s})
	flowdeskv1.RegisterDirectoryServiceServer(g, &directoryService{Server: s})
	flowdeskv1.RegisterCatalogServiceServer(g, &catalogService{Server: s})
	flowdeskv1.RegisterTextServiceServer(g, &textService{Server: s})
	flowdeskv1.RegisterSettingsServiceServer(g, &settingsService{Server: s})
	checks := health.NewServer()
	for name := range g.GetServiceInfo() {
		checks.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	healthv1.RegisterHealthServer(g, checks)
	reflection.Register(g)
	return g, nil
}

// id is the last part of a resource name, such as abc of flows/abc.
func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func page(size int32, token string) storage.Page { return storage.Page{Size: int(size), Token: token} }

// act lets an event act on its session and waits for its turn. A request that the turn's rules refused is an error.
func (s *Server) act(ctx context.Context, event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	event.Source = "api"
	if event.GetActor() == "" {
		event.Actor = "api"
	}
	turn, err := s.deps.Runner.Submit(ctx, event)
	if err != nil {
		return nil, err
	}
	for _, note := range turn.GetNotes() {
		if reason, refused := strings.CutPrefix(note, "refused: "); refused {
			return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, reason)
		}
	}
	return turn, nil
}
