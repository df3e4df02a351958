package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// armEscalation arms the timer of an alert's next escalation, or disarms it where none is due.
func armEscalation(run *engine.Run, id string) {
	if due := desk.EscalationDue(run.State().Alert(id), run.Settings()); !due.IsZero() {
		run.SessionTimer(timerEscalation, id, due)
		return
	}
	run.ClearSessionTimer(timerEscalation, id)
}

// escalateAlert raises an alert by one level that is still unsolved when its time comes, never above critical.
func escalateAlert(run *engine.Run, id string) {
	a := run.State().Alert(id)
	if a == nil {
		return
	}
	due := desk.EscalationDue(a, run.Settings())
	if due.IsZero() || due.After(run.Now()) { // resolved, at the top, or the setting was changed
		armEscalation(run, id)
		return
	}
	if settled(a) {
		resolveAlert(run, id, "问题已得到回复，用户没有再提", true)
		return
	}
	run.EditAlert(id, flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE, func(o *flowdeskv1.Alert) {
		o.Level = desk.Escalate(o.GetLevel())
		history(run, o, "escalated", "超时未解决")
	})
	armEscalation(run, id)
	announce(run, id)
}

// changeAnswered is the change of an alert about an important question that was answered.
const changeAnswered = "answered"

// noteAnswered notes in the alert about a user's important question that it was answered. It stays on the monitor until its escalation is due: who
// asks again by then joins it, and it was no answer.
func noteAnswered(run *engine.Run, participant, message string) {
	a := openAlert(run, flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT, participant)
	if a == nil || a.GetLastMessage() != message {
		return
	}
	run.EditAlert(a.GetId(), flowdeskv1.AlertAction_ALERT_ACTION_UNSPECIFIED, func(o *flowdeskv1.Alert) {
		history(run, o, changeAnswered, "问题已得到回复")
	})
}

// settled reports whether the question of an alert was answered after it was last asked.
func settled(a *flowdeskv1.Alert) bool {
	answered := false
	for _, c := range a.GetHistory() {
		switch c.GetChange() {
		case changeAnswered:
			answered = true
		case "raised", "joined":
			answered = false
		}
	}
	return answered
}

// cancelAlerts resolves a participant's alerts by themselves; their history stays.
func cancelAlerts(run *engine.Run, participant, reason string) []string {
	var cancelled []string
	for _, a := range run.State().GetAlerts() {
		if a.GetParticipant() == participant && desk.AlertOpen(a.GetState()) {
			cancelled = append(cancelled, a.GetId())
		}
	}
	for _, id := range cancelled {
		resolveAlert(run, id, reason, true)
	}
	return cancelled
}

// resolveAlert resolves an open alert, by itself or by a person.
func resolveAlert(run *engine.Run, id, reason string, automatic bool) {
	if !desk.AlertOpen(run.State().Alert(id).GetState()) {
		return
	}
	run.EditAlert(id, flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, func(o *flowdeskv1.Alert) {
		o.State, o.AutoCancelled, o.ResolveTime = flowdeskv1.AlertState_ALERT_STATE_RESOLVED, automatic, run.Stamp()
		change := "resolved"
		if automatic {
			change = "cancelled"
		}
		history(run, o, change, reason)
	})
	run.ClearSessionTimer(timerEscalation, id)
}

// handleAlert acts on a person's request about an alert. A move that the alert's state does not allow is refused in the turn's notes.
func handleAlert(run *engine.Run, e *flowdeskv1.AlertEvent) {
	if e.GetDone() {
		return
	}
	a := run.State().Alert(e.GetAlert())
	if a == nil {
		run.Note("refused: alert %s is not open", e.GetAlert())
		return
	}
	if e.GetRevision() != 0 && e.GetRevision() != a.GetRevision() {
		run.Note("refused: %s", engine.Changed)
		return
	}
	state, err := desk.MoveAlert(a.GetState(), e.GetAction())
	if err != nil {
		run.Note("refused: %v", err)
		return
	}
	if e.GetAction() == flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE {
		resolveAlert(run, a.GetId(), e.GetReason(), false)
		return
	}
	run.EditAlert(a.GetId(), e.GetAction(), func(o *flowdeskv1.Alert) {
		o.State = state
		switch e.GetAction() {
		case flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE:
			history(run, o, "acknowledged", e.GetReason())
		case flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN:
			o.Assignee = e.GetAssignee()
			history(run, o, "assigned", e.GetReason())
		case flowdeskv1.AlertAction_ALERT_ACTION_SILENCE:
			o.SilencedUntil = e.GetUntil()
			history(run, o, "silenced", e.GetReason())
		case flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE:
			o.Level = desk.Escalate(o.GetLevel())
			history(run, o, "escalated", e.GetReason())
		default:
		}
	})
	if e.GetAction() == flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE {
		armEscalation(run, a.GetId())
		announce(run, a.GetId())
	}
}
