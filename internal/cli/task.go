package cli

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type taskCommand struct {
	Remote

	List     taskList     `cmd:"" help:"List track tasks: open ones by deadline, unless states are asked for." eg:"task list\ntask list --overdue --assignee support"`
	Show     taskShow     `cmd:"" aliases:"get" help:"Show a task." eg:"task show 01k7m2\ntask show 01k7m2 -o json"`
	Create   taskCreate   `cmd:"" help:"Open a task." eg:"task create demo 请完成实名认证 --to 张三\ntask create demo 回访 --assignee support --deadline 2h"`
	Claim    taskClaim    `cmd:"" help:"Take tasks on." eg:"task claim 01k7m2\ntask claim 01k7m2 --assignee support"`
	Reassign taskReassign `cmd:"" help:"Give tasks to another person." eg:"task reassign 01k7m2 --to support\ntask reassign 01k7m2 01k7m3 --to support --reason 换班"`
	Remind   taskRemind   `cmd:"" help:"Remind the addressed user in the group now." eg:"task remind 01k7m2\ntask remind 01k7m2 --reason 客户催促"`
	Escalate taskEscalate `cmd:"" help:"Make tasks urgent for staff." eg:"task escalate 01k7m2\ntask escalate 01k7m2 --reason 超时"`
	Complete taskComplete `cmd:"" help:"End tasks as done." eg:"task complete 01k7m2\ntask complete 01k7m2 --reason 已认证"`
	Cancel   taskCancel   `cmd:"" help:"End tasks as given up." eg:"task cancel 01k7m2 --reason 客户取消\ntask cancel 01k7m2 --yes"`
	Reopen   taskReopen   `cmd:"" help:"Open ended tasks again." eg:"task reopen 01k7m2\ntask reopen 01k7m2 --reason 未完成"`
	Watch    taskWatch    `cmd:"" help:"Follow tasks as they change." eg:"task watch\ntask watch --assignee support"`
}

type taskList struct {
	paging

	State    []string `predictor:"task-state" placeholder:"STATE" help:"pending, waiting_user_response, responded, in_progress, completed, cancelled or escalated. May be repeated."`
	Kind     []string `predictor:"task-kind" placeholder:"KIND" help:"Kind of task. May be repeated."`
	Session  string   `predictor:"session" help:"Session (group)."`
	Assignee string   `predictor:"person" help:"Person responsible."`
	Overdue  bool     `help:"Open tasks past their deadline only."`
	All      bool     `help:"Ended tasks too, newest first."`
}

// Run implements the command.
func (c *taskList) Run(ctx context.Context, sh *Shell) error {
	states, err := values[flowdeskv1.TaskState](sh, "--state", c.State)
	if err != nil {
		return err
	}
	kinds, err := values[flowdeskv1.TaskKind](sh, "--kind", c.Kind)
	if err != nil {
		return err
	}
	open := len(states) == 0 && !c.All && !c.Overdue
	request := &flowdeskv1.ListTrackTasksRequest{
		States: states, Kinds: kinds, Session: c.Session, Assignee: c.Assignee, Open: open, Overdue: c.Overdue, ByDeadline: open || c.Overdue,
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.ListTrackTasks, request)
	},
		col("TASK", (*flowdeskv1.TrackTask).GetId),
		col("STATE", func(t *flowdeskv1.TrackTask) string { return sh.value(t.GetState()) }),
		col("DUE", func(t *flowdeskv1.TrackTask) string { return sh.due(t) }),
		col("SESSION", func(t *flowdeskv1.TrackTask) string { return short(t.GetGroupId()) }),
		col("ABOUT", (*flowdeskv1.TrackTask).GetTargetName),
		col("ASSIGNEE", func(t *flowdeskv1.TrackTask) string { return short(t.GetAssignee()) }),
		col("TITLE", func(t *flowdeskv1.TrackTask) string { return sh.because(t.GetTitle()) }),
	)
}

// due is a task's deadline, and that it has passed.
func (sh *Shell) due(t *flowdeskv1.TrackTask) string {
	at := t.GetDeadline()
	if at == nil {
		at = t.GetResponseDeadline()
	}
	if at == nil {
		return ""
	}
	text := sh.time(at)
	if t.GetEndTime() == nil && at.AsTime().Before(sh.sys.Now()) {
		text += " " + sh.say("overdue")
	}
	return text
}

