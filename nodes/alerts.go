package nodes

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// alertFacts are what an alert says.
type alertFacts struct {
	level       flowdeskv1.AlertLevel
	category    flowdeskv1.AlertCategory
	text        string
	participant string
	subject     string // what distinguishes alerts of one category beside the participant
	message     string
	task        string
}

// maxHistory bounds an alert's history.
const maxHistory = 50

// raiseAlert raises an alert, or lets it join an open one of the same cause in this session. From the third alert of one user on one day
// on, new ones are info, except critical complaints.
func raiseAlert(run *engine.Run, a alertFacts) (id string, joined bool) {
	who := a.participant
	if who == "" {
		who = a.subject
	}
	for _, open := range run.State().GetAlerts() {
		if open.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED || open.GetCategory() != a.category || open.GetParticipant() != who {
			continue
		}
		rises := a.level > open.GetLevel()
		run.EditAlert(open.GetId(), flowdeskv1.AlertAction_ALERT_ACTION_JOIN, func(o *flowdeskv1.Alert) {
			o.Count++
			o.LastMessage = a.message
			o.Level = max(o.GetLevel(), a.level)
			history(run, o, "joined", a.text)
		})
		if rises {
			announce(run, open.GetId())
		}
		return open.GetId(), true
	}
	day := run.Now().Format(time.DateOnly)
	alert := &flowdeskv1.Alert{
		Level: a.level, FirstLevel: a.level, Category: a.category, State: flowdeskv1.AlertState_ALERT_STATE_OPEN, Text: a.text, Participant: who,
		ParticipantName: nickname(run, a.participant), Count: 1, Message: a.message, LastMessage: a.message, Day: day, Task: a.task,
	}
	settings := run.Settings()
	alert.Level, alert.Lowered = desk.Lower(a.level, a.category, alertsToday(run, who, day), settings)
	history(run, alert, "raised", a.text)
	run.PutAlert(alert, flowdeskv1.AlertAction_ALERT_ACTION_RAISE)
	if alert.GetLevel() > flowdeskv1.AlertLevel_ALERT_LEVEL_INFO {
		run.SessionTimer(timerEscalation, alert.GetId(), run.Now().Add(settings.GetAlertEscalation().AsDuration()))
		announce(run, alert.GetId())
	}
	return alert.GetId(), false
}

func alertsToday(run *engine.Run, participant, day string) int32 {
	subject := participant
	if p := run.State().Participant(participant); p.GetPerson() != "" {
		subject = p.GetPerson()
	}
	for _, c := range run.State().GetAlertCounts() {
		if c.GetSubject() == subject && c.GetDay() == day {
			return c.GetCount()
		}
	}
	return 0
}

func history(run *engine.Run, a *flowdeskv1.Alert, change, reason string) {
	a.Reason = reason
	a.History = append(a.GetHistory(), &flowdeskv1.AlertChange{
		Time: engine.Timestamp(run.Now()), Change: change, Actor: run.Event().GetActor(), Reason: reason, Level: a.GetLevel(),
	})
	if n := len(a.GetHistory()); n > maxHistory {
		a.History = a.GetHistory()[n-maxHistory:]
	}
}

// announce tells those who must hear of an alert: the staff group from error on, management too when it is critical.
func announce(run *engine.Run, id string) {
	a := run.State().Alert(id)
	if a.GetLevel() < flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR {
		return
	}
	text := run.Render(run.Settings().GetAlertText(), "level", desk.Label(a.GetLevel()).GetZh(), "group", groupTitle(run),
		"nickname", a.GetParticipantName(), "text", a.GetText())
	targets := []*flowdeskv1.NoticeTarget{{Target: &flowdeskv1.NoticeTarget_StaffGroup{StaffGroup: true}}}
	if a.GetLevel() == flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL {
		targets = append(targets, &flowdeskv1.NoticeTarget{Target: &flowdeskv1.NoticeTarget_Management{Management: true}})
	}
	notify(run, targets, text, "alert")
}

// escalateAlert raises an unsolved alert by one level, never above critical.
func escalateAlert(run *engine.Run, id string) {
	a := run.State().Alert(id)
	if a == nil || a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED || desk.Escalate(a.GetLevel()) == a.GetLevel() {
		return
	}
	run.EditAlert(id, flowdeskv1.AlertAction_ALERT_ACTION_ESCALATE, func(o *flowdeskv1.Alert) {
		o.Level = desk.Escalate(o.GetLevel())
		history(run, o, "escalated", "超时未解决")
	})
	if run.State().Alert(id).GetLevel() < flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL {
		run.SessionTimer(timerEscalation, id, run.Now().Add(run.Settings().GetAlertEscalation().AsDuration()))
	}
	announce(run, id)
}

// cancelAlerts resolves a participant's alerts by themselves; their history stays.
func cancelAlerts(run *engine.Run, participant, reason string) []string {
	var cancelled []string
	for _, a := range run.State().GetAlerts() {
		if a.GetParticipant() == participant && a.GetState() != flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
			cancelled = append(cancelled, a.GetId())
		}
	}
	for _, id := range cancelled {
		resolveAlert(run, id, reason, true)
	}
	return cancelled
}

func resolveAlert(run *engine.Run, id, reason string, automatic bool) {
	run.EditAlert(id, flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, func(o *flowdeskv1.Alert) {
		o.State, o.AutoCancelled, o.ResolveTime = flowdeskv1.AlertState_ALERT_STATE_RESOLVED, automatic, engine.Timestamp(run.Now())
		change := "resolved"
		if automatic {
			change = "cancelled"
		}
		history(run, o, change, reason)
	})
	run.ClearSessionTimer(timerEscalation, id)
}

// handleAlert acts on a person's request about an alert.
func handleAlert(run *engine.Run, e *flowdeskv1.AlertEvent) {
	if e.GetDone() {
		return
	}
	a := run.State().Alert(e.GetAlert())
	if a == nil || a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
		run.Note("refused: alert %s is not open", e.GetAlert())
		return
	}
	if e.GetAction() == flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE {
		resolveAlert(run, a.GetId(), e.GetReason(), false)
		return
	}
	run.EditAlert(a.GetId(), e.GetAction(), func(o *flowdeskv1.Alert) {
		switch e.GetAction() {
		case flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE:
			o.State = flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED
			history(run, o, "acknowledged", e.GetReason())
		case flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN:
			o.Assignee = e.GetAssignee()
			history(run, o, "assigned", e.GetReason())
		case flowdeskv1.AlertAction_ALERT_ACTION_SILENCE:
			o.SilencedUntil = e.GetUntil()
			history(run, o, "silenced", e.GetReason())
		default:
		}
	})
}
