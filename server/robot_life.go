package server

import (
	"context"
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// lives is what changes by the second and is no part of a robot's record.
type lives struct {
	loads     map[string]outbox.Load
	hour      map[string]settled
	groups    []*flowdeskv1.Group
	callbacks *Callbacks
}

// lives are those of all robots now.
func (s *Server) lives(ctx context.Context) (lives, error) {
	l := lives{callbacks: s.deps.Callbacks, groups: s.deps.Runner.Env().GetGroups()}
	hour, err := s.robotHour.of(ctx, s.deps.Store, s.deps.Runner.Now())
	if err != nil {
		return l, err
	}
	l.hour = hour
	if s.deps.Loads != nil {
		l.loads = s.deps.Loads()
	}
	return l, nil
}

// add fills in what stands before a robot, how it did of late and where, whether its breaker tripped, and when it was last heard.
func (l lives) add(r *flowdeskv1.Robot) {
	hour := l.hour[r.GetId()]
	r.SettledLastHour, r.FailedLastHour, r.Groups = hour.all, hour.failed, served(l.groups, r.GetId())
	load := l.loads[r.GetId()]
	r.Waiting, r.Unconfirmed = int32(load.Waiting), int32(load.Unconfirmed)
	if load.Tripped && !r.GetPaused() {
		r.State = flowdeskv1.RobotState_ROBOT_STATE_TRIPPED
	}
	if l.callbacks == nil {
		return
	}
	if last := l.callbacks.heard.last(r.GetId()); last.After(r.GetLastSeen().AsTime()) {
		r.LastSeen = engine.Timestamp(last)
	}
}

// addCallbacks adds what the robot's callback addresses heard: at this server, and of messages what any server stored in the last hour.
func (s *robotService) addCallbacks(ctx context.Context, robot string, health *flowdeskv1.RobotHealth) error {
	if s.deps.Callbacks == nil {
		return nil
	}
	health.Callbacks = s.deps.Callbacks.heard.of(robot)
	health.CallbacksSince = engine.Timestamp(s.began)
	check := &flowdeskv1.HealthCheck{Check: "callbacks", Ok: true, Detail: "callbacks arrive"}
	switch {
	case len(health.GetCallbacks()) == 0:
		elsewhere, err := s.heardLately(ctx, robot)
		if err != nil {
			return err
		}
		check.Ok, check.Detail = elsewhere, "no callback came since the server started; register the callback addresses at the platform"
		if elsewhere {
			check.Detail = "messages arrive, of late at another server or before this one started"
		}
	case slices.ContainsFunc(health.GetCallbacks(), func(c *flowdeskv1.RobotCallback) bool { return c.GetLastStatus() >= 400 }):
		check.Ok, check.Detail = false, "the last callback could not be taken"
	}
	health.Checks = append(health.Checks, check)
	return nil
}

// heardLately reports whether a robot heard one of the last messages, at whichever server.
func (s *robotService) heardLately(ctx context.Context, robot string) (bool, error) {
	messages, _, err := s.deps.Store.ListMessages(ctx, storage.MessageFilter{After: s.deps.Runner.Now().Add(-healthWindow)}, storage.Page{Size: storage.MaxPageSize})
	return slices.ContainsFunc(messages, func(m *flowdeskv1.Message) bool { return slices.Contains(m.GetRobots(), robot) }), err
}

// TestRobot implements the method. The robot speaks by a duty that lets it speak.
func (s *robotService) TestRobot(ctx context.Context, r *flowdeskv1.TestRobotRequest) (*flowdeskv1.TestRobotResponse, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	speaks := slices.IndexFunc(record.Robot.GetDuties(), func(d flowdeskv1.Duty) bool { return d != flowdeskv1.Duty_DUTY_MONITOR })
	if speaks < 0 {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "a robot that only monitors never speaks")
	}
	group, knows := s.deps.Runner.Env().Group(id(r.GetSession())), func(a *flowdeskv1.GroupAlias) bool { return a.GetRobot() == record.Robot.GetId() }
	if len(group.GetAliases()) > 0 && !slices.ContainsFunc(group.GetAliases(), knows) {
		return nil, invalidField("session", "the robot knows no name of this group; add one, or let it hear a message there first")
	}
	command := &flowdeskv1.Command{
		TargetSession: id(r.GetSession()), Text: r.GetText(), Robot: record.Robot.GetId(), Duty: record.Robot.GetDuties()[speaks], Purpose: outbox.PurposeTest,
	}
	if command.GetText() == "" {
		command.Text = "测试消息"
	}
	stored, err := s.enqueue(ctx, command)
	return &flowdeskv1.TestRobotResponse{Command: stored}, err
}
