package nodes

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type timestamp = timestamppb.Timestamp

// Purposes of the session's own timers.
const (
	timerWarning    = "unanswered_warning"
	timerError      = "unanswered_error"
	timerEscalation = "alert_escalation"
	timerHold       = "intervention_end"
)

// closeQuestion notes that a question was answered or taken back, and disarms its timers.
func closeQuestion(run *engine.Run, message, by string) {
	if run.State().Question(message) == nil {
		return
	}
	run.CloseQuestions(by, message)
	run.ClearSessionTimer(timerWarning, message)
	run.ClearSessionTimer(timerError, message)
}

// handleTimer acts on a timer of the session itself. The engine has taken it off the session.
func handleTimer(run *engine.Run, _ *flowdeskv1.TimerDue) {
	due := run.DueTimer()
	switch due.GetPurpose() {
	case timerWarning:
		unanswered(run, due.GetSubject(), flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING)
	case timerError:
		unanswered(run, due.GetSubject(), flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR)
	case timerEscalation:
		escalateAlert(run, due.GetSubject())
	case timerTaskClose:
		closeAnswered(run, due.GetSubject())
	case timerHold:
		endIntervention(run, due.GetSubject())
	}
}

// unanswered raises an alert about a question that nobody has answered.
func unanswered(run *engine.Run, message string, level flowdeskv1.AlertLevel) {
	q := run.State().Question(message)
	if q == nil {
		return
	}
	text := "问题长时间未回复"
	if u := run.State().Utterance(message); u != nil {
		text += "：" + u.GetText()
	}
	raiseAlert(run, alertFacts{
		level: level, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED, text: text, participant: q.GetParticipant(), message: message,
	})
}
