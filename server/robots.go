package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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

// shown is a robot as people see it: secrets masked, callback addresses filled in. Whoever knows an address can speak for the robot, so that
// only admins see them whole.
func (s *Server) shown(ctx context.Context, record *storage.RobotRecord) *flowdeskv1.Robot {
	if callerOf(ctx).Role != flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN {
		return s.shownTo(record, "***")
	}
	return s.shownTo(record, record.WebhookSecret)
}

// shownTo is a robot with this in the place of the secret of its callback addresses.
func (s *Server) shownTo(record *storage.RobotRecord, secret string) *flowdeskv1.Robot {
	r := proto.CloneOf(record.Robot)
	r.Name = "robots/" + r.GetId()
	if live := s.deps.Runner.Env().Robot(r.GetId()); live != nil {
		r.State = live.GetState()
	}
	if r.GetPaused() {
		r.State = flowdeskv1.RobotState_ROBOT_STATE_PAUSED
	}
	r.RobotId, r.Key = mask(r.GetRobotId()), mask(r.GetKey())
	base := s.deps.BaseURI + "/webhooks/worktool/" + r.GetId() + "/" + secret + "/"
	r.WebhookUris = &flowdeskv1.WebhookUris{
		Message: base + "message", Result: base + "result", QrCode: base + "qr_code", Online: base + "online", Offline: base + "offline",
	}
	return r
}

var robotFields = []protoreflect.Name{"title", "duties", "robot_id", "base_uri", "key", "aliases", "requests_per_minute", "max_unconfirmed"}

// atPhone are the states of commands that a robot's phone works off.
var atPhone = []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_SENDING, flowdeskv1.CommandState_COMMAND_STATE_SENT}

// robotAt is a robot whose etag is the given one.
func (s *robotService) robotAt(ctx context.Context, name, etag string) (*storage.RobotRecord, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(name))
	if err != nil {
		return nil, err
	}
	return record, checkEtag(ctx, etag, record.Robot.GetEtag())
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
	return s.shown(ctx, stored), s.reloadRobots(ctx)
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
	robot := &flowdeskv1.Robot{Id: r.GetId()}
	if _, err := merge(robot, r.GetRobot(), nil, robotFields...); err != nil {
		return nil, err
	}
	if robot.Id == "" {
		robot.Id = "r" + s.newID(ctx)
	}
	if !robotIDPattern.MatchString(robot.Id) {
		return nil, invalidField("id", "lower-case letters, digits, - and _, at most 63")
	}
	if there, err := s.deps.Store.GetRobot(ctx, robot.Id); err == nil {
		if madeBefore(ctx, r.GetId()) {
			return &flowdeskv1.CreateRobotResponse{Robot: s.shown(ctx, there)}, s.reloadRobots(ctx)
		}
		return nil, storage.ErrExists
	}
	robot.CreateTime = engine.Timestamp(s.deps.Runner.Now())
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // it never fails
	record := &storage.RobotRecord{Robot: robot, WebhookSecret: base64.RawURLEncoding.EncodeToString(secret)}
	if r.GetValidateOnly() {
		return &flowdeskv1.CreateRobotResponse{Robot: s.shown(ctx, record)}, nil
	}
	shown, err := s.put(ctx, record, "")
	return &flowdeskv1.CreateRobotResponse{Robot: shown}, err
}

func (s *robotService) GetRobot(ctx context.Context, r *flowdeskv1.GetRobotRequest) (*flowdeskv1.GetRobotResponse, error) {
	record, err := s.deps.Store.GetRobot(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	lives, err := s.lives(ctx)
	if err != nil {
		return nil, err
	}
	robot := s.shown(ctx, record)
	lives.add(robot)
	return &flowdeskv1.GetRobotResponse{Robot: robot}, nil
}

func (s *robotService) ListRobots(ctx context.Context, r *flowdeskv1.ListRobotsRequest) (*flowdeskv1.ListRobotsResponse, error) {
	token, err := rowsToken(ctx, r.GetPageToken(), s.robotRows)
	if err != nil {
		return nil, err
	}
	records, err := s.deps.Store.ListRobots(ctx)
	if err != nil {
		return nil, err
	}
	filter := fmt.Sprint(r.GetStates(), r.GetDuties())
	after, err := storage.DecodeToken(filter, r.GetPageToken(), 1)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ListRobotsResponse{ResumeToken: token}
	skipping := after != nil
	lives, err := s.lives(ctx)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		if skipping {
			skipping = record.Robot.GetId() != after[0]
			continue
		}
		robot := s.shown(ctx, record)
		lives.add(robot)
		if len(r.GetStates()) > 0 && !slices.Contains(r.GetStates(), robot.GetState()) ||
			len(r.GetDuties()) > 0 && !slices.ContainsFunc(robot.GetDuties(), func(d flowdeskv1.Duty) bool { return slices.Contains(r.GetDuties(), d) }) {
			continue
		}
		if len(answer.GetRobots()) == page(r.GetPageSize(), "").Limit() {
			answer.NextPageToken = storage.EncodeToken(filter, answer.GetRobots()[len(answer.GetRobots())-1].GetId())
			break
		}
		answer.Robots = append(answer.Robots, robot)
	}
	return answer, nil
}

func (s *robotService) DeleteRobot(ctx context.Context, r *flowdeskv1.DeleteRobotRequest) (*flowdeskv1.DeleteRobotResponse, error) {
	record, err := s.robotAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	busy, _, err := s.deps.Store.ListCommands(ctx, storage.CommandFilter{Robot: record.Robot.GetId(), States: atPhone}, storage.Page{Size: 1})
	if err != nil {
		return nil, err
	}
	if len(busy) > 0 {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_IN_USE, "commands stand at its phone; wait for their results")
	}
	if err := s.deps.Store.DeleteRobot(ctx, record.Robot.GetId()); err != nil {
		return nil, err
	}
	return &flowdeskv1.DeleteRobotResponse{}, s.reloadRobots(ctx)
}

func (s *robotService) pause(ctx context.Context, name, etag, reason string, paused bool) (*flowdeskv1.Robot, error) {
	record, err := s.robotAt(ctx, name, etag)
	if err != nil {
		return nil, err
	}
	etag = record.Robot.GetEtag()
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

func (s *robotService) UpdateRobot(ctx context.Context, r *flowdeskv1.UpdateRobotRequest) (*flowdeskv1.UpdateRobotResponse, error) {
	record, err := s.robotAt(ctx, r.GetRobot().GetName(), r.GetRobot().GetEtag())
	if err != nil {
		return nil, err
	}
	robot, old := record.Robot, proto.CloneOf(record.Robot)
	if _, err := merge(robot, r.GetRobot(), r.GetUpdateMask(), robotFields...); err != nil {
		return nil, err
	}
	if robot.GetRobotId() == "" || robot.GetRobotId() == mask(old.GetRobotId()) { // it was read and sent back as it is
		robot.RobotId = old.GetRobotId()
	}
	if old.GetKey() != "" && robot.GetKey() == mask(old.GetKey()) {
		robot.Key = old.GetKey()
	}
	if err := s.valid(robot); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.UpdateRobotResponse{Robot: s.shown(ctx, record)}, nil
	}
	shown, err := s.put(ctx, record, old.GetEtag())
	return &flowdeskv1.UpdateRobotResponse{Robot: shown}, err
}
