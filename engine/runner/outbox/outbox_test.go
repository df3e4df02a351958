package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// shell is a runner whose turns always commit. What a reply that falls due gets is judged by judge.
type shell struct {
	mu      sync.Mutex
	env     *engine.Env
	out     *outbox.Outbox
	judge   func(command string) bool
	asked   []string
	results []*flowdeskv1.CommandResult
	states  map[string]flowdeskv1.CommandState
	events  int
}

func (*shell) Now() time.Time { return time.Now() }

func (s *shell) Env() *engine.Env {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.env
}

func (s *shell) NewEventID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
	return fmt.Sprint("e", s.events)
}

func (s *shell) Deliver(d *storage.Delivery, done func(bool, error)) {
	s.mu.Lock()
	s.states[d.Command] = d.State
	s.mu.Unlock()
	go done(false, nil)
}

func (s *shell) SubmitWith(e *flowdeskv1.Event, deliveries []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error {
	s.mu.Lock()
	for _, d := range deliveries {
		s.states[d.Command] = d.State
	}
	if r := e.GetCommandResult(); r != nil {
		s.results = append(s.results, r)
	}
	due := e.GetCommandDue().GetCommand()
	if due != "" {
		s.asked = append(s.asked, due)
	}
	judge := s.judge
	s.mu.Unlock()
	go func() {
		if due != "" {
			if judge == nil || judge(due) {
				s.out.Release(due)
			} else {
				s.out.Withdraw(due)
			}
		}
		done(&flowdeskv1.Turn{Event: e}, nil)
	}()
	return nil
}

// platform takes sends and remembers them.
type platform struct {
	mu     sync.Mutex
	sends  []string // robot and text
	answer func(n int) error
	known  bool // a send of unknown outcome is found when looked up
	pages  int  // of each look-up
	asks   []time.Time
}

// leaf asks for the pages of a look-up.
func (p *platform) leaf(next outbox.Pace) error {
	for page := range max(p.pages, 1) {
		if page > 0 {
			if err := next(); err != nil {
				return err
			}
		}
		p.mu.Lock()
		p.asks = append(p.asks, time.Now())
		p.mu.Unlock()
	}
	return nil
}

func (*platform) Compose(_ *engine.Env, _ string, c *flowdeskv1.Command) (outbox.Parcel, error) {
	return outbox.Parcel{Fingerprint: c.GetText(), Body: c.GetText()}, nil
}

func (p *platform) Send(_ context.Context, robot string, parcels []outbox.Parcel) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, parcel := range parcels {
		p.sends = append(p.sends, robot+":"+parcel.Fingerprint)
	}
	n := len(p.sends)
	if p.answer != nil {
		if err := p.answer(n); err != nil {
			return "", err
		}
	}
	return fmt.Sprint("p", n), nil
}

func (p *platform) Accepted(_ context.Context, _ string, _ outbox.Parcel, _ time.Time, next outbox.Pace) (string, bool, error) {
	if err := p.leaf(next); err != nil {
		return "", false, err
	}
	if p.known {
		return "", false, outbox.ErrUnknown // the look-up fails as well
	}
	return "", false, nil
}

func (p *platform) Results(_ context.Context, _ string, _ time.Time, next outbox.Pace) ([]outbox.Result, error) {
	return nil, p.leaf(next)
}

func (*platform) Address(string) string          { return "here" }
func (*platform) RetryAfter(error) time.Duration { return 0 }

func (p *platform) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.sends...)
}

type noStore struct{}

func (noStore) UnsettledCommands(context.Context, string, int) ([]*flowdeskv1.Command, error) {
	return nil, nil
}

func (noStore) GetCommand(context.Context, string) (*flowdeskv1.Command, error) {
	return nil, storage.ErrNotFound
}

type world struct {
	t *testing.T
	*shell
	*platform
}

// run lets a story happen in virtual time.
func run(t *testing.T, story func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		env, err := engine.NewEnv(&flowdeskv1.Environment{
			Settings: desk.FillSettings(nil), Groups: []*flowdeskv1.Group{{Id: "g1"}},
			Robots: []*flowdeskv1.Robot{
				{Id: "day", Title: "day", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}},
				{Id: "night", Title: "night", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NIGHT_REPLY}},
			},
		}, "env", engine.Rules{})
		require.NoError(t, err)
		w := &world{t: t, shell: &shell{env: env, states: make(map[string]flowdeskv1.CommandState)}, platform: &platform{}}
		w.out = outbox.New(w.shell, noStore{}, w.platform, func(env *engine.Env, c *flowdeskv1.Command, _ time.Time, usable func(string) bool) (string, string) {
			var free []*flowdeskv1.Robot
			for _, r := range env.GetRobots() {
				if usable(r.GetId()) {
					free = append(free, r)
				}
			}
			choice := desk.ChooseRobot(free, env.Group(c.GetTargetSession()), c.GetDuty())
			return choice.Robot, choice.Reason
		}, slog.New(slog.DiscardHandler))
		require.NoError(t, w.out.Start(t.Context()))
		defer w.out.Close()
		story(w)
	})
}

