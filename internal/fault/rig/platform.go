package rig

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

//go:embed flow.yaml
var flowText string

// platform is the robots' platform with its groups, and the service that flows ask.
type platform struct {
	sim      *standin.Sim
	server   *http.Server
	address  string
	service  *http.Server
	asks     string // address of the service
	answered atomic.Int64
	paths    []string // of message callbacks by robot
	results  []string // addresses of result callbacks by robot
}

func robotID(i int) string { return fmt.Sprintf("fault-robot-%d", i) }

// Room is the title of a room.
func Room(i int) string { return fmt.Sprintf("客户服务群%04d", i) }

func serve(ctx context.Context, handler http.Handler) (*http.Server, string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return server, listener.Addr().String(), nil
}

// newPlatform starts the platform without its rate limit and its phones' slowness, unless the options say otherwise.
func newPlatform(ctx context.Context, o *Options, l *ledger.Ledger) (*platform, error) {
	p := &platform{}
	seed := standin.World{}
	for i := range o.Robots {
		seed.Robots = append(seed.Robots, standin.RobotSeed{ID: robotID(i), Name: fmt.Sprintf("小助手%d号", i)})
	}
	for i := range o.Rooms {
		seed.Groups = append(seed.Groups, standin.GroupSeed{Name: Room(i), Robots: []string{robotID(i % o.Robots)}})
	}
	options := o.Platform
	options.Ledger, options.ChatLines, options.World, options.Accepted = standin.Off, standin.Off, seed, l.Accept
	if options.PhoneDelay == 0 {
		options.PhoneDelay = standin.NoDelay
	}
	if options.RateLimit == 0 {
		options.RateLimit = standin.Off
	}
	if options.Keep == 0 {
		options.Keep = 100_000
	}
	var err error
	if p.sim, err = standin.New(ctx, options); err != nil {
		return nil, err
	}
	var front http.Handler = p.sim
	if o.Front != nil {
		front = o.Front(p.sim)
	}
	if p.server, p.address, err = serve(ctx, front); err != nil {
		return nil, err
	}
	p.service, p.asks, err = serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.answered.Add(1)
		if o.ServiceDelay > 0 {
			time.Sleep(o.ServiceDelay)
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"found": r.URL.Query().Get("text")})
	}))
	return p, err
}

func (p *platform) close() {
	_ = p.server.Close()
	_ = p.service.Close()
	p.sim.Close()
}

// allow lets flows ask the service.
func (p *platform) allow(dir string) error {
	return os.WriteFile(filepath.Join(dir, "outside.yaml"), []byte("http:\n  hosts: [\"127.0.0.1:*\"]\n  plain_http: true\n  inside: [127.0.0.0/8]\n"), 0o600)
}

// configure registers robots and settings over the API, and makes the receipt flow the one that answers.
func (p *platform) configure(ctx context.Context, o *Options, connection *grpc.ClientConn, resultsTo string) error {
	limit := int32(o.RequestsPerMinute)
	settings := &flowdeskv1.Settings{
		TimeZone: noonZone(time.Now()), MaxUnconfirmed: 100_000, RequestsPerMinute: &limit,
		LookupAfter: durationpb.New(2 * time.Second), // a callback that came while the server was dead is missing
	}
	if o.Settings != nil {
		o.Settings(settings)
	}
	if _, err := flowdeskv1.NewSettingsServiceClient(connection).UpdateSettings(ctx, &flowdeskv1.UpdateSettingsRequest{Settings: settings}); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := p.publish(ctx, o, connection); err != nil {
		return err
	}
	through := p.address
	if o.PlatformThrough != nil {
		through = o.PlatformThrough(p.address)
	}
	service := flowdeskv1.NewRobotServiceClient(connection)
	for i := range o.Robots {
		created, err := service.CreateRobot(ctx, &flowdeskv1.CreateRobotRequest{Id: fmt.Sprintf("robot-%d", i), Robot: &flowdeskv1.Robot{
			Title: fmt.Sprintf("小助手%d号", i), RobotId: robotID(i), BaseUri: "http://" + through,
			Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY, flowdeskv1.Duty_DUTY_NIGHT_REPLY},
		}})
		if err != nil {
			return fmt.Errorf("robot %d: %w", i, err)
		}
		uris := created.GetRobot().GetWebhookUris()
		message, err := url.Parse(uris.GetMessage())
		if err != nil {
			return fmt.Errorf("callback address of robot %d: %w", i, err)
		}
		result, err := url.Parse(uris.GetResult())
		if err != nil {
			return fmt.Errorf("result address of robot %d: %w", i, err)
		}
		result.Host = resultsTo
		p.paths, p.results = append(p.paths, message.RequestURI()), append(p.results, result.String())
	}
	return nil
}

// bind tells the platform where results go. It tries the addresses at once.
func (p *platform) bind(ctx context.Context) error {
	client := worktool.New(worktool.Options{})
	for i, results := range p.results {
		account := robots.Account{BaseURI: "http://" + p.address, RobotID: robotID(i)}
		if err := client.BindCallback(ctx, account, robots.CallbackResult, results); err != nil {
			return fmt.Errorf("bind results of robot %d: %w", i, err)
		}
	}
	return nil
}

var errFlow = errors.New("the receipt flow is refused")

// Flow is the flow that answers each message with its receipt: at once, after a delay, or when a service was asked.
func Flow(service, delay string) (*flowdeskv1.FlowDefinition, error) {
	definition, _, found := flowfile.Parse([]byte(strings.NewReplacer("$DELAY", delay, "$SERVICE", service).Replace(flowText)))
	if len(found) > 0 {
		return nil, fmt.Errorf("%w: %v", errFlow, found)
	}
	return definition, nil
}

// publish makes the receipt flow the active version of the one flow that is shipped.
func (p *platform) publish(ctx context.Context, o *Options, connection *grpc.ClientConn) error {
	definition, err := Flow("http://"+p.asks, o.Delay.String())
	if err != nil {
		return err
	}
	service := flowdeskv1.NewFlowServiceClient(connection)
	list, err := service.ListFlows(ctx, &flowdeskv1.ListFlowsRequest{})
	if err != nil {
		return err
	}
	if len(list.GetFlows()) != 1 {
		return fmt.Errorf("%w: %d flows are shipped", errFlow, len(list.GetFlows()))
	}
	name := list.GetFlows()[0].GetName()
	got, err := service.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: name})
	if err != nil {
		return err
	}
	if _, err = service.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{
		Name: name, Definition: definition, Revision: got.GetFlow().GetRevision(),
	}}); err != nil {
		return fmt.Errorf("receipt flow: %w", err)
	}
	published, err := service.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: name})
	if err != nil {
		return fmt.Errorf("receipt flow: %w", err)
	}
	if d := published.GetDiagnostics(); len(d) > 0 {
		return fmt.Errorf("%w: %v", errFlow, d)
	}
	return nil
}

// noonZone is a zone in which it is day now, so that the robots answer at once.
func noonZone(now time.Time) string {
	offset := 12 - now.UTC().Hour() // 12 at 00 UTC to -11 at 23 UTC
	return fmt.Sprintf("Etc/GMT%+d", -offset)
}
