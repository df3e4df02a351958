package turntest

import (
	"math/rand/v2"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// What people of a random history say, to whom, and who they are: customers, staff, an operator, a robot of ours.
var (
	talkers = []string{"财神爷", "财神爷", "小助理", "客服小李", "售后小王", "张三", "张三", "李四", "王五", "白班小助手"}
	texts   = []string{
		"请今天完成实名认证", "好的", "收到", "发票怎么开？", "您好，我来看看", "每次都这样催催催，烦不烦", "你们太不负责任了", "弄好了", "大家早上好", "谢谢", "",
		"请大家尽快扫码登录", "在的", "我要投诉你们", "转人工", "没事了，不用了", "不急，门店地址在哪里", "我想退群了",
		strings.Repeat("发票怎么开？门店在哪里？", 400), // as long as a phone sends
	}
	addressed = []string{"", "", "", "@张三 ", "@李四 ", "@张三 @李四 ", "@所有人 ", "@财神爷 ", "@小助理 ", "@陌生人 "}
)

// Live lets people live in a room for a number of events: they talk, take words back, act on tasks and stay silent, models answer or fail, and
// the queue reports what became of commands. The same generator gives the same history.
func Live(r *Room, random *rand.Rand, events int) error {
	for range events {
		var err error
		if event := something(r, random); event != nil {
			_, err = r.Turn(event)
		} else {
			_, err = r.Pass(time.Duration(random.IntN(40)) * time.Minute)
		}
		if err != nil {
			return err
		}
		if _, err := r.Pass(time.Duration(random.IntN(90)) * time.Second); err != nil {
			return err
		}
	}
	return nil
}

// something is what happens next; nil is silence.
func something(r *Room, random *rand.Rand) *flowdeskv1.Event {
	tasks, commands, calls := r.State.GetTasks(), r.State.GetCommands(), r.State.GetCalls()
	switch n := random.IntN(24); {
	case n == 0 && len(r.Turns) > 0:
		said := r.Turns[max(0, len(r.Turns)-1-random.IntN(3))].GetEvent()
		return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{Message: said.GetId()}}}
	case n == 1 && len(tasks) > 0:
		return &flowdeskv1.Event{Actor: actor, Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Task: tasks[random.IntN(len(tasks))].GetId(), Action: flowdeskv1.TaskAction(1 + random.IntN(len(flowdeskv1.TaskAction_name)-1)),
		}}}
	case n < 5 && len(calls) > 0:
		return &flowdeskv1.Event{Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: &flowdeskv1.CallAnswer{
			Call: calls[random.IntN(len(calls))].GetId(), Outcome: flowdeskv1.CallOutcome(1 + random.IntN(3)), Body: pick(random, texts), Model: "stand-in",
		}}}
	case n < 9 && len(commands) > 0:
		states := []flowdeskv1.CommandState{
			flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
			flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN,
		}
		return &flowdeskv1.Event{Source: "queue", Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
			Command: commands[random.IntN(len(commands))].GetId(), State: pick(random, states), Robot: "day",
		}}}
	case n < 12:
		return nil
	default:
		return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: report(pick(random, talkers), pick(random, addressed)+pick(random, texts))}}
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