type taskShow struct {
	ID string `arg:"" name:"task" predictor:"task" help:"Id of the task."`
}

// Run implements the command.
func (c *taskShow) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.GetTrackTask,
		&flowdeskv1.GetTrackTaskRequest{Name: resource("trackTasks", c.ID)})
	if err != nil {
		return err
	}
	t := got.GetTrackTask()
	return sh.showRows(t,
		sh.row("task", t.GetId()), sh.row("title", sh.because(t.GetTitle())), sh.row("state", sh.value(t.GetState())), sh.row("kind", sh.value(t.GetKind())),
		sh.row("origin", sh.value(t.GetOrigin())), sh.row("priority", sh.value(t.GetPriority())), sh.row("session", short(t.GetGroupId())),
		sh.row("about", t.GetTargetName()), sh.row("asked by", t.GetRequesterName()), sh.row("assignee", short(t.GetAssignee())),
		sh.row("due", sh.due(t)), sh.row("reminders", number(t.GetReminders())), sh.row("conflict", sh.yes(t.GetConflict())),
		sh.row("opened", sh.time(t.GetCreateTime())), sh.row("answered", sh.time(t.GetRespondedAt())), sh.row("ended", sh.time(t.GetEndTime())),
		sh.row("reason", sh.because(t.GetReason())), sh.row("message", short(t.GetMessage())), sh.row("run", short(t.GetInstance())),
		sh.row("command", short(t.GetCommand())),
	)
}

type taskCreate struct {
	Session  string `arg:"" predictor:"session" help:"Session (group) that it belongs to."`
	Title    string `arg:"" help:"Title or instruction."`
	To       string `placeholder:"NAME" help:"User whom it is about."`
	Kind     string `predictor:"task-kind" placeholder:"KIND" help:"Kind of task."`
	Priority string `predictor:"priority" placeholder:"PRIORITY" help:"low, medium or high."`
	Assignee string `predictor:"person" help:"Person responsible."`
	Deadline string `placeholder:"TIME" help:"Deadline: a time, or 2h from now."`
	DryRun   bool   `help:"Check, and open nothing."`
}

// Run implements the command.
func (c *taskCreate) Run(ctx context.Context, sh *Shell) error {
	task := &flowdeskv1.TrackTask{GroupId: short(c.Session), Title: c.Title, TargetName: c.To, Assignee: c.Assignee}
	var err error
	if task.Kind, err = value[flowdeskv1.TaskKind](sh, "--kind", c.Kind); err != nil {
		return err
	}
	if task.Priority, err = value[flowdeskv1.Priority](sh, "--priority", c.Priority); err != nil {
		return err
	}
	if task.Deadline, err = sh.when("--deadline", c.Deadline, 1); err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.CreateTrackTask,
		&flowdeskv1.CreateTrackTaskRequest{TrackTask: task, ValidateOnly: c.DryRun, RequestId: sh.sys.RequestID()})
	if err != nil {
		return err
	}
	if c.DryRun {
		return sh.done(got.GetTrackTask(), "the task is valid; nothing was opened")
	}
	return sh.done(got.GetTrackTask(), "task %s: %s", got.GetTrackTask().GetId(), sh.value(got.GetTrackTask().GetState()))
}

type taskWatch struct {
	Session  string `predictor:"session" help:"Session (group)."`
	Assignee string `predictor:"person" help:"Person responsible."`
}

// Run implements the command.
func (c *taskWatch) Run(ctx context.Context, sh *Shell) error {
	open := func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchTrackTasksResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.WatchTrackTasks,
			&flowdeskv1.WatchTrackTasksRequest{ResumeToken: token, Session: c.Session, Assignee: c.Assignee})
	}
	return watch(ctx, sh, "", open, func(r *flowdeskv1.WatchTrackTasksResponse) error {
		t := r.GetTrackTask()
		switch {
		case r.GetDeleted() != "":
			return sh.reported(r, sh.say("task %s: deleted", short(r.GetDeleted())))
		case t == nil:
			return nil
		}
		return sh.reported(t, fmt.Sprintf("%s  %s  %s  %s  %s", sh.time(t.GetUpdateTime()), t.GetId(), sh.value(t.GetState()), short(t.GetAssignee()), t.GetTitle()))
	})
}
