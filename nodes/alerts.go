package nodes

import (
	"cmp"

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
	lowerFrom   *int32 // the flow's own number in the place of settings.lower_from; nil for none
	worsening   bool   // the mood keeps falling: an alert that this joins goes up one level
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
	person := run.State().Participant(who).GetPerson()
	day := desk.DayOf(run.Now(), run.Zone()).String()
	if open := openAlert(run, a.category, who); open != nil {
		joinAlert(run, open, a, day)
		return open.GetId(), true
	}
	level, lowered := desk.Lower(a.level, a.category, alertsToday(run, who, day), lowerFrom(run, a), run.Settings())
	alert := &flowdeskv1.Alert{
		Level: level, FirstLevel: a.level, Category: a.category, State: flowdeskv1.AlertState_ALERT_STATE_OPEN, Text: a.text, Participant: who, Person: person,
		ParticipantName: cmp.Or(nickname(run, a.participant), run.State().Task(a.task).GetTargetName()), Count: 1, Message: a.message, LastMessage: a.message, Day: day, Task: a.task, Lowered: lowered,
		CreateTime: run.Stamp(),
	}
	history(run, alert, "raised", a.text)
	run.PutAlert(alert, flowdeskv1.AlertAction_ALERT_ACTION_RAISE)
	armEscalation(run, alert.GetId())
	announce(run, alert.GetId())
	return alert.GetId(), false
}

// lowerFrom is the number of a user's alerts on a day from which on new ones are info.
func lowerFrom(run *engine.Run, a alertFacts) int32 {
	if a.lowerFrom != nil {
		return *a.lowerFrom
	}
	return run.Settings().GetLowerFrom()
}

// openAlert is the open alert of a cause about somebody, or nil.
func openAlert(run *engine.Run, category flowdeskv1.AlertCategory, who string) *flowdeskv1.Alert {
	for _, a := range run.State().GetAlerts() {
		if desk.AlertOpen(a.GetState()) && a.GetCategory() == category && a.GetParticipant() == who {
			return a
		}
	}
	return nil
}

// joinAlert counts a repeat. The alert takes the graver level of the two, and goes up one when the mood keeps worsening; what was recorded as
// info because of the daily limit stays info while the limit holds.
func joinAlert(run *engine.Run, open *flowdeskv1.Alert, a alertFacts, day string) {
	level := a.level
	if a.worsening {
		level = max(level, desk.Escalate(open.GetLevel()))
	}
	lowered := open.GetLowered()
	if lowered {
		earlier := alertsToday(run, open.GetParticipant(), day)
		if open.GetDay() == day {
			earlier-- // itself
		}
		level, lowered = desk.Lower(level, a.category, earlier, lowerFrom(run, a), run.Settings())
	}
	rises := level > open.GetLevel()
	run.EditAlert(open.GetId(), flowdeskv1.AlertAction_ALERT_ACTION_JOIN, func(o *flowdeskv1.Alert) {
		o.Count++
		o.LastMessage, o.Lowered = a.message, lowered
		o.Level = max(o.GetLevel(), level)
		if rises {
			o.Text = a.text
		}
		history(run, o, "joined", a.text)
	})
	if rises {
		armEscalation(run, open.GetId())
		announce(run, open.GetId())
	}
}

// alertsToday counts a participant's alerts of a day: in this session, which knows its own at once, and in all others for who is bound to the
// directory.
func alertsToday(run *engine.Run, participant, day string) int32 {
	person := run.State().Participant(participant).GetPerson()
	var count int32
	if person != "" {
		count = run.Env().AlertsElsewhere(person, day, run.State().GetId())
	}
	subject := cmp.Or(person, participant)
	for _, c := range run.State().GetAlertCounts() {
		if c.GetSubject() == subject && c.GetDay() == day {
			return count + c.GetCount()
		}
	}
	return count
}

func history(run *engine.Run, a *flowdeskv1.Alert, change, reason string) {
	a.Reason = reason
	a.History = append(a.GetHistory(), &flowdeskv1.AlertChange{
		Time: run.Stamp(), Change: change, Actor: run.Event().GetActor(), Reason: reason, Level: a.GetLevel(),
	})
	if n := len(a.GetHistory()); n > maxHistory {
		a.History = a.GetHistory()[n-maxHistory:]
	}
}

// noGroup stands for the group in what is told of an alert that is of none, such as that a robot is offline.
const noGroup = "系统"

// announce tells those who hear of an alert besides the monitor screen: the staff group of an error, management of a critical one. Where nobody
// is named as management, a critical alert goes to the staff group rather than to nobody. A silenced alert is not told.
func announce(run *engine.Run, id string) {
	a := run.State().Alert(id)
	if a.GetSilencedUntil() != nil && a.GetSilencedUntil().AsTime().After(run.Now()) {
		run.Note("alert %s is silenced", id)
		return
	}
	staff := &flowdeskv1.NoticeTarget{Target: &flowdeskv1.NoticeTarget_StaffGroup{StaffGroup: true}}
	management := &flowdeskv1.NoticeTarget{Target: &flowdeskv1.NoticeTarget_Management{Management: true}}
	_, toStaff, toManagement := desk.Audience(a.GetLevel())
	var targets []*flowdeskv1.NoticeTarget
	switch {
	case toManagement && len(noticeSessions(run, management)) == 0:
		run.Note("nobody is named as management: the staff group hears of alert %s", id)
		targets = append(targets, staff)
	case toManagement:
		targets = append(targets, management)
	}
	if toStaff {
		targets = append(targets, staff)
	}
	if len(targets) == 0 {
		return
	}
	text := run.Render(run.Settings().GetAlertText(), "level", desk.Label(a.GetLevel()).GetZh(), "group", cmp.Or(groupTitle(run), noGroup),
		"nickname", a.GetParticipantName(), "text", glimpse(a.GetText()))
	notify(run, targets, text, "alert")
}
