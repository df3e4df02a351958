package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// skewed is from which difference on the two clocks are said to differ: delays and shifts are counted in minutes.
const skewed = 5 * time.Second

// server checks what the server can tell: that it lives, its clock, flows, robots and queue.
func (d *doctor) server(ctx context.Context) {
	if d.Offline {
		d.add("server", skipped, d.say("it was not asked"), "")
		return
	}
	begin := d.sys.Now()
	health, err := call(ctx, d.Shell, healthv1.NewHealthClient, healthv1.HealthClient.Check, &healthv1.HealthCheckRequest{})
	took := d.sys.Now().Sub(begin)
	if err == nil && health.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		err = errors.New(health.GetStatus().String())
	}
	if err != nil {
		what, remedy := d.words(err)
		d.add("server", unwell, what, remedy)
		return
	}
	d.add("server", well, d.say("%s answers in %s", d.Shell.server(), d.duration(took)), "")
	for _, check := range []func(context.Context) error{d.clock, d.flows, d.robots, d.queue} {
		if err := check(ctx); err != nil {
			what, remedy := d.words(err)
			d.add("server", unwell, what, remedy)
			return
		}
	}
}

// words explain an error of a request as report does.
func (d *doctor) words(err error) (what, remedy string) {
	var remote *remoteError
	if errors.As(err, &remote) {
		return d.explain(remote)
	}
	return err.Error(), ""
}

// clock compares the server's clock, which every watch tells first, with this machine's.
func (d *doctor) clock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.remote.Timeout)
	defer cancel()
	stream, err := d.messagesStream("")(ctx, "")
	if err != nil {
		return err
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			return err
		}
		beat := r.GetHeartbeat()
		if beat == nil {
			continue
		}
		difference := beat.GetTime().AsTime().Sub(d.sys.Now()).Abs()
		if difference > skewed {
			d.add("clock", warning, d.say("the server's clock and this machine's differ by %s", d.duration(difference)),
				d.say("let both take their time from the network (NTP): delays, shifts and deadlines go by the server's"))
			return nil
		}
		d.add("clock", well, d.say("the server's clock and this machine's agree"), "")
		return nil
	}
}

func (d *doctor) flows(ctx context.Context) error {
	live, err := call(ctx, d.Shell, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlows,
		&flowdeskv1.ListFlowsRequest{Active: proto.Bool(true), PageSize: largestPage})
	if err != nil {
		return err
	}
	if len(live.GetFlows()) == 0 {
		d.add("flows", warning, d.say("no flow is live: messages are stored and not answered"), d.say("publish one: flowdesk flow publish FLOW"))
		return nil
	}
	d.add("flows", well, d.say("live flows: %d", len(live.GetFlows())), "")
	return nil
}

func (d *doctor) robots(ctx context.Context) error {
	all, err := call(ctx, d.Shell, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ListRobots, &flowdeskv1.ListRobotsRequest{PageSize: largestPage})
	if err != nil {
		return err
	}
	if len(all.GetRobots()) == 0 {
		d.add("robots", warning, d.say("there are none: nothing is heard and nothing said"), d.say("add one in the console, or with flowdesk api RobotService.CreateRobot"))
	}
	for _, r := range all.GetRobots() {
		health, err := d.health(ctx, r.GetId())
		if err != nil {
			return err
		}
		var wrong []string
		for _, check := range health.GetChecks() {
			if !check.GetOk() {
				wrong = append(wrong, strings.TrimSuffix(d.checkName(check.GetCheck())+": "+check.GetDetail(), ": "))
			}
		}
		check := "robot " + r.GetId()
		if len(wrong) > 0 {
			d.add(check, unwell, strings.Join(wrong, "; "), d.say("flowdesk robot show %s names its addresses; flowdesk robot resume %s ends a pause", r.GetId(), r.GetId()))
			continue
		}
		d.add(check, well, enums(d.Shell, r.GetDuties())+", "+d.value(r.GetState()), "")
	}
	return nil
}

// queue counts the commands that only a person can settle.
func (d *doctor) queue(ctx context.Context) error {
	waiting, err := call(ctx, d.Shell, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.ListCommands, &flowdeskv1.ListCommandsRequest{
		PageSize: largestPage, States: []flowdeskv1.CommandState{
			flowdeskv1.CommandState_COMMAND_STATE_MANUAL, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
		},
	})
	if err != nil {
		return err
	}
	if n := len(waiting.GetCommands()); n > 0 {
		count := fmt.Sprint(n)
		if waiting.GetNextPageToken() != "" {
			count += "+"
		}
		d.add("queue", warning, d.say("commands that wait for a person: %s", count), d.say("flowdesk command list --state manual --state unknown --state timeout"))
		return nil
	}
	d.add("queue", well, d.say("no command waits for a person"), "")
	return nil
}

// console checks that the HTTP side can store: callbacks come in there.
func (d *doctor) console(ctx context.Context) {
	if d.Offline {
		return
	}
	base := strings.TrimSuffix(d.Shell.console(), "/")
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		d.add("console", unwell, d.say("%s is no address", base), d.say("name the server's HTTP address with FLOWDESK_CONSOLE, or flowdesk profile set NAME --console ADDRESS"))
		return
	}
	answer, err := d.http().Do(request)
	if err != nil {
		d.add("console", unwell, d.say("%s does not answer: %s", base, bare(err)),
			d.say("name the server's HTTP address with FLOWDESK_CONSOLE, or flowdesk profile set NAME --console ADDRESS"))
		return
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // what was read is shown; more is not needed
	if answer.StatusCode != http.StatusOK {
		d.add("console", unwell, oneLine(string(text)), d.say("the server cannot take messages now; look at its database and its log"))
		return
	}
	if _, what, degraded := strings.Cut(oneLine(string(text)), "degraded: "); degraded {
		d.add("console", warning, d.say("%s answers, but not all works: %s", base, what), d.say("mend what it names; the server's log says why"))
		return
	}
	d.add("console", well, d.say("%s answers and can store", base), "")
}
