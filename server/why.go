package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/reasons"
	"github.com/flowdesk/flowdesk/storage"
)

// derive explains what became of a message, or what an instance did: its way through the flow, the guards, the sources, the commands.
func (s *Server) derive(ctx context.Context, instance string, message *flowdeskv1.Message) (*flowdeskv1.Derivation, error) {
	h, err := s.history(ctx, instance)
	if err != nil {
		return nil, err
	}
	d := &flowdeskv1.Derivation{Subject: h.instance.GetName(), Instance: h.instance, Path: h.steps, Message: message}
	if message != nil {
		d.Subject = message.GetName()
	} else if h.instance.GetMessage() != "" {
		if d.Message, err = s.message(ctx, h.instance.GetMessage()); err != nil {
			return nil, err
		}
	}
	if len(h.turns) > 0 {
		d.Environment, d.SessionVersion = h.turns[0].GetEnvironment(), h.turns[0].GetSessionVersion()
		d.Notes = h.turns[0].GetNotes()
		if err := s.addSurroundings(ctx, d, h.turns[0]); err != nil {
			return nil, err
		}
	}
	for _, step := range h.steps {
		explain(d, step)
	}
	if err := s.addCommands(ctx, d); err != nil {
		return nil, err
	}
	conclude(d)
	return d, nil
}

// explain takes from a step what it says about the answer.
func explain(d *flowdeskv1.Derivation, step *flowdeskv1.TraceStep) {
	output, err := step.GetOutput().UnmarshalNew()
	if err != nil {
		return
	}
	switch o := output.(type) {
	case *flowdeskv1.IntentRecognizeOutput:
		d.Understanding = o.GetUnderstanding()
	case *flowdeskv1.AiReplyDecisionOutput:
		d.Guards = append(d.Guards, &flowdeskv1.Guard{
			Node: step.GetNode(), Rule: o.GetRule(), Reason: o.GetReason(), Time: step.GetTime(),
			Stopped: o.GetDecision() != flowdeskv1.ReplyDecision_REPLY_DECISION_REPLY,
		})
	case *flowdeskv1.AiReplyGenerateOutput:
		d.Citations, d.PromptDigest, d.Model, d.Source = o.GetCitations(), o.GetPromptDigest(), o.GetModel(), o.GetSource()
	case *flowdeskv1.ReplyQualityCheckOutput:
		for _, issue := range o.GetIssues() {
			d.Guards = append(d.Guards, &flowdeskv1.Guard{Node: step.GetNode(), Rule: issue, Reason: issue, Time: step.GetTime(), Stopped: o.GetText() == ""})
		}
	case *flowdeskv1.DelayControlOutput:
		d.DelayReason, d.SendTime = o.GetReason(), o.GetSendTime()
	case *flowdeskv1.RobotCommandSendOutput:
		if o.GetCommand() == "" && o.GetReason() != "" {
			d.Guards = append(d.Guards, &flowdeskv1.Guard{Node: step.GetNode(), Rule: "not_enqueued", Reason: o.GetReason(), Time: step.GetTime(), Stopped: true})
		}
	}
}

// addSurroundings tells how the staff and the take-overs stood when the first turn was made, from the snapshot that it saw and the state that
// it was given.
func (s *Server) addSurroundings(ctx context.Context, d *flowdeskv1.Derivation, turn *flowdeskv1.Turn) error {
	env, err := runner.LoadEnvironment(ctx, s.deps.Store, turn.GetEnvironment())
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(env.GetSettings().GetTimeZone())
	if err != nil {
		return fmt.Errorf("environment %s: %w", turn.GetEnvironment(), err)
	}
	now := turn.GetNow().AsTime()
	for _, p := range env.GetPeople() {
		if p.GetRole() != flowdeskv1.Role_ROLE_GROUP_ASSISTANT && p.GetRole() != flowdeskv1.Role_ROLE_AFTER_SALES {
			continue
		}
		d.Staff = append(d.Staff, &flowdeskv1.StaffState{
			Person: p.GetId(), Title: p.GetTitle(), Role: p.GetRole(), LastActive: p.GetLastActive(),
			Presence: desk.PresenceOf(desk.FactsOf(p), env.GetSettings(), zone, now),
		})
	}
	session := turn.GetEvent().GetSession()
	record, err := s.deps.Store.SessionBefore(ctx, session, turn.GetSessionVersion())
	if err != nil {
		return err
	}
	state, err := runner.Restore(session, record)
	if err != nil {
		return err
	}
	for _, i := range state.GetInterventions() {
		if i.GetUntil().AsTime().After(now) {
			d.Interventions = append(d.Interventions, i)
		}
	}
	return nil
}

