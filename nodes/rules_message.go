package nodes

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// Windows of the duplicate rule where no active flow has its own.
const (
	sameRobotWindow  = 3 * time.Second
	otherRobotWindow = 120 * time.Second
)

// handleMessage finds out what is known of a message before any flow sees it: whether it repeats a stored one, and whether one of our own
// robots said it.
func handleMessage(run *engine.Run, m *flowdeskv1.MessageEvent) {
	arrival := run.Arrival()
	arrival.Digest = desk.UtteranceDigest(m.GetSenderName(), m.GetContentType(), m.GetRawText())
	if p := engine.Prepared[*prepared](run); p != nil {
		if robot := p.directory.Robot(m.GetSenderName()); robot != nil {
			arrival.OwnRobot = robot.GetId()
		}
	}
	if arrival.OwnRobot != "" {
		if command := saidByUs(run, m); command != "" {
			arrival.Command, arrival.DuplicateOf = command, command
			run.ProveCommand(command, m.GetRobot())
			run.Note("robot %s heard command %s", m.GetRobot(), command)
			return
		}
	}
	if command := saidUnderAnotherName(run, m); command != "" {
		arrival.Command, arrival.DuplicateOf = command, command // it proves nothing: anybody can say a robot's words
		run.Note("robot %s heard command %s under the unknown name %s", m.GetRobot(), command, m.GetSenderName())
		raiseAlert(run, alertFacts{
			level: flowdeskv1.AlertLevel_ALERT_LEVEL_INFO, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, subject: engine.ParticipantID(m.GetSenderName()),
			text: "机器人以未登记的名称「" + m.GetSenderName() + "」发言，请更新机器人的名称或别名",
		})
		return
	}
	same, other := duplicateWindows(run)
	judged := desk.JudgeReport(run.State().GetReports(), desk.NewReport{
		Robot: m.GetRobot(), PlatformID: m.GetPlatformId(), Digest: arrival.Digest, Time: run.Event().GetReceivedAt().AsTime(),
	}, same, other)
	if judged.DuplicateOf == "" {
		return
	}
	arrival.DuplicateOf = judged.DuplicateOf
	run.MergeReport(&flowdeskv1.MergeReport{
		Message: judged.DuplicateOf, Robot: m.GetRobot(), PlatformId: m.GetPlatformId(), Time: run.Event().GetReceivedAt(),
	})
	run.Note("report merged into message %s: %s", judged.DuplicateOf, judged.Reason)
}

// duplicateWindows are the windows of the active flow of the highest priority that takes chat messages and stores them: a report is judged once,
// before any flow sees it. The window for other robots is that of MESSAGE_RECEIVE where the author set it there, else the trigger's.
func duplicateWindows(run *engine.Run) (sameRobot, otherRobot time.Duration) {
	for _, program := range run.Active() {
		var trigger *flowdeskv1.TriggerWebhook
		var receive *flowdeskv1.MessageReceive
		set := false
		for _, n := range program.Nodes {
			switch c := n.Config.(type) {
			case *flowdeskv1.TriggerWebhook:
				if c.GetSource() == messageSource {
					trigger = c
				}
			case *flowdeskv1.MessageReceive:
				receive, set = c, n.Node.GetMessageReceive().GetOtherRobotWindow() != nil
			}
		}
		switch {
		case trigger == nil || receive == nil:
			continue
		case set:
			return receive.GetSameRobotWindow().AsDuration(), receive.GetOtherRobotWindow().AsDuration()
		default:
			return receive.GetSameRobotWindow().AsDuration(), trigger.GetDedupeWindow().AsDuration()
		}
	}
	return sameRobotWindow, otherRobotWindow
}

// saidByUs is the command, or the stored message of one, whose text the report repeats.
func saidByUs(run *engine.Run, m *flowdeskv1.MessageEvent) string {
	heard := desk.Heard(m.GetRawText())
	for _, c := range run.State().GetCommands() {
		if heard.EndsWith(c.GetText()) {
			return c.GetId()
		}
	}
	for _, c := range run.State().GetCommands() {
		if anyEarlier(c, heard.EndsWith) {
			return c.GetId()
		}
	}
	for _, u := range run.State().GetContext() {
		if u.GetRole() == flowdeskv1.Role_ROLE_ROBOT && u.GetParticipant() == "" && heard.EndsWith(u.GetText()) {
			return u.GetMessage()
		}
	}
	return ""
}

// anyEarlier reports whether one of the texts that a command had before fits: a change of its text may have come too late, which its session does
// not know yet.
func anyEarlier(c *flowdeskv1.PendingCommand, fits func(text string) bool) bool {
	return slices.ContainsFunc(c.GetTexts(), func(earlier *flowdeskv1.PendingText) bool { return fits(earlier.GetText()) })
}

// shortestEcho is how many characters of ours nobody else says by chance.
const shortestEcho = 6

// saidUnderAnotherName is the command whose very words somebody reports of whom nothing is known: the account of one of our robots was renamed. Who
// has spoken here before, or stands in the directory, may well repeat what a robot said.
func saidUnderAnotherName(run *engine.Run, m *flowdeskv1.MessageEvent) string {
	prepared := engine.Prepared[*prepared](run)
	if prepared == nil || run.State().Participant(engine.ParticipantID(m.GetSenderName())) != nil {
		return ""
	}
	heard := desk.Heard(m.GetRawText())
	same := func(text string) bool { return heard.Is(text) && utf8.RuneCountInString(text) >= shortestEcho }
	found := ""
	for _, c := range run.State().GetCommands() {
		if c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_DELAYED && c.GetTargetSession() == "" && same(c.GetText()) {
			found = c.GetId()
		}
	}
	for _, c := range run.State().GetCommands() {
		if found == "" && c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_DELAYED && c.GetTargetSession() == "" && anyEarlier(c, same) {
			found = c.GetId()
		}
	}
	for _, u := range run.State().GetContext() {
		if found == "" && u.GetRole() == flowdeskv1.Role_ROLE_ROBOT && u.GetParticipant() == "" && same(u.GetText()) {
			found = u.GetMessage()
		}
	}
	if found == "" || prepared.directory.Identify(run.State().GetId(), m.GetSenderName(), nil).Rule != desk.RuleDefault {
		return ""
	}
	return found
}
