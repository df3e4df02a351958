package server

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// Names of what a test run uses where the request names nothing.
const (
	testFlow  = "test"
	testGroup = "test-group"
	testRobot = "test-robot"
	testUser  = "测试用户"
)

// TestRunFlow implements the service.
func (s *flowService) TestRunFlow(ctx context.Context, r *flowdeskv1.TestRunFlowRequest) (*flowdeskv1.TestRunFlowResponse, error) {
	flow, definition := cmp.Or(id(r.GetName()), testFlow), r.GetDefinition()
	if definition == nil {
		if r.GetName() == "" {
			return nil, invalidField("definition", "a definition or the name of a flow is needed")
		}
		var err error
		if definition, _, err = s.definitionAt(ctx, flow, r.GetVersion()); err != nil {
			return nil, err
		}
	}
	version := max(1, r.GetVersion())
	program, diagnostics := s.deps.Runner.Compile(flow, version, definition)
	answer := &flowdeskv1.TestRunFlowResponse{Diagnostics: diagnostics}
	if program == nil {
		return answer, nil
	}
	sim, err := s.simulation(r, program, answer)
	if err != nil {
		return nil, err
	}
	if err := sim.script(ctx, r); errors.Is(err, errEndless) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, err.Error())
	} else if errors.Is(err, engine.ErrPanic) {
		return nil, withReason(codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_QUARANTINED, "a node of the flow failed in a way that it must not; its event would be quarantined")
	} else if err != nil {
		return nil, err
	}
	answer.EndTime = engine.Timestamp(sim.now)
	return answer, nil
}

// simulation prepares a test run in an environment like the real one, with the script's own people, group and settings where it has them.
func (s *flowService) simulation(r *flowdeskv1.TestRunFlowRequest, program *engine.Program, answer *flowdeskv1.TestRunFlowResponse) (*simulation, error) {
	snapshot := proto.CloneOf(s.deps.Runner.Env().Environment)
	snapshot.Flows = []*flowdeskv1.ProgramRef{{Flow: program.Flow, Version: program.Version}}
	if r.GetSettings() != nil {
		snapshot.Settings = desk.FillSettings(proto.CloneOf(r.GetSettings()))
	}
	if len(r.GetPeople()) > 0 {
		snapshot.People = r.GetPeople()
		for _, p := range snapshot.GetPeople() {
			p.Id = cmp.Or(id(p.GetName()), p.GetId(), p.GetTitle())
		}
	}
	group := &flowdeskv1.Group{Title: "测试群", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP}
	if r.GetGroup() != nil {
		group = proto.CloneOf(r.GetGroup())
	}
	group.Id = testGroup
	group.Aliases = append(group.GetAliases(), &flowdeskv1.GroupAlias{Robot: testRobot, Title: group.GetTitle()})
	snapshot.Groups = append(snapshot.GetGroups(), group)
	snapshot.Robots = append(snapshot.GetRobots(), &flowdeskv1.Robot{
		Id: testRobot, Title: "测试机器人", State: flowdeskv1.RobotState_ROBOT_STATE_ONLINE,
		Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_MONITOR, flowdeskv1.Duty_DUTY_NOTIFY, flowdeskv1.Duty_DUTY_DAY_REPLY, flowdeskv1.Duty_DUTY_NIGHT_REPLY},
	})
	env, err := engine.NewEnv(snapshot, testFlow, s.deps.Runner.Catalog().Rules)
	if err != nil {
		return nil, invalidField("settings", err.Error())
	}
	sim := &simulation{
		catalog: s.deps.Runner.Catalog(), env: env, program: program, nodes: nodesByID(program.Definition), outcome: r.GetCommandOutcome(),
		answers: make(map[string]*flowdeskv1.CallAnswer), seed: r.GetSeed(), now: s.deps.Runner.Now(), states: make(map[string]*engine.State),
		commands: make(map[string]*flowdeskv1.Command), runs: make(map[string]*flowdeskv1.Instance), result: answer,
	}
	if r.GetStartTime() != nil {
		sim.now = r.GetStartTime().AsTime()
	}
	for _, a := range r.GetAnswers() {
		sim.answers[a.GetNode()] = a.GetAnswer()
	}
	return sim, nil
}

// script plays the events of the request, and lets the time go on after them.
func (s *simulation) script(ctx context.Context, r *flowdeskv1.TestRunFlowRequest) error {
	at := s.now
	for i, step := range r.GetSteps() {
		at = at.Add(step.GetAfter().AsDuration())
		if err := s.advance(ctx, at); err != nil {
			return err
		}
		event := proto.CloneOf(step.GetEvent())
		s.complete(event, at)
		if err := s.turn(ctx, event, int32(i)); err != nil {
			return err
		}
	}
	return s.advance(ctx, at.Add(r.GetRunOn().AsDuration()))
}

// complete fills in what the author of a script leaves out.
func (s *simulation) complete(event *flowdeskv1.Event, at time.Time) {
	s.events++
	event.Id = engine.NewID(at, engine.Digest("test run")+s.events)
	event.Session = cmp.Or(id(event.GetSession()), testGroup)
	event.Source = cmp.Or(event.GetSource(), "api")
	event.Trace = cmp.Or(event.GetTrace(), event.GetId())
	if manual := event.GetManual(); manual != nil {
		manual.Flow = s.program.Flow
	}
	if schedule := event.GetSchedule(); schedule != nil {
		schedule.Flow = s.program.Flow
	}
	if m := event.GetMessage(); m != nil {
		event.Source = "worktool"
		m.Robot = cmp.Or(m.GetRobot(), testRobot)
		m.SenderName = cmp.Or(m.GetSenderName(), testUser)
		m.RawText = cmp.Or(m.GetRawText(), m.GetText())
		m.ContentType = cmp.Or(m.GetContentType(), 1)
		m.RoomType = cmp.Or(m.GetRoomType(), 1)
		m.GroupName = cmp.Or(m.GetGroupName(), s.env.Group(event.GetSession()).GetTitle())
	}
}
