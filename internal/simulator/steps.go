package simulator

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// play lets one step happen and waits until all that follows at once is done. A step that was begun is remembered, so that the simulation can
// be played again; one that was refused did not happen, and would be refused each time.
func (w *world) play(ctx context.Context, step *flowdeskv1.CaseStep) error {
	w.take(step)
	err := w.follow(ctx, step)
	if c := status.Code(err); c == codes.InvalidArgument || c == codes.FailedPrecondition {
		w.forget(step)
	}
	return err
}

// follow lets a step happen that is remembered already.
func (w *world) follow(ctx context.Context, step *flowdeskv1.CaseStep) error {
	if err := w.act(ctx, step); err != nil {
		return err
	}
	_, err := w.settle(ctx)
	w.changed()
	return err
}

func (w *world) act(ctx context.Context, step *flowdeskv1.CaseStep) error {
	switch a := step.GetAction().(type) {
	case *flowdeskv1.CaseStep_Say:
		return w.say(ctx, a.Say)
	case *flowdeskv1.CaseStep_Advance:
		return w.goOn(ctx, a.Advance)
	case *flowdeskv1.CaseStep_Robot:
		return w.setRobot(ctx, a.Robot)
	case *flowdeskv1.CaseStep_Person:
		return w.setPerson(ctx, a.Person)
	case *flowdeskv1.CaseStep_Answer:
		w.outside.give(a.Answer)
		return nil
	case *flowdeskv1.CaseStep_Withdraw:
		return w.withdraw(ctx, a.Withdraw)
	case *flowdeskv1.CaseStep_Burst:
		return w.burst(ctx, a.Burst)
	case *flowdeskv1.CaseStep_Order:
		return w.order(ctx, a.Order)
	default:
		return nil
	}
}

// say lets a person say something in a group; the monitoring robot reports it.
func (w *world) say(ctx context.Context, s *flowdeskv1.SayStep) error {
	group := w.runner.Env().Group(cmp.Or(s.GetGroup(), Customers))
	if group == nil {
		return server.RefuseField("group", fmt.Sprintf("there is no group %q in the simulation", s.GetGroup()))
	}
	if w.person(s.GetPerson()) == nil {
		if err := w.setPerson(ctx, &flowdeskv1.SimulatedPerson{Title: s.GetPerson(), Role: flowdeskv1.Role_ROLE_USER}); err != nil {
			return err
		}
	}
	return w.callbacks.Deliver(ctx, w.utterance(s, group.GetTitle()), w.clock.Now())
}

