package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Bounds of a health check.
const (
	probeWithin  = 5 * time.Second // the platform answers in less than a second, or not
	healthWindow = time.Hour
)

// CheckRobotHealth asks the platform, and counts how the robot did of late: at most the last 500 commands.
func (s *robotService) CheckRobotHealth(ctx context.Context, r *flowdeskv1.CheckRobotHealthRequest) (*flowdeskv1.CheckRobotHealthResponse, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	robot, now := s.shown(ctx, record), s.deps.Runner.Now()
	health := &flowdeskv1.RobotHealth{Robot: robot.GetName(), State: robot.GetState(), CheckTime: engine.Timestamp(now)}
	if s.deps.Probe != nil && !r.GetLocalOnly() {
		s.probe(ctx, robot.GetId(), health)
	}
	commands, _, err := s.deps.Store.ListCommands(ctx, storage.CommandFilter{Robot: robot.GetId(), After: now.Add(-healthWindow)},
		storage.Page{Size: storage.MaxPageSize})
	if err != nil {
		return nil, err
	}
	pending := 0
	for _, c := range commands {
		switch endOf(c.GetState()) {
		case endedWell:
			health.SettledLastHour++
		case endedBadly:
			health.SettledLastHour++
			health.FailedLastHour++
		default:
			pending++
		}
	}
	health.Checks = append(health.Checks,
		&flowdeskv1.HealthCheck{Check: "paused", Ok: !robot.GetPaused(), Detail: robot.GetReason()},
		&flowdeskv1.HealthCheck{
			Check: "results", Ok: health.GetFailedLastHour()*2 <= health.GetSettledLastHour(),
			Detail: fmt.Sprintf("%d of %d commands failed in the last hour", health.GetFailedLastHour(), health.GetSettledLastHour()),
		},
		&flowdeskv1.HealthCheck{Check: "queue", Ok: true, Detail: fmt.Sprintf("%d commands of the last hour are under way", pending)},
	)
	if err := s.addCallbacks(ctx, robot.GetId(), health); err != nil {
		return nil, err
	}
	return &flowdeskv1.CheckRobotHealthResponse{Health: health}, nil
}

// probe asks the platform. That it does not answer is a finding, no error.
func (s *robotService) probe(ctx context.Context, robot string, health *flowdeskv1.RobotHealth) {
	within, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	begin := time.Now()
	online, err := s.deps.Probe(within, robot)
	health.Latency, health.Reachable = durationpb.New(time.Since(begin)), err == nil
	platform := &flowdeskv1.HealthCheck{Check: "platform", Ok: err == nil, Detail: "the platform answers"}
	if err != nil {
		platform.Detail = "the platform does not answer; check base_uri and robot_id"
		health.Checks = append(health.Checks, platform)
		return
	}
	phone := &flowdeskv1.HealthCheck{Check: "online", Ok: online, Detail: "the phone is online"}
	if !online {
		phone.Detail = "the phone is offline; open WorkTool on it"
	}
	health.Checks = append(health.Checks, platform, phone)
}
