package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// handle lets somebody at the console handle the newest open alert of a session, if there is one by then.
func (s *script) handle(at time.Time, session, who string, event *flowdeskv1.AlertEvent) {
	s.history.at(at, func(ctx context.Context) error {
		for _, alert := range slices.Backward(s.history.ledger.openAlerts()) {
			if alert.GetSession() == session {
				event.Alert = alert.GetId()
				return s.act(ctx, session, who, &flowdeskv1.Event{Payload: &flowdeskv1.Event_Alert{Alert: event}})
			}
		}
		return nil
	})
}

// act is what somebody does at the console.
func (s *script) act(ctx context.Context, session, who string, event *flowdeskv1.Event) error {
	event.Session, event.Source, event.Actor = session, "api", who
	_, err := s.history.runner.Submit(ctx, event)
	return err
}

// Of what stands open at the end of a shift most is settled, and some is left for the next one.
const (
	alertsLeft = 9 // one alert in so many
	tasksLeft  = 6 // one task in so many
	tooFresh   = 90 * time.Minute
)

// endOfShift lets the staff go through what stands open.
func (s *script) endOfShift(at time.Time) {
	s.history.at(at, func(ctx context.Context) error {
		for _, alert := range s.history.ledger.openAlerts() {
			chance := engine.Digest("shift", alert.GetId())
			if at.Sub(alert.GetCreateTime().AsTime()) < tooFresh || chance%alertsLeft == 0 {
				continue
			}
			if err := s.act(ctx, alert.GetSession(), someone(chance), &flowdeskv1.Event{Payload: &flowdeskv1.Event_Alert{Alert: &flowdeskv1.AlertEvent{
				Alert: alert.GetId(), Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Reason: "交接班核对：已处理",
			}}}); err != nil {
				return err
			}
		}
		for _, session := range s.history.ledger.unanswered() {
			if err := s.act(ctx, session, someone(engine.Digest(session)), &flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{
				SessionChange: &flowdeskv1.SessionEvent{Action: flowdeskv1.SessionAction_SESSION_ACTION_RESOLVE, Reason: "交接班核对：已私信答复"},
			}}); err != nil {
				return err
			}
		}
		for _, task := range s.history.ledger.openTasks() {
			chance := engine.Digest("shift", task.GetId())
			if at.Sub(task.GetCreateTime().AsTime()) < tooFresh || chance%tasksLeft == 0 {
				continue
			}
			action, content := flowdeskv1.TaskAction_TASK_ACTION_COMPLETE, proto.CloneOf(task)
			if content.GetAssignee() == "" {
				content.Assignee, action = someone(chance), flowdeskv1.TaskAction_TASK_ACTION_CLAIM
			}
			if err := s.act(ctx, task.GetGroupId(), content.GetAssignee(), taskEvent(content, action)); err != nil {
				return err
			}
			if action == flowdeskv1.TaskAction_TASK_ACTION_CLAIM && chance%3 > 0 {
				if err := s.act(ctx, task.GetGroupId(), content.GetAssignee(), taskEvent(content, flowdeskv1.TaskAction_TASK_ACTION_COMPLETE)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func taskEvent(task *flowdeskv1.TrackTask, action flowdeskv1.TaskAction) *flowdeskv1.Event {
	return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: task.GetId(), Action: action, Content: task, Reason: "交接班核对",
	}}}
}

// someone is a member of the staff.
func someone(chance uint64) string {
	staff := []string{"assistant", "support", "assistant2", "support2"}
	return staff[chance/7%uint64(len(staff))]
}

// Where nobody signs in, what was said in the last minutes alone is unread: everything would be, and nothing would stand out.
const (
	everybody = "api"
	unseen    = 12 * time.Minute
)

// lastMinutes leaves something to do: questions that nobody has answered yet, a conversation that a person holds, commands that wait, a silenced
// alert, tasks for several people.
func (s *script) lastMinutes() {
	end := s.history.until
	s.random = rand.New(rand.NewPCG(uint64(end.Unix()/86400), 99))
	for _, group := range []int{2, 5, 9, 14} {
		s.group = group
		s.say(end.Add(-s.within(2*time.Minute, 9*time.Minute)), s.customer(), one(s, "能不能换一个绑定手机号？", "直播间的投流费用怎么结算？", "加盟合同在哪里下载？"))
	}
	for _, group := range []int{1, 7} {
		s.group = group
		who := s.customer()
		at := end.Add(-s.within(10*time.Minute, 20*time.Minute))
		s.say(at, who, "我的货少发了一件，太差劲了，我要投诉")
		s.say(at.Add(2*time.Minute), assistantTwo, "您好，这边马上为您核实补发", who)
	}
	s.handle(end.Add(-3*time.Minute), groupID(7), "assistant", &flowdeskv1.AlertEvent{
		Action: flowdeskv1.AlertAction_ALERT_ACTION_SILENCE, Until: engine.Timestamp(end.Add(8 * time.Hour)), Reason: "仓库核实中，今晚不再提醒",
	})
	s.handle(end.Add(-2*time.Minute), groupID(1), "assistant", &flowdeskv1.AlertEvent{
		Action: flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE, Reason: "正在核实发货记录",
	})
	for n, group := range []int{3, 6, 12} {
		s.group = group
		s.say(end.Add(-time.Duration(6+4*n)*time.Minute), operatorOne, one(s, "请今天之内完成实名认证", "麻烦尽快扫码登录一下"), s.customer())
	}
	for n, group := range []int{4, 8, 15} {
		s.group = group
		s.say(end.Add(-time.Duration(5+6*n)*time.Minute), one(s, supportOne, supportTwo), "麻烦配合做一下实名认证", s.customer())
	}
	for group := range GroupTitles() {
		s.history.at(end.Add(-unseen), func(ctx context.Context) error {
			return s.history.ledger.MarkRead(ctx, everybody, groupID(group), storage.LeastID(end.Add(-unseen)))
		})
	}
	for group, text := range map[int]string{
		1: "仓库说少发的那件昨天已补寄，单号 SF1380042917，等揽收记录出来再告诉客户。",
		2: "这位客户上周问过同样的问题，换绑要先核对身份证后四位，别直接改。",
		7: "已和仓库核实，今晚给结果。客户情绪比较急，回复前先看一下补发进度。",
		9: "加盟合同在共享盘「法务/2026 版」，旧版不要再发了。",
	} {
		s.remark(end.Add(-time.Duration(60+20*group)*time.Second), groupID(group), text)
	}
	s.claimSome(end.Add(-time.Minute))
	for n, text := range []string{"明早九点开始报名，请大家留意群公告", "本周五直播排期已更新，请查看", "新版海报已上传，请各门店更换"} {
		s.announce(end.Add(-time.Duration(30-n)*time.Minute), groupID(10+n), text, end.Add(time.Duration(3+4*n)*time.Hour))
	}
	for n, title := range []string{"核对上月对账单", "回访活动报名客户", "整理实名认证失败名单", "更新退款话术"} {
		due := end.Add(time.Duration(n*9-10) * time.Hour)
		s.open(end.Add(-time.Duration(30-n)*time.Hour), groupID(3+2*n), title, []string{"assistant", "support", "support2", ""}[n], due)
	}
	s.group = 11
	s.say(end.Add(-50*time.Minute), supportTwo, "麻烦配合做一下实名认证", s.customer()) // nobody answers: reminded, then escalated
}

// remark lets somebody tell colleagues something about a group.
func (s *script) remark(at time.Time, session, text string) {
	s.history.at(at, func(ctx context.Context) error {
		written := engine.Timestamp(at)
		err := s.history.ledger.CreateSessionNote(ctx, &flowdeskv1.SessionNote{
			Id: "demo-" + session, Session: session, Author: "people/" + someone(engine.Digest(session)), Text: text, CreateTime: written, UpdateTime: written,
		})
		if errors.Is(err, storage.ErrExists) { // of a week that was cut off
			return nil
		}
		return err
	})
}

// claimSome lets the staff begin with some of the open tasks.
func (s *script) claimSome(at time.Time) {
	s.history.at(at, func(ctx context.Context) error {
		for n, task := range s.history.ledger.openTasks() {
			pending := task.GetState() == flowdeskv1.TaskState_TASK_STATE_PENDING || task.GetState() == flowdeskv1.TaskState_TASK_STATE_ESCALATED
			if !pending || n%2 == 0 {
				continue
			}
			content := proto.CloneOf(task)
			content.Assignee = someone(engine.Digest(task.GetId()))
			if err := s.act(ctx, task.GetGroupId(), content.GetAssignee(), taskEvent(content, flowdeskv1.TaskAction_TASK_ACTION_CLAIM)); err != nil {
				return err
			}
		}
		return nil
	})
}

// announce lets somebody put a text into the queue that leaves later.
func (s *script) announce(at time.Time, session, text string, leaves time.Time) {
	s.history.submit(at, &flowdeskv1.Event{
		Session: session, Source: "api", Actor: "assistant", Payload: &flowdeskv1.Event_CommandRequest{CommandRequest: &flowdeskv1.CommandRequest{
			Command: &flowdeskv1.Command{
				TargetSession: session, Text: text, Duty: flowdeskv1.Duty_DUTY_NOTIFY, SendTime: engine.Timestamp(leaves), DelayReason: "定时发送",
			},
		}},
	})
}

// open lets somebody open a task by hand.
func (s *script) open(at time.Time, session, title, assignee string, deadline time.Time) {
	s.history.submit(at, &flowdeskv1.Event{
		Session: session, Source: "api", Actor: "assistant", Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Create: true, Content: &flowdeskv1.TrackTask{GroupId: session, Title: title, Assignee: assignee, Deadline: engine.Timestamp(deadline)},
		}},
	})
}

