package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type conflictOut = *flowdeskv1.ConflictDetectOutput

func init() { register(conflictDetect) }

// conflictDetect finds a conflict between operator and user in a message of either. It flags their track tasks, raises the alert and mediates.
func conflictDetect(run *engine.Run, cfg *flowdeskv1.ConflictDetect) (conflictOut, engine.Port, error) {
	out := &flowdeskv1.ConflictDetectOutput{Reason: "没有消息"}
	if run.Message() == nil {
		return out, "calm", nil
	}
	understanding, to := understandingOf(run), addressedBy(run, run.Message())
	sender := run.State().Participant(run.Sender())
	out.Sentiment = understanding.GetSentiment()
	if sender.GetRole() == flowdeskv1.Role_ROLE_OPERATOR && len(to.users) == 0 && to.staff {
		out.Reason = "运营在对工作人员说话"
		return out, "calm", nil
	}
	judged := desk.JudgeConflict(desk.ConflictFacts{
		Understanding: understanding, Role: sender.GetRole(), OperatorSentimentBelow: cfg.GetOperatorSentimentBelow(),
		WithOperator: to.operator || len(operatorTasks(run, run.Sender())) > 0,
	})
	out.Conflict, out.Signals, out.Reason = judged.Conflict, judged.Signals, judged.Reason
	run.Note("%s", judged.Reason)
	if !judged.Conflict {
		return out, "calm", nil
	}
	users := usersInConflict(run, sender, to)
	for _, user := range users {
		out.Tasks = append(out.Tasks, flagTasks(run, user.participant, judged.Reason)...)
	}
	return out, "conflict", mediate(run, cfg, users, out)
}

// understandingOf is what the run's message means: as the flow recognised it, else by the built-in understanding.
func understandingOf(run *engine.Run) *flowdeskv1.Understanding {
	if u := engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run).GetUnderstanding(); u != nil {
		return u
	}
	return run.Understand(withoutMentions(run, run.Message()))
}

// operatorTasks are the open tasks that operators have with a user; those with the whole group as long as they await an answer, which may have
// come with the run's message.
func operatorTasks(run *engine.Run, user string) []*flowdeskv1.TrackTask {
	var found []*flowdeskv1.TrackTask
	for _, t := range run.State().GetTasks() {
		group := t.GetTargetUserId() == "" && (awaitsAnswer(t) || t.GetResponseMessage() == run.MessageID())
		if t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR && (group || t.GetTargetUserId() == user) && desk.TaskOpen(t.GetState()) {
			found = append(found, t)
		}
	}
	return found
}

// usersInConflict are the users on the other side of an operator: who is mentioned, else who was named or meant by the instruction, else who
// spoke last. A user who quarrels is that user. When nobody can be made out, the conflict is the operator's with the group.
func usersInConflict(run *engine.Run, sender *flowdeskv1.Participant, to addressed) []addressee {
	if sender.GetRole() == flowdeskv1.Role_ROLE_USER {
		return []addressee{{sender.GetId(), sender.GetName(), sender.GetRole()}}
	}
	users := to.users
	if len(users) == 0 {
		for _, id := range engine.Nearest[trackOut](run).GetTargets() {
			users = append(users, addressee{id, nickname(run, id), flowdeskv1.Role_ROLE_USER})
		}
	}
	if len(users) == 0 {
		if u := lastSpeaker(run, saidByUser); u != nil {
			users = []addressee{{u.GetParticipant(), u.GetName(), u.GetRole()}}
		}
	}
	if len(users) == 0 || len(users) > maxAddressed {
		return []addressee{{sender.GetId(), sender.GetName(), sender.GetRole()}}
	}
	return users
}

// flagTasks marks the operators' tasks with a user as quarrelled over and gives them.
func flagTasks(run *engine.Run, user, reason string) []string {
	var flagged []string
	for _, t := range operatorTasks(run, user) {
		flagged = append(flagged, t.GetId())
		if t.GetConflict() {
			continue // also when two users share a task
		}
		run.EditTask(t.GetId(), flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED, func(t *flowdeskv1.TrackTask) {
			t.Conflict, t.Reason = true, "冲突："+reason
		})
	}
	return flagged
}
