package nodes

import (
	"slices"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type trackOut = *flowdeskv1.OperationTrackOutput

func init() { register(operationTrack) }

// maxAddressed is how many users one instruction addresses singly; a longer list is an instruction to the group. With one reminder for each
// and one notice to the staff it keeps NO_RESPONSE_NOTIFY within its commands.
const maxAddressed = 19

// maxTaskTitle is the longest title of a task.
const maxTaskTitle = 500

// operationTrack opens a task for each user whom an operator's message addresses, and keeps what became of every message of an operator.
func operationTrack(run *engine.Run, cfg *flowdeskv1.OperationTrack) (trackOut, engine.Port, error) {
	if run.Message() == nil {
		return &flowdeskv1.OperationTrackOutput{Reason: "没有消息"}, "ignored", nil
	}
	text := withoutMentions(run, run.Message())
	targets, reason := instructed(run, cfg, text)
	out := &flowdeskv1.OperationTrackOutput{Reason: reason}
	run.Note("%s", reason)
	port := engine.Port("ignored")
	if len(targets) > 0 {
		port, out.Deadline = "tracked", engine.Timestamp(run.Now().Add(cfg.GetResponseDeadline().AsDuration()))
	}
	for _, target := range targets {
		task := instructionTask(run, target, text)
		task.ResponseDeadline = out.GetDeadline()
		run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
		out.Tasks = append(out.Tasks, task.GetId())
		if target.participant != "" {
			out.Targets = append(out.Targets, target.participant)
		}
	}
	if len(out.GetTasks()) > 0 {
		out.Task = out.GetTasks()[0]
	}
	run.RecordFact(&flowdeskv1.Fact{Name: "operator_message", Subject: run.Sender(), Task: out.GetTask(), Values: []*flowdeskv1.NamedValue{
		{Name: "outcome", Value: string(port)}, {Name: "reason", Value: reason},
	}})
	return out, port, nil
}

// wholeGroup is the target of an instruction to everybody: any user's answer is one.
var wholeGroup = []addressee{{}}

// instructed are the users who should answer an operator's message, and why. A mention of a user calls for an answer unless the operator only
// acknowledges or thanks. Without one it takes an instruction word; then the users named in the text are meant, else everybody where the text
// says so, else the user who spoke last.
func instructed(run *engine.Run, cfg *flowdeskv1.OperationTrack, text string) (targets []addressee, reason string) {
	to, word := addressedBy(run, run.Message()), desk.InstructionWord(text, cfg.GetInstructionWords())
	switch {
	case len(to.users) > 0 && word == "" && closing(run, text):
		return nil, "运营的应答或致谢，无需回应"
	case len(to.users) > maxAddressed:
		return wholeGroup, "@ 了多名用户，按全群跟踪"
	case len(to.users) > 0:
		return to.users, "@ 了用户"
	case word == "":
		return nil, "没有 @ 用户，也没有指令词"
	case to.everyone:
		return wholeGroup, "对所有人的指令（" + word + "）"
	case cfg.GetRequireMention():
		return nil, "没有 @ 用户"
	case to.others():
		return nil, "指令是对工作人员说的"
	}
	if named := usersNamedIn(run, text); len(named) > 0 && len(named) <= maxAddressed {
		return named, "指令（" + word + "）点名了用户"
	}
	if !toEverybody(text) {
		if u := lastSpeaker(run, saidByUser); u != nil {
			return []addressee{{u.GetParticipant(), u.GetName(), u.GetRole()}}, "指令（" + word + "）针对刚发言的用户"
		}
	}
	return wholeGroup, "对全群的指令（" + word + "）"
}

// closing reports whether a text ends an exchange: 收到, 好的, 谢谢.
func closing(run *engine.Run, text string) bool {
	if strings.TrimSpace(text) == "" {
		return false // a bare mention calls somebody
	}
	u := run.Understand(text)
	thanks := u.GetChitchat() && u.GetPolarity() == flowdeskv1.Polarity_POLARITY_POSITIVE
	return !u.GetQuestion() && (u.GetResponse() || thanks)
}

func toEverybody(text string) bool {
	return slices.ContainsFunc([]string{"大家", "各位", "所有人", "全体", "everyone", "everybody"}, func(word string) bool { return strings.Contains(text, word) })
}

func instructionTask(run *engine.Run, target addressee, text string) *flowdeskv1.TrackTask {
	title := []rune(text)
	if len(title) == 0 {
		title = []rune(run.Message().GetText())
	}
	now, origin := run.Now(), flowdeskv1.TaskOrigin_TASK_ORIGIN_OPERATOR
	return &flowdeskv1.TrackTask{
		Origin: origin, Kind: run.Understand(text).GetTaskKind(), KindName: run.Understand(text).GetTaskKindName(), State: desk.FirstTaskState(origin),
		Priority: flowdeskv1.Priority_PRIORITY_HIGH, Title: string(title[:min(len(title), maxTaskTitle)]), TargetUserId: target.participant,
		TargetName: target.name, Requester: run.Sender(), RequesterName: nickname(run, run.Sender()), Message: run.MessageID(),
		Deadline: engine.Timestamp(now.Add(workTime(run))),
	}
}

// workTime is the time for the work itself.
func workTime(run *engine.Run) time.Duration { return run.Settings().GetTaskDeadline().AsDuration() }
