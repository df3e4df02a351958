package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(createTask) }

// createTask opens a track task for the staff about a participant, by default the event's sender.
func createTask(run *engine.Run, cfg *flowdeskv1.CreateTask) (*flowdeskv1.CreateTaskOutput, engine.Port, error) {
	title, err := run.Text(cfg, "title", cfg.GetTitle())
	if err != nil {
		return nil, engine.Pending, err
	}
	target, err := run.Str(cfg, "target")
	if err != nil {
		return nil, engine.Pending, err
	}
	if target == "" {
		target = run.Sender()
	}
	origin := flowdeskv1.TaskOrigin_TASK_ORIGIN_FLOW
	text := []rune(title)
	task := &flowdeskv1.TrackTask{
		Origin: origin, Kind: cfg.GetKind(), KindName: cfg.GetKindName(), State: desk.FirstTaskState(origin), Priority: cfg.GetPriority(),
		Title: string(text[:min(len(text), maxTaskTitle)]), TargetUserId: target, TargetName: nickname(run, target), Message: messageOf(run),
		Deadline: engine.Timestamp(run.Now().Add(cfg.GetDeadline().AsDuration())),
	}
	run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
	return &flowdeskv1.CreateTaskOutput{Task: task.GetId()}, engine.Out, nil
}
