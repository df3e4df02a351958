package simulator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/reasons"
)

// Times of a phone.
const (
	defaultDelay = 3 * time.Second
	slowDelay    = time.Minute
)

// errNotSimulated is what a phone of a simulation is not asked.
var errNotSimulated = errors.New("the simulation does not do this")

// phones are the robots' platform and phones of one simulation. A command that was accepted is worked off after the phone's delay, in the way
// that the robot's mode says.
type phones struct {
	now    func() time.Time
	delay  time.Duration
	settle func(outbox.Result)

	mu     sync.Mutex
	modes  map[string]*flowdeskv1.SimulatedRobot
	errand []*errand // accepted, in order
	done   []done    // worked off, oldest first
	number int
}

// errand is a command at a phone.
type errand struct {
	robot   string
	id      string
	command robots.Command
	due     time.Time
	mute    bool // its result never comes
}

// done is a command that a phone worked off.
type done struct {
	robot  string
	at     time.Time
	result robots.Result
}

// keptResults bounds the results that a look-up finds.
const keptResults = 1000

func newPhones(now func() time.Time, delay time.Duration) *phones {
	return &phones{now: now, delay: delay, settle: func(outbox.Result) {}, modes: make(map[string]*flowdeskv1.SimulatedRobot)}
}

// set says how a robot behaves from now on.
func (p *phones) set(robot *flowdeskv1.SimulatedRobot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.modes[robot.GetId()] = robot
}

// unconfirmed is how many commands stand at a robot's phone.
func (p *phones) unconfirmed(robot string) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := int32(0)
	for _, e := range p.errand {
		if e.robot == robot {
			n++
		}
	}
	return n
}

// next is when a phone is done with its next command; the zero time when none works.
func (p *phones) next() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := time.Time{}
	for _, e := range p.errand {
		if p.works(e) && (first.IsZero() || e.due.Before(first)) {
			first = e.due
		}
	}
	return first
}

func (p *phones) works(e *errand) bool {
	return !e.mute && p.modes[e.robot].GetMode() != flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE
}

// poll works off what is due and reports the results; it says when more will be due.
func (p *phones) poll() time.Time {
	now := p.now()
	p.mu.Lock()
	var results []outbox.Result
	p.errand = slices.DeleteFunc(p.errand, func(e *errand) bool {
		if !p.works(e) || e.due.After(now) {
			return false
		}
		results = append(results, p.work(e, now))
		return true
	})
	p.mu.Unlock()
	for _, r := range results {
		p.settle(r)
	}
	return p.next()
}

// work ends a command as the robot's mode says.
func (p *phones) work(e *errand, now time.Time) outbox.Result {
	code := robots.ResultOK
	mode := p.modes[e.robot]
	switch mode.GetMode() { //nolint:exhaustive // the others say what they are told
	case flowdeskv1.RobotMode_ROBOT_MODE_FAIL:
		code = robots.ResultSendFailed
	case flowdeskv1.RobotMode_ROBOT_MODE_WRONG_GROUP:
		code = robots.ResultRoomNotFound
	}
	if code != robots.ResultOK {
		p.count(mode)
	}
	judged := code.Judge()
	r := robots.Result{MessageID: e.id, Code: code, RunAt: now, Fields: e.command.Fields()}
	if code != robots.ResultOK {
		r.Reason = reasons.In(reasons.Chinese, judged.Meaning) // as the platform says it, and as everything stores it
	}
	p.done = append(p.done, done{robot: e.robot, at: now, result: r})
	if len(p.done) > keptResults {
		p.done = slices.Clone(p.done[len(p.done)-keptResults/2:])
	}
	fingerprint := robots.FingerprintOf(e.command)
	return outbox.Result{
		PlatformID: e.id, Fingerprint: string(fingerprint[:]), Success: r.Succeeded(), Code: int32(code), Reason: r.Reason,
		Retryable: judged.Retryable, Proof: "callback",
	}
}

// count takes one send off a mode that lasts for some sends only.
func (p *phones) count(mode *flowdeskv1.SimulatedRobot) {
	if mode.GetTimes() == 0 {
		return
	}
	if mode.Times--; mode.GetTimes() == 0 {
		mode.Mode = flowdeskv1.RobotMode_ROBOT_MODE_OK
	}
}

// Send implements robots.Sender.
func (p *phones) Send(_ context.Context, account robots.Account, commands []robots.Command) (robots.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	id := "sim-" + strconv.Itoa(p.number)
	mode := p.modes[account.RobotID]
	for _, c := range commands {
		e := &errand{robot: account.RobotID, id: id, command: c, due: p.now().Add(p.delay)}
		switch mode.GetMode() { //nolint:exhaustive // the others show when the phone works
		case flowdeskv1.RobotMode_ROBOT_MODE_SLOW:
			e.due = e.due.Add(slowDelay)
			p.count(mode)
		case flowdeskv1.RobotMode_ROBOT_MODE_NO_RESULT:
			e.mute = true
			p.count(mode)
		}
		p.errand = append(p.errand, e)
	}
	return robots.Receipt{MessageID: id}, nil
}

// Results implements robots.Sender.
func (p *phones) Results(_ context.Context, account robots.Account, query robots.Query) (robots.Page[robots.Result], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var page robots.Page[robots.Result]
	for _, d := range slices.Backward(p.done) {
		if d.robot == account.RobotID && !d.at.Before(query.From) && (query.MessageID == "" || d.result.MessageID == query.MessageID) {
			page.Items = append(page.Items, d.result)
		}
	}
	return page, nil
}

// Accepted implements robots.Sender. Sends of a simulation are never lost, so that nobody asks.
func (p *phones) Accepted(context.Context, robots.Account, robots.Query) (robots.Page[robots.Acceptance], error) {
	return robots.Page[robots.Acceptance]{}, errNotSimulated
}

// Online implements robots.Observer.
func (p *phones) Online(_ context.Context, account robots.Account) (robots.OnlineState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.modes[account.RobotID].GetMode() == flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE {
		return robots.Offline, nil
	}
	return robots.Online, nil
}

// Info implements robots.Observer.
func (p *phones) Info(context.Context, robots.Account) (robots.Info, error) {
	return robots.Info{}, errNotSimulated
}

// CallbackLog implements robots.Observer.
func (p *phones) CallbackLog(context.Context, robots.Account, robots.LogQuery) (robots.Page[robots.LoggedMessage], error) {
	return robots.Page[robots.LoggedMessage]{}, errNotSimulated
}

// SetMessageCallback implements robots.Callbacks.
func (p *phones) SetMessageCallback(context.Context, robots.Account, string, robots.ReplyPolicy) error {
	return errNotSimulated
}

// BindCallback implements robots.Callbacks.
func (p *phones) BindCallback(context.Context, robots.Account, robots.CallbackKind, string) error {
	return errNotSimulated
}

// UnbindCallback implements robots.Callbacks.
func (p *phones) UnbindCallback(context.Context, robots.Account, robots.CallbackKind) error {
	return errNotSimulated
}

// ListCallbacks implements robots.Callbacks.
func (p *phones) ListCallbacks(context.Context, robots.Account) ([]robots.Binding, error) {
	return nil, errNotSimulated
}

var _ robots.Platform = (*phones)(nil)

// robot is a robot as it behaves now.
func (p *phones) robot(known *flowdeskv1.SimulatedRobot) *flowdeskv1.SimulatedRobot {
	p.mu.Lock()
	r := proto.CloneOf(p.modes[known.GetId()])
	p.mu.Unlock()
	r.Unconfirmed = p.unconfirmed(known.GetId())
	return r
}
