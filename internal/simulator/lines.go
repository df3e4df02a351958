package simulator

import (
	"cmp"
	"context"
	"errors"
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/reasons"
	"github.com/flowdesk/flowdesk/internal/text"
	"github.com/flowdesk/flowdesk/storage"
)

// lines are the chats: what was said, and what robots are to say or did not say.
func (w *world) lines(ctx context.Context, commands []*flowdeskv1.Command, runs []*flowdeskv1.SimulatedRun) ([]*flowdeskv1.ChatLine, error) {
	messages, err := oldestFirst(shownLines, func(page storage.Page) ([]*flowdeskv1.Message, string, error) {
		return w.store.ListMessages(ctx, storage.MessageFilter{}, page)
	})
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*flowdeskv1.Command, len(commands))
	for _, c := range commands {
		byID[c.GetId()] = c
	}
	detailed := make(map[string]bool, shownPaths)
	for _, r := range runs {
		detailed[r.GetInstance().GetId()] = len(r.GetPath()) > 0
	}
	standing := signs(runs, commands)
	said := make(map[string]bool)
	lines := make([]*flowdeskv1.ChatLine, 0, len(messages))
	for _, m := range messages {
		line := lineOf(m)
		line.Step = w.saidDuring(m)
		if c := byID[m.GetCommand()]; c != nil {
			said[c.GetId()] = true
			line.Robot, line.Sender, line.Node, line.Instance = c.GetRobot(), w.robotTitle(c.GetRobot()), c.GetNode(), c.GetInstance()
			line.Attempts, line.Mentions, line.DueTime, line.Reason = c.GetAttempts(), mentioned(c), c.GetSendTime(), c.GetDelayReason()
		}
		if !m.GetOutgoing() && (m.GetFlowInstance() == "" || detailed[m.GetFlowInstance()]) {
			if err := w.explainLine(ctx, line, standing[line.GetInstance()]); err != nil {
				return nil, err
			}
		}
		lines = append(lines, line)
	}
	for _, c := range commands {
		if !said[c.GetId()] && c.GetKind() == flowdeskv1.CommandKind_COMMAND_KIND_TEXT {
			lines = append(lines, w.unsaid(c))
		}
	}
	slices.SortStableFunc(lines, func(a, b *flowdeskv1.ChatLine) int {
		// What a robot is to say is made in the moment in which it was asked: the question comes first.
		return cmp.Or(a.GetTime().AsTime().Compare(b.GetTime().AsTime()), cmp.Compare(robotLast(a), robotLast(b)), cmp.Compare(a.GetId(), b.GetId()))
	})
	return lines[max(0, len(lines)-shownLines):], nil
}

// robotLast is 1 for what robots say and 0 for what people say.
func robotLast(line *flowdeskv1.ChatLine) int {
	if line.GetOutgoing() {
		return 1
	}
	return 0
}

// lineOf is a message as a line.
func lineOf(m *flowdeskv1.Message) *flowdeskv1.ChatLine {
	line := &flowdeskv1.ChatLine{
		Id: m.GetId(), Group: m.GetSession(), Sender: m.GetSenderName(), Role: m.GetRole(), Text: cmp.Or(m.GetRawText(), m.GetText()), Time: m.GetReceiveTime(),
		State: flowdeskv1.LineState_LINE_STATE_SAID, Outgoing: m.GetOutgoing(), Command: m.GetCommand(), Instance: m.GetFlowInstance(), ReplyTo: m.GetReplyTo(),
		Intent: m.GetIntent(),
	}
	for _, mention := range text.Mentions(line.GetText()) {
		line.Mentions = append(line.Mentions, mention.Name)
	}
	if m.GetWithdrawn() {
		line.State = flowdeskv1.LineState_LINE_STATE_CANCELLED
	}
	return line
}

// saidDuring is the number of the step in which a person said something, from 1; 0 for robots.
func (w *world) saidDuring(m *flowdeskv1.Message) int32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.saidIn[m.GetPlatformId()]
}

// explainLine adds what became of what a person said.
func (w *world) explainLine(ctx context.Context, line *flowdeskv1.ChatLine, sign string) error {
	f, err := recall(&w.memory, &w.memory.lines, line.GetId(), sign, func() (fate, error) {
		d, err := w.explain.Message(ctx, line.GetId())
		if err != nil {
			return fate{}, err
		}
		f := fate{outcome: d.GetOutcome(), why: d.GetSummary()}
		for _, g := range d.GetGuards() {
			if g.GetStopped() && f.rule == "" {
				f.rule = g.GetRule()
			}
		}
		return f, nil
	})
	line.Outcome, line.Why, line.Rule = f.outcome, f.why, f.rule
	return err
}

// unsaid is a command that has not been said, or never will be.
func (w *world) unsaid(c *flowdeskv1.Command) *flowdeskv1.ChatLine {
	line := &flowdeskv1.ChatLine{
		Id: c.GetId(), Group: c.GetTargetSession(), Sender: w.robotTitle(c.GetRobot()), Role: flowdeskv1.Role_ROLE_ROBOT, Text: c.GetText(),
		Mentions: mentioned(c), Time: c.GetCreateTime(), Outgoing: true, Robot: c.GetRobot(), Command: c.GetId(), DueTime: c.GetSendTime(),
		Reason: cmp.Or(c.GetReason(), c.GetDelayReason()), Instance: c.GetInstance(), Node: c.GetNode(), ReplyTo: c.GetReplyTo(), Attempts: c.GetAttempts(),
	}
	switch c.GetState() {
	case flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_DELAYED:
		line.State = flowdeskv1.LineState_LINE_STATE_PENDING
	case flowdeskv1.CommandState_COMMAND_STATE_SENDING, flowdeskv1.CommandState_COMMAND_STATE_SENT:
		line.State = flowdeskv1.LineState_LINE_STATE_SENDING
	case flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED:
		line.State = flowdeskv1.LineState_LINE_STATE_CANCELLED
	case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
		line.State, line.Time = flowdeskv1.LineState_LINE_STATE_SAID, c.GetDoneTime()
	default:
		line.State = flowdeskv1.LineState_LINE_STATE_FAILED
	}
	return line
}

func mentioned(c *flowdeskv1.Command) []string {
	if c.GetMention() && c.GetTargetName() != "" {
		return []string{c.GetTargetName()}
	}
	return nil
}

func (w *world) robotTitle(robot string) string {
	return w.runner.Env().Robot(robot).GetTitle()
}

// why explains a line: what was said, or what a robot is to say.
func (w *world) why(ctx context.Context, line string) (*flowdeskv1.Derivation, error) {
	d, err := w.explain.Message(ctx, line)
	if !errors.Is(err, storage.ErrNotFound) {
		return d, err
	}
	c, err := w.store.GetCommand(ctx, line)
	if err != nil {
		return nil, err
	}
	if c.GetInstance() == "" {
		return &flowdeskv1.Derivation{
			Subject: "commands/" + line, Commands: []*flowdeskv1.Command{c}, DelayReason: c.GetDelayReason(), SendTime: c.GetSendTime(),
			Summary: &flowdeskv1.Text{
				Zh: "由规则发出（" + reasons.Word(reasons.Chinese, c.GetPurpose()) + "）",
				En: "enqueued by a rule (" + reasons.Word(reasons.English, c.GetPurpose()) + ")",
			},
		}, nil
	}
	return w.explain.Instance(ctx, c.GetInstance())
}
