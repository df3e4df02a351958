package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// operatorInvolved reports whether an operator is concerned by the run's message: one sent it, it mentions one, or one waits for its sender.
func operatorInvolved(run *engine.Run) bool {
	if run.Message() == nil {
		return false
	}
	if run.State().Participant(run.Sender()).GetRole() == flowdeskv1.Role_ROLE_OPERATOR {
		return true
	}
	for _, m := range engine.Nearest[*flowdeskv1.MessageReceiveOutput](run).GetMentions() {
		if m.GetRole() == flowdeskv1.Role_ROLE_OPERATOR {
			return true
		}
	}
	return desk.AwaitedTask(run.State().GetTasks(), run.Sender(), flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR) != nil
}

// openTaskOf is the after-sales task of the sender that is open, the one opened last; nil when there is none.
func openTaskOf(run *engine.Run) *flowdeskv1.TrackTask {
	var found *flowdeskv1.TrackTask
	for _, t := range run.State().GetTasks() {
		if t.GetOrigin() != flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES || t.GetTargetUserId() != run.Sender() || !desk.TaskOpen(t.GetState()) {
			continue
		}
		if found == nil || !t.GetCreateTime().AsTime().Before(found.GetCreateTime().AsTime()) {
			found = t
		}
	}
	return found
}
