package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// world is the platform with its robots and groups, and what people ask there.
type world struct {
	sim       *standin.Sim
	platform  *http.Server
	fleet     *fleet
	idle      map[string]chan *wire // kept connections, by server
	addresses []string              // paths of message callbacks, by robot
	groups    []string
	texts     []string
	asked     atomic.Int64
}

// question is one callback to be sent.
type question struct {
	who  asker
	text string
	host string
	path string
	body []byte
}

// newWorld starts the platform without its rate limit and its phones' slowness, and configures the server over its API.
func newWorld(ctx context.Context, o Options, servers *fleet, l *ledger) (*world, error) {
	w := &world{texts: texts(), fleet: servers, idle: make(map[string]chan *wire)}
	for _, server := range servers.servers {
		w.idle[server.http] = make(chan *wire, 2*o.InFlight)
	}
	seed := standin.World{}
	for i := range o.Robots {
		seed.Robots = append(seed.Robots, standin.RobotSeed{ID: robotID(i), Name: robotTitle(i)})
	}
	for i := range o.Groups {
		w.groups = append(w.groups, fmt.Sprintf("客户服务群%04d", i))
		seed.Groups = append(seed.Groups, standin.GroupSeed{Name: w.groups[i], Robots: []string{robotID(i % o.Robots)}})
	}
	var err error
	w.sim, err = standin.New(ctx, standin.Options{
		PhoneDelay: standin.NoDelay, RateLimit: standin.Off, Ledger: standin.Off, ChatLines: standin.Off, Keep: 200_000, World: seed, Accepted: l.heard,
		Client: &http.Client{Transport: newCarrier(2 * o.InFlight)},
	})
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.platform = &http.Server{Handler: w.sim, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = w.platform.Serve(listener) }()
	return w, w.configure(ctx, o, servers, "http://"+listener.Addr().String())
}

func robotID(i int) string    { return fmt.Sprintf("bench-robot-%d", i) }
func robotTitle(i int) string { return fmt.Sprintf("小助手%d号", i) }

// configure registers robots, groups and answers over the API.
func (w *world) configure(ctx context.Context, o Options, servers *fleet, platform string) error {
	connection, err := servers.servers[0].dial()
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	unlimited := int32(0)
	_, err = flowdeskv1.NewSettingsServiceClient(connection).UpdateSettings(ctx, &flowdeskv1.UpdateSettingsRequest{Settings: &flowdeskv1.Settings{
		TimeZone: noonZone(time.Now()), Answers: answers(), MaxUnconfirmed: 100_000, RequestsPerMinute: &unlimited,
	}})
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	client := worktool.New(worktool.Options{})
	service := flowdeskv1.NewRobotServiceClient(connection)
	for i := range o.Robots {
		created, err := service.CreateRobot(ctx, &flowdeskv1.CreateRobotRequest{Id: fmt.Sprintf("robot-%d", i), Robot: &flowdeskv1.Robot{
			Title: robotTitle(i), RobotId: robotID(i), BaseUri: platform, Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY, flowdeskv1.Duty_DUTY_NIGHT_REPLY},
		}})
		if err != nil {
			return fmt.Errorf("robot %d: %w", i, err)
		}
		uris := created.GetRobot().GetWebhookUris()
		path, err := target(uris.GetMessage())
		if err != nil {
			return fmt.Errorf("callback address of robot %d: %w", i, err)
		}
		w.addresses = append(w.addresses, path)
		if path, err = target(uris.GetResult()); err != nil {
			return fmt.Errorf("callback address of robot %d: %w", i, err)
		}
		results := "http://" + servers.resultsHost() + path
		if err := bind(ctx, client, robots.Account{BaseURI: platform, RobotID: robotID(i)}, results); err != nil {
			return fmt.Errorf("bind results of robot %d: %w", i, err)
		}
	}
	return nil
}

// bindWithin is how long other servers may take to hear of a robot that one of them was told of.
const bindWithin = 5 * time.Second

// bind tells the platform where results go. It tries the address at once, and whichever server is asked must know the robot by then.
func bind(ctx context.Context, client *worktool.Client, account robots.Account, results string) error {
	for deadline := time.Now().Add(bindWithin); ; {
		err := client.BindCallback(ctx, account, robots.CallbackResult, results)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		pause(ctx, 50*time.Millisecond)
	}
}

func (w *world) close() {
	_ = w.platform.Close()
	w.sim.Close()
	for _, idle := range w.idle {
		close(idle)
		for c := range idle {
			_ = c.conn.Close()
		}
	}
}

// people is how many ask in one group.
const people = 100

// next is the next question: groups take turns, and in each group people and texts do. A person who waits for an answer is passed over.
func (w *world) next(waits func(asker) bool) question {
	for {
		q := w.nth(w.asked.Add(1) - 1)
		if !waits(q.who) {
			return q
		}
	}
}

func (w *world) nth(n int64) question {
	g := int(n) % len(w.groups)
	round := int(n) / len(w.groups)
	who := asker{w.groups[g], fmt.Sprintf("客户%02d", round%people)}
	text := w.texts[(round*7+g)%len(w.texts)]
	body, err := json.Marshal(map[string]any{
		"spoken": text, "rawSpoken": text, "receivedName": who.person, "groupName": who.group, "groupRemark": "", "roomType": 1,
		"atMe": false, "textType": 1, "messageId": fmt.Sprintf("m%d-%d", time.Now().UnixNano(), n),
	})
	if err != nil {
		panic(err) //nolint:forbidigo // plain strings
	}
	return question{who: who, text: text, host: w.fleet.host(), path: w.addresses[g%len(w.addresses)], body: body}
}

// noonZone is a zone in which it is day now, so that the robots answer at once.
func noonZone(now time.Time) string {
	offset := 12 - now.UTC().Hour() // 12 at 00 UTC to -11 at 23 UTC
	return fmt.Sprintf("Etc/GMT%+d", -offset)
}
