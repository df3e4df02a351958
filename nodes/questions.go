package nodes

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type timestamp = timestamppb.Timestamp

// Purposes of the session's own timers.
const (
	timerWarning    = "unanswered_warning"
	timerError      = "unanswered_error"
	timerEscalation = "alert_escalation"
	timerHold       = "intervention_end"
)

// Who or what closed a question.
const (
	closedByRobot    = "robot"
	closedByStaff    = "staff"
	closedByUser     = "user"
	closedWithdrawn  = "withdrawn"
	closedByResolved = "resolved"
	closedByTask     = "task"
	closedByThanks   = "thanks"
)

// openQuestion notes a user's question and arms its two alarms.
func openQuestion(run *engine.Run, message, participant string, warnAfter, errorAfter time.Duration) {
	run.OpenQuestion(&flowdeskv1.OpenQuestion{Message: message, Participant: participant, Time: run.Stamp()})
	run.SessionTimer(timerWarning, message, run.Now().Add(warnAfter))
	run.SessionTimer(timerError, message, run.Now().Add(errorAfter))
}

// closeQuestion notes that a question was answered or taken back and disarms its alarms. The alert that it raised is over with the user's last
// open question.
func closeQuestion(run *engine.Run, message, by string) {
	q := run.State().Question(message)
	if q == nil {
		return
	}
	participant := q.GetParticipant()
	run.CloseQuestions(by, message)
	run.ClearSessionTimer(timerWarning, message)
	run.ClearSessionTimer(timerError, message)
	if by == closedByRobot || by == closedByStaff {
		noteAnswered(run, participant, message)
	}
	for _, other := range run.State().GetQuestions() {
		if other.GetParticipant() == participant {
			return
		}
	}
	if a := openAlert(run, flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED, participant); a != nil {
		resolveAlert(run, a.GetId(), closedReason(by), true)
	}
}

func closedReason(by string) string {
	switch by {
	case closedByUser, closedWithdrawn:
		return "用户已收回问题"
	case closedByResolved:
		return "会话已解决"
	case closedByThanks:
		return "用户已致谢"
	case closedByTask:
		return "售后任务已有人处理"
	default:
		return "问题已得到回复"
	}
}

// closeQuestionsOf closes all open questions of a participant, or of everybody where it is empty.
func closeQuestionsOf(run *engine.Run, participant, by string) {
	var messages []string
	for _, q := range run.State().GetQuestions() {
		if participant == "" || q.GetParticipant() == participant {
			messages = append(messages, q.GetMessage())
		}
	}
	for _, message := range messages {
		closeQuestion(run, message, by)
	}
}

// handleTimer acts on a timer of the session itself. The engine has taken it off the session.
func handleTimer(run *engine.Run, _ *flowdeskv1.TimerDue) {
	due := run.DueTimer()
	switch due.GetPurpose() {
	case timerWarning:
		unanswered(run, due, func(waited time.Duration) *flowdeskv1.Settings {
			return &flowdeskv1.Settings{UnansweredWarning: durationpb.New(waited)}
		})
	case timerError:
		unanswered(run, due, func(waited time.Duration) *flowdeskv1.Settings {
			return &flowdeskv1.Settings{UnansweredError: durationpb.New(waited)}
		})
	case timerEscalation:
		escalateAlert(run, due.GetSubject())
	case timerTaskClose:
		closeAnswered(run, due.GetSubject())
	case timerHold:
		endIntervention(run, due.GetSubject())
	case timerHandoff:
		handoffDue(run, due.GetSubject())
	}
}

// unanswered raises an alert about a question that nobody has answered. A question whose reply is planned for later is not neglected: its clock
// begins when the reply should have been said. The limit is what the node that armed the timer was told, not the setting.
func unanswered(run *engine.Run, due *flowdeskv1.Timer, limit func(waited time.Duration) *flowdeskv1.Settings) {
	q := proto.CloneOf(run.State().Question(due.GetSubject()))
	if q == nil {
		return
	}
	since := q.GetTime().AsTime()
	if q.GetPlanned() != nil {
		since = q.GetPlanned().AsTime()
	}
	if planned := plannedReply(run, q.GetMessage()); planned.After(run.Now()) {
		postpone(run, due, q, planned.Sub(since))
		q.Planned = engine.Timestamp(planned)
		run.OpenQuestion(q)
		return
	}
	if run.Now().Sub(due.GetDue().AsTime()) > lateAlarm && replyLeaves(run, q.GetMessage()) {
		run.SessionTimer(due.GetPurpose(), q.GetMessage(), run.Now().Add(lateAlarm))
		run.Note("the alarm is late, and a reply to question %s leaves now", q.GetMessage())
		return
	}
	waited := due.GetDue().AsTime().Sub(since)
	judged := desk.JudgeUnanswered(waited, limit(waited))
	text := judged.Reason
	if t := taskAnsweredBy(run, q.GetMessage()); t != nil {
		text = "用户已响应" + kindLabel(t) + "，" + text
	}
	if u := run.State().Utterance(q.GetMessage()); u != nil {
		text += "：" + u.GetText()
	}
	q.Alert, _ = raiseAlert(run, alertFacts{
		level: judged.Level, category: judged.Category, text: text, participant: q.GetParticipant(), message: q.GetMessage(),
	})
	run.OpenQuestion(q)
}

// lateAlarm is how late an alarm is when the machine slept or was away; what waited with it, such as a reply, has as long again to happen first.
const lateAlarm = time.Minute

// replyLeaves reports whether a reply with an answer to a message is due, or on its way.
func replyLeaves(run *engine.Run, message string) bool {
	return slices.ContainsFunc(run.State().GetCommands(), func(c *flowdeskv1.PendingCommand) bool {
		return !leavesOpen(c, message) && answers(c, message)
	})
}

// taskAnsweredBy is the open after-sales task to which a message was the answer, nil where there is none.
func taskAnsweredBy(run *engine.Run, message string) *flowdeskv1.TrackTask {
	for _, t := range run.State().GetTasks() {
		if t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES && t.GetResponseMessage() == message {
			return t
		}
	}
	return nil
}

// postpone moves the alarms of a question: the one that is due, and the other one where it is still armed.
func postpone(run *engine.Run, due *flowdeskv1.Timer, q *flowdeskv1.OpenQuestion, by time.Duration) {
	alarms := map[string]*timestamp{due.GetPurpose(): due.GetDue()}
	for _, t := range run.State().GetTimers() {
		if t.GetInstance() == "" && t.GetSubject() == q.GetMessage() {
			alarms[t.GetPurpose()] = t.GetDue()
		}
	}
	for _, purpose := range []string{timerWarning, timerError} {
		if at := alarms[purpose]; at != nil {
			run.SessionTimer(purpose, q.GetMessage(), at.AsTime().Add(by))
		}
	}
	run.Note("question %s has its reply planned: its alarms wait for it", q.GetMessage())
}

// plannedReply is when a delayed reply with an answer to a message may leave; the zero time where there is none.
func plannedReply(run *engine.Run, message string) time.Time {
	for _, c := range run.State().GetCommands() {
		if c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED && !leavesOpen(c, message) && answers(c, message) {
			return c.GetSendTime().AsTime()
		}
	}
	return time.Time{}
}