// Notes of the demo's versions of the flow.
const (
	secondNote = "短消息单独判断"
	thirdNote  = "撤掉短消息判断（它会出错），无答案时的话更亲切"
)

// second is the flow with a mistake: its new node divides by zero for messages of four characters.
func second(first *flowdeskv1.FlowDefinition) (*flowdeskv1.FlowDefinition, error) {
	def := proto.CloneOf(first)
	for _, e := range def.GetEdges() {
		if e.GetFrom() == "intent" && e.GetTo() == "alert" {
			e.To = "short"
			def.Nodes = append(def.Nodes, &flowdeskv1.Node{
				Id: "short", Name: "短消息判断", Config: &flowdeskv1.Node_ConditionBranch{ConditionBranch: &flowdeskv1.ConditionBranch{
					Branch: &flowdeskv1.ConditionBranch_Cases{Cases: &flowdeskv1.ConditionCases{
						Cases: []*flowdeskv1.ConditionCase{{Port: "short", When: "100 / (size(event.message.text) - 4) > 90"}},
					}},
				}},
			})
			def.Edges = append(def.Edges, &flowdeskv1.Edge{From: "short", Port: "short", To: "alert"}, &flowdeskv1.Edge{From: "short", Port: "else", To: "alert"})
			return def, nil
		}
	}
	return nil, fmt.Errorf("the flow has no edge from intent to alert: %w", errNotTheFlow)
}

// third is the first again, with a kinder text.
func third(first *flowdeskv1.FlowDefinition) *flowdeskv1.FlowDefinition {
	def := proto.CloneOf(first)
	for _, n := range def.GetNodes() {
		if g := n.GetAiReplyGenerate(); g != nil {
			g.NotFoundText = "{nickname}，这个问题我帮您记下了，已请同事尽快回复您，请稍等一下哦。"
		}
	}
	return def
}