// deriveByHand explains a robot's text that no flow made: a person or a rule enqueued it.
func (s *Server) deriveByHand(ctx context.Context, message *flowdeskv1.Message) (*flowdeskv1.Derivation, error) {
	c, err := s.command(ctx, message.GetCommand())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.Derivation{
		Subject: message.GetName(), Message: message, Commands: []*flowdeskv1.Command{c}, SendTime: c.GetSendTime(), DelayReason: c.GetDelayReason(),
		Outcome: flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SAID,
		Summary: &flowdeskv1.Text{
			Zh: "由人工或规则发出（" + reasons.Word(reasons.Chinese, c.GetPurpose()) + "）",
			En: "enqueued by a person or a rule (" + reasons.Word(reasons.English, c.GetPurpose()) + ")",
		},
	}, nil
}

func (s *Server) addCommands(ctx context.Context, d *flowdeskv1.Derivation) error {
	commands, _, err := s.deps.Store.ListCommands(ctx, storage.CommandFilter{Instance: d.GetInstance().GetId()}, storage.Page{})
	if err != nil {
		return err
	}
	for _, c := range commands {
		whole, err := s.deps.Store.GetCommand(ctx, c.GetId())
		if err != nil {
			return err
		}
		d.Commands = append(d.Commands, nameCommand(whole))
		answer, err := s.message(ctx, c.GetId())
		switch {
		case err == nil:
			d.Answers = append(d.Answers, answer)
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
	}
	return nil
}

// conclude says in one sentence what became of it.
func conclude(d *flowdeskv1.Derivation) {
	say := func(outcome flowdeskv1.DerivationOutcome, zh, en, detail string) {
		d.Outcome, d.Summary = outcome, &flowdeskv1.Text{Zh: zh + detail, En: en + detail}
	}
	because := func(outcome flowdeskv1.DerivationOutcome, zh, en, reason string) {
		d.Outcome, d.Summary = outcome, inBoth(zh, en, reason)
	}
	if d.GetInstance().GetStatus() == flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED {
		because(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_FAILED, "流程失败", "the flow failed", d.GetInstance().GetError())
		return
	}
	for _, c := range d.GetCommands() {
		if c.GetPurpose() != "reply" {
			continue
		}
		switch c.GetState() {
		case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
			if d.GetMessage().GetOutgoing() {
				say(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SAID, "机器人已发送：", "said by the robot: ", c.GetText())
			} else {
				say(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_ANSWERED, "机器人已回复：", "answered by the robot: ", c.GetText())
			}
		case flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_DELAYED,
			flowdeskv1.CommandState_COMMAND_STATE_SENDING, flowdeskv1.CommandState_COMMAND_STATE_SENT:
			because(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_PENDING, "回复等待中", "the reply is on its way", c.GetDelayReason())
		default:
			because(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_NOT_SENT, "回复未发送", "the reply was not sent", c.GetReason())
		}
		return
	}
	for _, g := range d.GetGuards() {
		if g.GetStopped() {
			outcome := flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SILENT
			if g.GetRule() == "handoff_asked" {
				outcome = flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_HANDED_OFF
			}
			because(outcome, "未回复", "not answered", g.GetReason())
			return
		}
	}
	if c := besides(d); c != nil {
		zh, en := "已记录；机器人将发出：", "recorded; the robot is going to send: "
		if c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_COMPLETED {
			zh, en = "已记录；机器人发出了：", "recorded; the robot sent: "
		}
		d.Outcome = flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_RECORDED
		d.Summary = &flowdeskv1.Text{Zh: zh + reasons.Word(reasons.Chinese, c.GetPurpose()), En: en + reasons.Word(reasons.English, c.GetPurpose())}
		return
	}
	say(flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_RECORDED, "已记录，无需回复", "recorded; no answer was due", "")
}

// besides is what a robot says in the group of a message without answering it, such as a soothing word or a reminder; nil for nothing. What is
// told to others elsewhere is no part of the conversation.
func besides(d *flowdeskv1.Derivation) *flowdeskv1.Command {
	for _, c := range d.GetCommands() {
		if d.GetMessage() != nil && id(c.GetTargetSession()) == id(d.GetMessage().GetSession()) && !slices.Contains(dropped, c.GetState()) {
			return c
		}
	}
	return nil
}

// inBoth is what happened and why in both languages, whichever of them the reason was written in.
func inBoth(zh, en, reason string) *flowdeskv1.Text {
	if reason == "" {
		return &flowdeskv1.Text{Zh: zh, En: en}
	}
	return &flowdeskv1.Text{Zh: zh + "：" + reasons.In(reasons.Chinese, reason), En: en + ": " + reasons.In(reasons.English, reason)}
}