func later(d time.Duration) *timestamppb.Timestamp { return engine.Timestamp(time.Now().Add(d)) }

// add commits a reply that may leave after a time.
func (w *world) add(id string, wait time.Duration) {
	c := &flowdeskv1.Command{
		Id: id, Text: id, Session: "g1", TargetSession: "g1", TargetUser: "u1", ReplyTo: "m-" + id, Duty: flowdeskv1.Duty_DUTY_DAY_REPLY, MaxRetries: 3,
		Backoff: durationpb.New(10 * time.Second), State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED, CreateTime: later(0), SendTime: later(wait),
		ExpireTime: later(wait + 2*time.Hour), RepliedMessageTime: later(0),
	}
	if wait > 0 {
		c.State = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	}
	w.out.Add(c)
}

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

func TestDelayedReplyLeavesWhenItsSessionReleasesIt(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", time.Minute)
		wait(59 * time.Second)
		require.Empty(w.t, w.questions())
		wait(2 * time.Second)
		require.Equal(w.t, []string{"a"}, w.questions())
		require.Equal(w.t, []string{"day:a"}, w.said())
	})
}

func TestDelayedReplyThatIsNotWantedNeverLeaves(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.judge = func(string) bool { return false }
		w.add("a", time.Minute)
		wait(time.Hour)
		require.Equal(w.t, []string{"a"}, w.questions(), "it is asked once")
		require.Empty(w.t, w.said())
	})
}

func TestReplyToAMessageThatBecameOldIsJudgedAgain(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_OFFLINE)
		w.add("a", 0)
		wait(9 * time.Minute)
		require.Empty(w.t, w.questions())
		wait(10 * time.Minute)
		require.Equal(w.t, []string{"a"}, w.questions())
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_ONLINE, flowdeskv1.RobotState_ROBOT_STATE_ONLINE)
		wait(10 * time.Second)
		require.Equal(w.t, []string{"day:a"}, w.said())
		require.Len(w.t, w.questions(), 1, "judged of late")
	})
}

func (w *world) setRobots(day, night flowdeskv1.RobotState) {
	w.t.Helper()
	env, err := engine.NewEnv(&flowdeskv1.Environment{
		Settings: w.Env().GetSettings(), Groups: w.Env().GetGroups(),
		Robots: []*flowdeskv1.Robot{
			{Id: "day", Title: "day", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}, State: day},
			{Id: "night", Title: "night", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_NIGHT_REPLY}, State: night},
		},
	}, "env", engine.Rules{})
	require.NoError(w.t, err)
	w.shell.mu.Lock()
	defer w.shell.mu.Unlock()
	w.env = env
}

func TestPartnerTakesOverForARobotThatIsOffline(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.setRobots(flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_ONLINE)
		w.add("a", 0)
		wait(time.Second)
		require.Equal(w.t, []string{"night:a"}, w.said())
	})
}

func TestHeldReplyDoesNotHoldBackAnUrgentWordToTheSameUser(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("held", 7*time.Hour)
		w.add("urgent", 5*time.Minute)
		w.add("now", 0)
		wait(time.Second)
		require.Equal(w.t, []string{"day:now"}, w.said())
		wait(5 * time.Minute)
		require.Equal(w.t, []string{"day:now", "day:urgent"}, w.said())
		wait(7 * time.Hour)
		require.Equal(w.t, []string{"day:now", "day:urgent", "day:held"}, w.said())
	})
}

func TestSendThatFailsTwiceSucceedsAtLast(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		w.report(1, "a", false)
		wait(9 * time.Second)
		require.Len(w.t, w.said(), 1)
		wait(2 * time.Second)
		w.report(2, "a", false)
		wait(21 * time.Second)
		w.report(3, "a", true)
		require.Len(w.t, w.said(), 3)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
		require.EqualValues(w.t, 3, w.last().GetAttempts())
	})
}

func TestSendThatFailsFourTimesHasFailedForGood(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		for n := 1; n <= 4; n++ {
			require.Len(w.t, w.said(), n)
			w.report(n, "a", false)
			wait(time.Minute)
		}
		require.Len(w.t, w.said(), 4)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_FAILED, w.last().GetState())
	})
}

func TestResultThatNeverComesIsATimeoutAndALateSuccessCounts(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(20 * time.Minute)
		require.Len(w.t, w.said(), 1, "never sent again blindly")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT, w.last().GetState())
		w.report(1, "a", true)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
		require.True(w.t, w.last().GetLate())
	})
}

func TestSendWhoseAcceptanceCannotBeLearntIsUnknown(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.known = true
		w.answer = func(int) error { return outbox.ErrUnknown }
		w.add("a", 0)
		wait(20 * time.Minute)
		require.Len(w.t, w.said(), 1)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, w.last().GetState())
	})
}

func TestTextThatAnotherRobotHeardIsSaid(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", 0)
		wait(time.Second)
		w.out.Prove(&flowdeskv1.EchoHeard{Command: "a", HeardBy: "monitor"})
		synctest.Wait()
		require.Empty(w.t, w.outcomes(), "its result is still expected")
		wait(20 * time.Minute)
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.last().GetState())
	})
}
