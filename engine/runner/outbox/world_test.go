package outbox_test

import (
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// world is an outbox between a store and a platform, in virtual time.
type world struct {
	t *testing.T
	*shell
	*platform
	trips []string
}

// run lets a story happen in virtual time. It also fails when the outbox leaves a goroutine behind.
func run(t *testing.T, story func(w *world)) {
	t.Helper()
	runOn(t, nil, func(*world) {}, story)
}

// runOn is run on what an earlier process left, prepared before the start.
func runOn(t *testing.T, left commands, prepare, story func(w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := &world{t: t, shell: &shell{rows: make(map[string]*row), commits: make(chan func(), 10_000)}, platform: &platform{took: make(map[string]string)}}
		w.settle(desk.FillSettings(nil), robots()...)
		for _, c := range left {
			w.rows[c.GetId()] = &row{command: c, state: c.GetState(), attempts: c.GetAttempts(), log: c.GetAttemptLog()}
			if c.SendTime == nil {
				c.SendTime, c.SentTime, c.CreateTime, c.ResultDeadline = later(0), later(0), later(0), later(5*time.Minute)
			}
		}
		w.out = outbox.New(w.shell, books{left, w.shell}, w.platform, choose, slog.New(slog.DiscardHandler))
		w.out.OnTrip(func(robot string, tripped bool) {
			w.shell.mu.Lock()
			defer w.shell.mu.Unlock()
			w.trips = append(w.trips, fmt.Sprint(robot, " ", tripped))
		})
		w.sending = func(_, text string) { require.NoError(t, w.mayLeave(text)) } // invariant 5, in every story
		prepare(w)
		go w.commitAll()
		defer close(w.commits)
		require.NoError(t, w.out.Start(t.Context()))
		defer w.out.Close()
		if left == nil {
			wait(5 * time.Second) // a new process has no requests saved up
		}
		story(w)
	})
}

func choose(env *engine.Env, c *flowdeskv1.Command, _ time.Time, usable func(string) bool) (robot, reason string) {
	var free []*flowdeskv1.Robot
	for _, r := range env.GetRobots() {
		if usable(r.GetId()) {
			free = append(free, r)
		}
	}
	choice := desk.ChooseRobot(free, env.Group(c.GetTargetSession()), c.GetDuty())
	return choice.Robot, choice.Reason
}

func robots() []*flowdeskv1.Robot {
	return []*flowdeskv1.Robot{
		{Id: "day", Title: "day", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}},
		{Id: "night", Title: "night", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NIGHT_REPLY}},
	}
}

// settle makes the environment.
func (w *world) settle(settings *flowdeskv1.Settings, robots ...*flowdeskv1.Robot) {
	w.t.Helper()
	env, err := engine.NewEnv(&flowdeskv1.Environment{
		Settings: settings, Groups: []*flowdeskv1.Group{{Id: "g1"}, {Id: "g2"}}, Robots: robots,
	}, "env", engine.Rules{})
	require.NoError(w.t, err)
	w.shell.mu.Lock()
	defer w.shell.mu.Unlock()
	w.env = env
}

// setRobots lets the robots come and go.
func (w *world) setRobots(day, night flowdeskv1.RobotState) {
	w.t.Helper()
	both := robots()
	both[0].State, both[1].State = day, night
	w.settle(w.Env().GetSettings(), both...)
}

// alone leaves the day robot only, with so much room at its phone.
func (w *world) alone(room int32) {
	w.t.Helper()
	day := robots()[0]
	day.MaxUnconfirmed = room
	w.settle(w.Env().GetSettings(), day)
}

func later(d time.Duration) *timestamppb.Timestamp { return engine.Timestamp(time.Now().Add(d)) }

// command is a reply to u1 in g1 that may leave after a time.
func command(id string, wait time.Duration) *flowdeskv1.Command {
	c := &flowdeskv1.Command{
		Id: id, Text: id, Session: "g1", TargetSession: "g1", TargetUser: "u1", ReplyTo: "m-" + id, Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, MaxRetries: 3,
		Backoff: durationpb.New(10 * time.Second), State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED, CreateTime: later(0), SendTime: later(wait),
		ExpireTime: later(wait + 2*time.Hour), RepliedMessageTime: later(0),
	}
	if wait > 0 {
		c.State = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	}
	return c
}

// to is a notice to somebody else.
func to(user, id string) *flowdeskv1.Command {
	c := command(id, 0)
	c.TargetUser, c.ReplyTo = user, ""
	return c
}

// commit stores a command and adds it, as the runner does.
func (w *world) commit(c *flowdeskv1.Command) {
	w.shell.mu.Lock()
	w.rows[c.GetId()] = &row{command: proto.CloneOf(c), state: c.GetState(), attempts: c.GetAttempts()}
	w.shell.mu.Unlock()
	w.out.Add(c)
}

// claim is commit with a robot bound ahead, as the runner does for what may leave at once.
func (w *world) claim(c *flowdeskv1.Command) {
	w.out.Claim(c)
	w.commit(c)
}

// add commits a reply to u1 that may leave after a time.
func (w *world) add(id string, wait time.Duration) { w.commit(command(id, wait)) }

// wait lets the time pass until everything of it has happened.
func wait(d time.Duration) {
	<-time.After(d) // virtual time
	synctest.Wait()
}

func (w *world) report(n int, text string, success bool) {
	w.out.Settle(outbox.Result{PlatformID: fmt.Sprint("p", n), Fingerprint: text, Success: success, Retryable: true, Proof: "callback"})
	synctest.Wait()
}

// questions are the replies that were judged again.
func (w *world) questions() []string {
	w.shell.mu.Lock()
	defer w.shell.mu.Unlock()
	return append([]string(nil), w.asked...)
}

// outcomes are the results that sessions heard of.
func (w *world) outcomes() []*flowdeskv1.CommandResult {
	w.shell.mu.Lock()
	defer w.shell.mu.Unlock()
	return append([]*flowdeskv1.CommandResult(nil), w.results...)
}

func (w *world) last() *flowdeskv1.CommandResult {
	w.t.Helper()
	results := w.outcomes()
	require.NotEmpty(w.t, results)
	return results[len(results)-1]
}
