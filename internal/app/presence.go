package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/storage"
)

// presence confirms at the platform what it reported of robots that came or went. It reports that once: what cannot be confirmed or stored is tried
// again, or a robot that came back would carry nothing until it goes and comes once more.
type presence struct {
	mu   sync.Mutex
	last map[string]int           // number of the last report, by robot
	one  map[string]chan struct{} // holds one while a robot is confirmed: its reports come in pairs
	some chan struct{}            // holds one for each robot that is confirmed
}

// Times of confirming.
const (
	confirmWithin  = 20 * time.Second // one attempt
	confirmAgain   = time.Second      // before the second attempt; it doubles
	confirmLongest = time.Minute      // between two
	confirmAtOnce  = 16               // robots: a platform that does not answer for one of them keeps the others waiting no longer
)

// confirm confirms a report until that is done, a later report of the same robot came, the robot is removed, or the context ends.
func (p *presence) confirm(ctx context.Context, a *App, robot string) {
	p.mu.Lock()
	if p.last == nil {
		p.last, p.one, p.some = make(map[string]int), make(map[string]chan struct{}), make(chan struct{}, confirmAtOnce)
	}
	if p.one[robot] == nil {
		p.one[robot] = make(chan struct{}, 1)
	}
	one := p.one[robot]
	p.last[robot]++
	number := p.last[robot]
	p.mu.Unlock()
	begun := false
	for pause := confirmAgain; p.newest(robot, number); pause = min(2*pause, confirmLongest) {
		err := p.inTurn(ctx, one, func() error { return p.attempt(ctx, a, robot, &begun) })
		if err == nil || errors.Is(err, storage.ErrNotFound) || ctx.Err() != nil {
			return
		}
		a.log.Error("robot presence; it is tried again", "robot", robot, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (p *presence) newest(robot string, number int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[robot] == number
}

// inTurn runs an attempt when nobody else confirms the robot, and not too many others are confirmed.
func (p *presence) inTurn(ctx context.Context, one chan struct{}, attempt func() error) error {
	for _, room := range []chan struct{}{one, p.some} {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return attempt()
}

// attempt confirms once. Begun says that an earlier attempt was about to store the state: what it stored still has to be told.
func (p *presence) attempt(ctx context.Context, a *App, robot string, begun *bool) error {
	ctx, cancel := context.WithTimeout(ctx, confirmWithin)
	defer cancel()
	online, unheard := a.link.Online(ctx, robot)
	record, err := a.Store.GetRobot(ctx, robot)
	switch {
	case errors.Is(err, storage.ErrNotFound): // it was removed: the platform would be asked for ever
		return err
	case unheard != nil || online == robots.OnlineUnknown:
		return unheard
	case err != nil:
		return err
	}
	state := flowdeskv1.RobotState_ROBOT_STATE_OFFLINE
	if online == robots.Online {
		state = flowdeskv1.RobotState_ROBOT_STATE_ONLINE
	}
	if record.Robot.GetState() != state {
		*begun = true
		record.Robot.State, record.Robot.LastSeen = state, engine.Timestamp(a.Runner.Now())
		if err := a.Store.PutRobot(ctx, record, record.Robot.GetEtag()); err != nil {
			return err
		}
	}
	if !*begun {
		return nil
	}
	if err := a.Runner.Reload(ctx); err != nil {
		return err
	}
	a.Runner.Carry(&flowdeskv1.Event{Session: "system", Source: "worktool", Payload: &flowdeskv1.Event_Robot{Robot: &flowdeskv1.RobotChange{
		Robot: robot, Online: online == robots.Online, Reason: "平台确认", Duties: record.Robot.GetDuties(),
	}}})
	return nil
}
