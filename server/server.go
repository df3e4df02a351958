package server

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// Deps are what the server needs.
type Deps struct {
	Store  storage.Store
	Runner *runner.Runner
	Log    *slog.Logger
	// ReadFlow reads a flow file (YAML or JSON). It gives what is wrong with the file as such, and a function that adds line and column to
	// what the compiler finds.
	ReadFlow func(source []byte) (definition *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout, place func([]*flowdeskv1.Diagnostic), faults []*flowdeskv1.Diagnostic)
	// Understand answers what a text means.
	Understand func(env *engine.Env, text, locale string) *flowdeskv1.Understanding
	// RobotsChanged is told when robots were changed, with their secrets.
	RobotsChanged func([]*storage.RobotRecord)
	// BaseURI is the address under which robots reach the callbacks, without a slash at its end.
	BaseURI string
	// Guard finds out who makes a request; by default one on the store.
	Guard *access.Guard
	// Closed asks everybody who they are. Otherwise everybody may do everything.
	Closed bool
	// SecureCookies is for browsers that come over TLS.
	SecureCookies bool
	// BehindProxy says that a proxy which we trust is in front, and tells in X-Forwarded-For who came to it.
	BehindProxy bool
	// Reflection lets admins ask which methods there are.
	Reflection bool
	// Secrets seals values; nil means that there is no key to seal with.
	Secrets Sealer
	// SecretsChanged is called when a secret was written or deleted; nil for nobody.
	SecretsChanged func(context.Context)
	// LookUp looks the result of a command up at its platform now; nil means that it is not offered.
	LookUp func(ctx context.Context, command string) error
	// Probe asks the platform whether a robot is online; nil means that it is not offered.
	Probe func(ctx context.Context, robot string) (online bool, err error)
	// Templates are the flows that are shipped with the product.
	Templates []*flowdeskv1.FlowTemplate
	// Models tells of the configured models; nil means that there are none.
	Models Models
	// Demo makes and removes demo data; nil means that it is not offered.
	Demo Demo
	// Loads says how much stands before the robots, by id; nil means that it is not known.
	Loads func() map[string]outbox.Load
	// Callbacks hears the robots; nil means that callbacks are not counted.
	Callbacks *Callbacks
	// Simulator is the service that tries flows; nil means that it is not offered.
	Simulator flowdeskv1.SimulatorServiceServer
	// Presence says whether the database answers; nil means that it is not watched.
	Presence Presence
	// TurnHints tell other replicas of committed turns; nil means that there are none.
	TurnHints TurnHints
	// Leads says whether this server does what one of several is enough for, and under which lease: whoever does it later has a greater one. Nil
	// means that it is the only one.
	Leads func() (lease int64, leads bool)
	// Background runs work that ends with the context given to it, before the store is closed; nil runs it until Stopping is closed.
	Background func(func(context.Context))
	// Stopping is closed when the server is about to stop: it ends the watches, which would go on for ever.
	Stopping <-chan struct{}
}

// Sealer seals secrets before they are stored.
type Sealer interface {
	// PutValue creates or replaces a secret.
	PutValue(ctx context.Context, id, value string, now time.Time) error
}

// Server holds the services.
type Server struct {
	deps      Deps
	feed      *feed
	seen      seenRows
	robotHour robotHour
	began     time.Time // when it started
	validator protovalidate.Validator
	locks     locks
	presence  presence
	refusals  *refusalLog
	watchers  watchers
}

// Limits of the API.
const (
	maxMessage = 8 << 20 // of a request: a flow of 2,000 nodes has about 2 MiB
	maxStreams = 1000    // requests under way on one connection
	maxHeaders = 64 << 10

	unaryTimeout      = time.Minute      // of a request whose caller gives none
	connectionTimeout = 10 * time.Second // until a connection is ready
	pingAfter         = time.Minute      // of silence we ask whether the other side is there
	pingTimeout       = 20 * time.Second
	pingAtMost        = 10 * time.Second // a client that pings more often is cut off
)

// New makes the gRPC server with all services, health and reflection.
func New(deps Deps) (*grpc.Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, err
	}
	if deps.Guard == nil {
		deps.Guard = access.NewGuard(deps.Store, deps.Log, deps.Runner.Now)
	}
	s := &Server{deps: deps, feed: newFeed(deps.Store, deps.Runner.Writer(), deps.Log), began: deps.Runner.Now(), validator: validator, refusals: newRefusalLog(deps.Log)}
	following, stop := context.WithCancel(context.Background()) //nolint:forbidigo // the feed lives as long as the server
	if err := s.feed.start(following, deps); err != nil {
		stop()
		return nil, err
	}
	go func() {
		<-deps.Stopping
		stop()
	}()
	once := &onceByRequest{store: deps.Store, log: deps.Log, now: deps.Runner.Now, submitted: deps.Runner.SubmittedTurn}
	g := grpc.NewServer(append(interceptors(s, validator, once),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.UnknownServiceHandler(unknownMethod),
		grpc.StatsHandler(otelgrpc.NewServerHandler()), grpc.MaxHeaderListSize(maxHeaders), grpc.ConnectionTimeout(connectionTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingAtMost, PermitWithoutStream: true}),
	)...)
	jobs := newJobRunner(s, chained(append([]grpc.UnaryServerInterceptor{boundUnary, s.presentUnary}, s.known(validator, once)...)...), once.unary)
	flowdeskv1.RegisterJobServiceServer(g, &jobService{jobRunner: jobs})
	if deps.Background != nil {
		deps.Background(jobs.run)
	} else {
		go jobs.run(following)
	}
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
	flowdeskv1.RegisterAccessServiceServer(g, &accessService{Server: s})
	flowdeskv1.RegisterAuditServiceServer(g, &auditService{Server: s})
	flowdeskv1.RegisterEventServiceServer(g, &eventService{Server: s})
	flowdeskv1.RegisterAnalyticsServiceServer(g, &analyticsService{Server: s})
	flowdeskv1.RegisterModelServiceServer(g, &modelService{Server: s})
	flowdeskv1.RegisterDemoServiceServer(g, &demoService{Server: s})
	if deps.Simulator != nil {
		flowdeskv1.RegisterSimulatorServiceServer(g, deps.Simulator)
	}
	checks := health.NewServer()
	for name := range g.GetServiceInfo() {
		checks.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	healthv1.RegisterHealthServer(g, checks)
	if deps.Reflection || !deps.Closed {
		reflection.Register(g)
	}
	return g, nil
}

// id is the last part of a resource name, such as abc of flows/abc.
func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func page(size int32, token string) storage.Page { return storage.Page{Size: int(size), Token: token} }

// act lets an event act on its session and waits for its turn. A request that the turn's rules refused is an error.
func (s *Server) act(ctx context.Context, event *flowdeskv1.Event) (*flowdeskv1.Turn, error) {
	event.Source, event.Actor, event.Trace = "api", actor(ctx), traceOf(ctx)
	turn, err := s.submit(ctx, event)
	if err != nil {
		return nil, err
	}
	switch reason := refusal(turn); reason {
	case "":
		return turn, nil
	case engine.Changed:
		return nil, etagMismatch()
	default:
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, reason)
	}
}

// sessionExists refuses a session that nobody has opened: an event would open it, and nobody would ever look there.
func (s *Server) sessionExists(ctx context.Context, session string) error {
	if s.deps.Runner.Env().Group(session) != nil {
		return nil
	}
	_, err := s.deps.Store.GetSession(ctx, session)
	return err
}

// valid applies the field rules to a resource after a change.
func (s *Server) valid(resource proto.Message) error { return s.validator.Validate(resource) }