// utterance is what the monitoring robot reports of something said. It mentions people as the chat does.
func (w *world) utterance(s *flowdeskv1.SayStep, group string) *flowdeskv1.MessageEvent {
	raw := s.GetText()
	for i := len(s.GetMentions()) - 1; i >= 0; i-- {
		if !strings.Contains(raw, "@"+s.GetMentions()[i]) {
			raw = "@" + s.GetMentions()[i] + "\u2005" + raw
		}
	}
	reporter := w.setup.GetRobots()[0]
	m := &flowdeskv1.MessageEvent{
		Robot: reporter.GetId(), SenderName: s.GetPerson(), RawText: raw, Text: raw, ContentType: 1, RoomType: 1, GroupName: group,
	}
	for _, mention := range text.Mentions(raw) {
		m.Mentions = append(m.Mentions, mention.Name)
		for _, r := range w.setup.GetRobots() {
			if r.GetTitle() == mention.Name {
				m.AtMe = true
				m.Text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(m.GetText(), "@"+mention.Name+"\u2005", ""), "@"+mention.Name, ""))
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoken++
	m.PlatformId = fmt.Sprintf("said-%d", w.spoken)
	w.saidIn[m.GetPlatformId()] = int32(len(w.steps))
	return m
}

// goOn lets time go by.
func (w *world) goOn(ctx context.Context, a *flowdeskv1.AdvanceStep) error {
	switch way := a.GetWay().(type) {
	case *flowdeskv1.AdvanceStep_By:
		return w.advance(ctx, w.clock.Now().Add(way.By.AsDuration()))
	case *flowdeskv1.AdvanceStep_To:
		if way.To.AsTime().Before(w.clock.Now()) {
			return server.RefuseField("advance.to", "time goes forward only; begin the simulation anew to go back")
		}
		return w.advance(ctx, way.To.AsTime())
	case *flowdeskv1.AdvanceStep_Clock:
		now := w.clock.Now()
		minute, err := desk.ParseMinute(way.Clock)
		if err != nil {
			return server.RefuseField("advance.clock", err.Error())
		}
		at, _ := desk.At(desk.DayOf(now, w.zone), minute, w.zone)
		if !at.After(now) {
			at, _ = desk.At(desk.DayOf(now, w.zone).Add(1), minute, w.zone)
		}
		return w.advance(ctx, at)
	case *flowdeskv1.AdvanceStep_Next:
		for range way.Next {
			if err := w.next(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// setRobot lets a robot behave otherwise. Its coming and going is reported, as the platform would.
func (w *world) setRobot(ctx context.Context, wanted *flowdeskv1.SimulatedRobot) error {
	var r *flowdeskv1.SimulatedRobot
	for _, known := range w.setup.GetRobots() {
		if known.GetId() == wanted.GetId() {
			r = proto.CloneOf(known)
		}
	}
	if r == nil {
		return server.RefuseField("robot.id", fmt.Sprintf("there is no robot %q in the simulation", wanted.GetId()))
	}
	r.Mode, r.Times = cmp.Or(wanted.GetMode(), flowdeskv1.RobotMode_ROBOT_MODE_OK), wanted.GetTimes()
	before, err := w.store.GetRobot(ctx, r.GetId())
	if err != nil {
		return err
	}
	if err := w.putRobot(ctx, r); err != nil {
		return err
	}
	if err := w.runner.Reload(ctx); err != nil {
		return err
	}
	offline := r.GetMode() == flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE
	if offline == (before.Robot.GetState() == flowdeskv1.RobotState_ROBOT_STATE_OFFLINE) {
		return nil
	}
	_, err = w.runner.Submit(ctx, &flowdeskv1.Event{Session: "system", Source: "worktool", Payload: &flowdeskv1.Event_Robot{Robot: &flowdeskv1.RobotChange{
		Robot: r.GetId(), Online: !offline, Reason: "在模拟器中设置", Duties: []flowdeskv1.Duty{r.GetDuty()},
	}}})
	return err
}

// setPerson lets a person join, or changes role or presence.
func (w *world) setPerson(ctx context.Context, p *flowdeskv1.SimulatedPerson) error {
	p = proto.CloneOf(p)
	p.Role, p.Seen = cmp.Or(p.GetRole(), flowdeskv1.Role_ROLE_USER), flowdeskv1.Presence_PRESENCE_UNSPECIFIED
	w.mu.Lock()
	if len(w.people) >= maxPeople {
		w.mu.Unlock()
		return server.RefuseField("person", fmt.Sprintf("a simulation has at most %d people", maxPeople))
	}
	if known := w.person(p.GetTitle()); known != nil {
		proto.Reset(known)
		proto.Merge(known, p)
	} else {
		w.people = append(w.people, p)
	}
	w.mu.Unlock()
	if err := w.putPerson(ctx, p); err != nil {
		return err
	}
	return w.runner.Reload(ctx)
}

// withdraw takes back what a person said last.
func (w *world) withdraw(ctx context.Context, s *flowdeskv1.WithdrawStep) error {
	group := cmp.Or(s.GetGroup(), Customers)
	messages, _, err := w.store.ListMessages(ctx, storage.MessageFilter{Session: group}, storage.Page{Size: storage.MaxPageSize})
	if err != nil {
		return err
	}
	for _, m := range messages {
		if m.GetSenderName() == s.GetPerson() && !m.GetOutgoing() && !m.GetWithdrawn() {
			_, err := w.runner.Submit(ctx, &flowdeskv1.Event{Session: group, Source: "api", Actor: "simulator", Payload: &flowdeskv1.Event_Withdrawn{
				Withdrawn: &flowdeskv1.MessageWithdrawn{Message: m.GetId()},
			}})
			return err
		}
	}
	return server.RefuseField("person", s.GetPerson()+" has said nothing that could be taken back")
}

// burst lets many people speak in many groups at once, as the robots of a busy morning report them.
func (w *world) burst(ctx context.Context, b *flowdeskv1.BurstStep) error {
	groups := make([]*flowdeskv1.Group, b.GetGroups())
	for i := range groups {
		groups[i] = &flowdeskv1.Group{
			Id: fmt.Sprintf("burst-%d", i+1), Title: fmt.Sprintf("客户群 %d", i+1), Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP,
		}
		if w.runner.Env().Group(groups[i].GetId()) != nil {
			continue
		}
		if err := w.putGroup(ctx, groups[i]); err != nil {
			return err
		}
	}
	if err := w.runner.Reload(ctx); err != nil {
		return err
	}
	failed := make(chan error, b.GetMessages())
	for n := range int(b.GetMessages()) {
		said := &flowdeskv1.SayStep{Person: fmt.Sprintf("用户%d", n+1), Text: b.GetTexts()[n%len(b.GetTexts())]}
		m := w.utterance(said, groups[n%len(groups)].GetTitle())
		go func() { failed <- w.callbacks.Deliver(ctx, m, w.clock.Now()) }()
	}
	for range b.GetMessages() {
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}
