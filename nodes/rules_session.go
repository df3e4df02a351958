package nodes

import (
	"cmp"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// handleSession acts on a person's request about a conversation.
func handleSession(run *engine.Run, e *flowdeskv1.SessionEvent) {
	if e.GetDone() {
		return
	}
	closed, open := true, false
	switch e.GetAction() {
	case flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER:
		hold(run, e.GetPerson(), e.GetParticipant(), e.GetUntil(), true, e.GetReason())
		claimHandoffs(run, e.GetParticipant(), e.GetPerson(), cmp.Or(run.Env().Person(e.GetPerson()).GetTitle(), "工作人员"))
	case flowdeskv1.SessionAction_SESSION_ACTION_HAND_BACK:
		run.ClearSessionTimer(timerHold, e.GetParticipant())
		run.HandBack(e.GetParticipant(), "handed_back")
	case flowdeskv1.SessionAction_SESSION_ACTION_RESOLVE:
		closeQuestionsOf(run, "", closedByResolved)
		dropReplies(run, "", "会话已解决")
		endHandoffs(run, "", flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, "会话已解决")
		run.PutSession(&flowdeskv1.PutSession{Resolved: &closed})
	case flowdeskv1.SessionAction_SESSION_ACTION_REOPEN:
		run.PutSession(&flowdeskv1.PutSession{Resolved: &open})
	case flowdeskv1.SessionAction_SESSION_ACTION_MERGE_AWAY:
		for _, a := range run.State().GetAlerts() {
			run.ClearSessionTimer(timerEscalation, a.GetId())
		}
		for _, t := range handoffs(run, "") {
			run.ClearSessionTimer(timerHandoff, t.GetId())
		}
		run.MoveWork(e.GetInto(), e.GetReason())
	case flowdeskv1.SessionAction_SESSION_ACTION_MERGE:
		for _, t := range e.GetTasks() {
			t.GroupId = run.State().GetId()
			run.PutTask(t, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
			if t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF && desk.TaskOpen(t.GetState()) {
				watchHandoff(run, t, usualVigilance(run).remind)
			}
		}
		for _, a := range e.GetAlerts() {
			a.Session = run.State().GetId()
			run.PutAlert(a, flowdeskv1.AlertAction_ALERT_ACTION_JOIN)
			armEscalation(run, a.GetId())
		}
	default:
	}
}

// hold gives a conversation to a person: the robot does not speak by itself until it returns by rule, and delayed replies are cancelled.
func hold(run *engine.Run, person, participant string, until *timestamp, manual bool, reason string) (cancelled []string) {
	if until == nil {
		until = engine.Timestamp(run.Now().Add(run.Settings().GetInterventionPause().AsDuration()))
	}
	begin := run.Stamp()
	if held := heldExactly(run, participant); held != nil {
		begin = held.GetBeginTime()
		manual = manual || held.GetManual()
	}
	name := cmp.Or(run.Env().Person(person).GetTitle(), nickname(run, person), person, "工作人员")
	run.TakeOver(&flowdeskv1.Intervention{
		Person: person, Name: name, Participant: participant, BeginTime: begin, Until: until, Manual: manual, Reason: reason,
	})
	run.SessionTimer(timerHold, participant, until.AsTime())
	return dropReplies(run, participant, "人工已介入")
}

func heldExactly(run *engine.Run, participant string) *flowdeskv1.Intervention {
	for _, i := range run.State().GetInterventions() {
		if i.GetParticipant() == participant {
			return i
		}
	}
	return nil
}

// endIntervention lets the robot return by rule.
func endIntervention(run *engine.Run, participant string) {
	if heldExactly(run, participant) != nil {
		run.HandBack(participant, "expired")
	}
}

// changed acts on changes that this turn made: who answered an after-sales call waits no longer when somebody works on the task, or it has ended, and
// then nobody has to be called to a hand-off either.
func changed(run *engine.Run, e *flowdeskv1.Event) {
	t := e.GetTask().GetContent()
	if e.GetTask().GetDone() && t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_HANDOFF {
		handoffEased(run, t)
		return
	}
	if !e.GetTask().GetDone() || t.GetOrigin() != flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES || t.GetResponseMessage() == "" {
		return
	}
	if t.GetState() == flowdeskv1.TaskState_TASK_STATE_IN_PROGRESS || !desk.TaskOpen(t.GetState()) {
		closeQuestion(run, t.GetResponseMessage(), closedByTask)
	}
}

// Purposes of commands that rules tell apart.
const (
	purposeReply  = "reply"
	purposeRecall = "recall"
)
