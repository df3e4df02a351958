package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(afterSalesTaskCheck) }

// afterSalesTaskCheck asks whether a user's message answers an open after-sales task. With a task and an answer the message goes to the
// after-sales branch; with a task and no answer it goes on, because the user may have another problem.
func afterSalesTaskCheck(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskCheck) (*flowdeskv1.AfterSalesTaskCheckOutput, engine.Port, error) {
	out := &flowdeskv1.AfterSalesTaskCheckOutput{}
	if run.Message() == nil {
		out.Reason = "没有消息"
		return out, "none", nil
	}
	task := afterSalesTask(run, run.Sender(), run.MessageID())
	if task == nil {
		out.Reason = "该用户没有待响应的售后任务"
		return out, "none", nil
	}
	out.AfterSalesTaskId = task.GetId()
	yes, reason := answersAfterSales(run, run.Message(), task, cfg.GetResponseWords())
	out.Reason = reason
	run.Note("%s", reason)
	if !yes && task.GetResponseMessage() != run.MessageID() {
		return out, "none", nil
	}
	out.IsAfterSalesResponse, out.RouteToAfterSales = true, true
	run.AnnotateMessage(&flowdeskv1.AnnotateMessage{Message: run.MessageID(), AfterSalesTask: task.GetId()})
	return out, "response", nil
}
