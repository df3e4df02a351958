package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"regexp"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type robotService struct {
	flowdeskv1.UnimplementedRobotServiceServer
	*Server
}

var robotIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// secretBytes make a callback address that nobody guesses: 192 bits.
const secretBytes = 24

// shown is a robot as people see it: secrets masked, callback addresses filled in.
func (s *Server) shown(record *storage.RobotRecord) *flowdeskv1.Robot {
	r := proto.CloneOf(record.Robot)
	r.Name = "robots/" + r.GetId()
	r.RobotId, r.Key = mask(r.GetRobotId()), mask(r.GetKey())
	base := s.deps.BaseURI + "/webhooks/worktool/" + r.GetId() + "/" + record.WebhookSecret + "/"
	r.WebhookUris = &flowdeskv1.WebhookUris{
		Message: base + "message", Result: base + "result", QrCode: base + "qr_code", Online: base + "online", Offline: base + "offline",
	}
	return r
}

// mask shows the last three characters of a secret, so that people can tell two apart.
func mask(secret string) string {
	if len(secret) <= 6 {
		if secret == "" {
			return ""
		}
		return "***"
	}
	return "***" + secret[len(secret)-3:]
}

func (s *robotService) put(ctx context.Context, record *storage.RobotRecord, etag string) (*flowdeskv1.Robot, error) {
	record.Robot.UpdateTime = engine.Timestamp(s.deps.Runner.Now())
	record.Robot.Name, record.Robot.WebhookUris = "", nil
	if err := s.deps.Store.PutRobot(ctx, record, etag); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetRobot(ctx, record.Robot.GetId())
	if err != nil {
		return nil, err
	}
	return s.shown(stored), s.reloadRobots(ctx)
}

func (s *robotService) reloadRobots(ctx context.Context) error {
	all, err := s.deps.Store.ListRobots(ctx)
	if err != nil {
		return err
	}
	s.deps.RobotsChanged(all)
	return s.deps.Runner.Reload(ctx)
}

func (s *robotService) CreateRobot(ctx context.Context, r *flowdeskv1.CreateRobotRequest) (*flowdeskv1.CreateRobotResponse, error) {
	robot := proto.CloneOf(r.GetRobot())
	robot.Id = r.GetId()
	if robot.Id == "" {
		robot.Id = "r" + s.deps.Runner.NewEventID()
	}
	if !robotIDPattern.MatchString(robot.Id) {
		return nil, invalidField("id", "lower-case letters, digits, - and _, at most 63")
	}
	if robot.GetRobotId() == "" {
		return nil, invalidField("robot.robot_id", "the platform's robot id is needed")
	}
	if _, err := s.deps.Store.GetRobot(ctx, robot.Id); err == nil {
		return nil, storage.ErrExists
	}
	robot.CreateTime = engine.Timestamp(s.deps.Runner.Now())
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // it never fails
	record := &storage.RobotRecord{Robot: robot, WebhookSecret: base64.RawURLEncoding.EncodeToString(secret)}
	if r.GetValidateOnly() {
		return &flowdeskv1.CreateRobotResponse{Robot: s.shown(record)}, nil
	}
	shown, err := s.put(ctx, record, "")
	return &flowdeskv1.CreateRobotResponse{Robot: shown}, err
}

func (s *robotService) GetRobot(ctx context.Context, r *flowdeskv1.GetRobotRequest) (*flowdeskv1.GetRobotResponse, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetRobotResponse{Robot: s.shown(record)}, nil
}

func (s *robotService) ListRobots(ctx context.Context, _ *flowdeskv1.ListRobotsRequest) (*flowdeskv1.ListRobotsResponse, error) {
	records, err := s.deps.Store.ListRobots(ctx)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ListRobotsResponse{}
	for _, record := range records {
		answer.Robots = append(answer.Robots, s.shown(record))
	}
	return answer, nil
}

func (s *robotService) DeleteRobot(ctx context.Context, r *flowdeskv1.DeleteRobotRequest) (*flowdeskv1.DeleteRobotResponse, error) {
	if err := s.deps.Store.DeleteRobot(ctx, id(r.GetName())); err != nil {
		return nil, err
	}
	return &flowdeskv1.DeleteRobotResponse{}, s.reloadRobots(ctx)
}

func (s *robotService) pause(ctx context.Context, name, etag, reason string, paused bool) (*flowdeskv1.Robot, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(name))
	if err != nil {
		return nil, err
	}
	record.Robot.Paused, record.Robot.Reason = paused, reason
	return s.put(ctx, record, etag)
}

func (s *robotService) PauseRobot(ctx context.Context, r *flowdeskv1.PauseRobotRequest) (*flowdeskv1.PauseRobotResponse, error) {
	robot, err := s.pause(ctx, r.GetName(), r.GetEtag(), r.GetReason(), true)
	return &flowdeskv1.PauseRobotResponse{Robot: robot}, err
}

func (s *robotService) ResumeRobot(ctx context.Context, r *flowdeskv1.ResumeRobotRequest) (*flowdeskv1.ResumeRobotResponse, error) {
	robot, err := s.pause(ctx, r.GetName(), r.GetEtag(), "", false)
	return &flowdeskv1.ResumeRobotResponse{Robot: robot}, err
}
