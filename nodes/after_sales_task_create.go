package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(afterSalesTaskCreate) }

// afterSalesTaskCreate opens a task for each mentioned user. A user who has an open task of the same kind is only asked again: the task gets
// the new message's deadlines.
func afterSalesTaskCreate(run *engine.Run, cfg *flowdeskv1.AfterSalesTaskCreate) (*flowdeskv1.AfterSalesTaskCreateOutput, engine.Port, error) {
	targets, err := run.Strs(cfg, "targets")
	if err != nil {
		return nil, engine.Pending, err
	}
	number, err := run.Enum(cfg, "kind")
	if err != nil {
		return nil, engine.Pending, err
	}
	name, err := run.Str(cfg, "kind_name")
	if err != nil {
		return nil, engine.Pending, err
	}
	kind := flowdeskv1.TaskKind(number)
	out := &flowdeskv1.AfterSalesTaskCreateOutput{
		Deadline: engine.Timestamp(run.Now().Add(cfg.GetDeadline().AsDuration())),
		Priority: desk.TaskPriority(kind, name, taskKinds(run)),
	}
	answerBy := engine.Timestamp(run.Now().Add(run.Settings().GetAfterSalesReminder().AsDuration()))
	for _, target := range targets[:min(len(targets), maxAddressed)] {
		if open := openOfKind(run, target, kind, name); open != nil {
			run.EditTask(open.GetId(), flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED, func(t *flowdeskv1.TrackTask) {
				t.Deadline, t.ResponseDeadline, t.Reason = out.GetDeadline(), answerBy, "售后再次 @ 用户"
			})
			run.Note("任务 %s 已存在，更新期限", open.GetId())
			out.Tasks = append(out.Tasks, open.GetId())
			continue
		}
		task := afterSalesTaskFor(run, target, kind, name)
		task.Priority, task.Deadline, task.ResponseDeadline = out.GetPriority(), out.GetDeadline(), answerBy
		run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
		out.Tasks = append(out.Tasks, task.GetId())
	}
	if len(out.GetTasks()) > 0 {
		out.Task = out.GetTasks()[0]
	}
	return out, engine.Out, nil
}

// taskKinds are the configured kinds of work: those of the flow's own nodes first, because these recognised the request, then the settings'.
func taskKinds(run *engine.Run) []*flowdeskv1.TaskKindRule {
	var kinds []*flowdeskv1.TaskKindRule
	for _, n := range run.Program().Nodes {
		if identify, ok := n.Config.(*flowdeskv1.AfterSalesIdentify); ok {
			kinds = append(kinds, identify.GetKinds()...)
		}
	}
	return append(kinds, run.Settings().GetTaskKinds()...)
}

// openOfKind is a user's task of a kind that still awaits an answer.
func openOfKind(run *engine.Run, user string, kind flowdeskv1.TaskKind, name string) *flowdeskv1.TrackTask {
	for _, t := range run.State().GetTasks() {
		if t.GetTargetUserId() == user && t.GetKind() == kind && t.GetKindName() == name && awaitsAfterSales(t) {
			return t
		}
	}
	return nil
}

func afterSalesTaskFor(run *engine.Run, target string, kind flowdeskv1.TaskKind, name string) *flowdeskv1.TrackTask {
	origin := flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES
	task := &flowdeskv1.TrackTask{
		Origin: origin, Kind: kind, KindName: name, State: desk.FirstTaskState(origin), TargetUserId: target, TargetName: nameOfTarget(run, target),
		Requester: run.Sender(), RequesterName: nickname(run, run.Sender()), Assignee: run.State().Participant(run.Sender()).GetPerson(), Message: run.MessageID(),
	}
	title := []rune(withoutMentions(run, run.Message()))
	if task.Title = string(title[:min(len(title), maxTaskTitle)]); task.GetTitle() == "" {
		task.Title = kindLabel(task)
	}
	return task
}

// nameOfTarget is how a user is called: as known in the session, else as the message mentions the user.
func nameOfTarget(run *engine.Run, target string) string {
	if name := nickname(run, target); name != "" {
		return name
	}
	for _, user := range addressedBy(run, run.Message()).users {
		if user.participant == target {
			return user.name
		}
	}
	return ""
}
