package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// benchSession is a conversation of the benchmark: what the runner remembers of it.
type benchSession struct {
	id, title string
	version   int64
	messages  int64
}

// benchFlow is a run of the user's branch as the runner writes it: a question and its answer in one turn, the robot's result in another.
type benchFlow struct {
	session                                *benchSession
	event, instance, command, result, user string
	question, answer, trace                string
	begin, end                             time.Time
}

const benchAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// benchID has the form of the engine's ids: ten characters of time, ten of chance.
func benchID(at time.Time, random *rand.Rand) string {
	var id [20]byte
	ms := uint64(at.UnixMilli())
	for i := 9; i >= 0; i-- {
		id[i] = benchAlphabet[ms&31]
		id[i+10] = benchAlphabet[random.IntN(32)]
		ms >>= 5
	}
	return string(id[:])
}

var (
	benchQuestions = []string{
		"请问电子发票怎么开呀", "怎么开发票，公司抬头", "退款到哪一步了？已经三天了", "这个套餐包含哪些内容呢", "扫码登录提示异常，麻烦处理下",
		"可以帮我改一下收货地址吗", "绑定手机的时候收不到验证码", "明天能安排师傅上门吗", "昨天下的单今天还能取消吗？我拍错了型号", "你好，客服在吗，有个问题想问",
	}
	benchAnswers = []string{
		"您好，电子发票可以在「我的订单」里点击「申请发票」，填写抬头后一般 24 小时内发到邮箱。",
		"退款已经提交给财务，通常 1 到 3 个工作日原路退回，请您留意到账短信。", "收货地址在发货前可以修改，请把新地址发给我。",
		"验证码可能被手机拦截，请检查垃圾短信，或一分钟后重试。",
	}
	benchNames = []string{"陈晨", "Bob_刘", "小鱼儿", "老K", "孙悦悦", "Amy周"}
)

func newBenchFlow(s *benchSession, at time.Time, random *rand.Rand) *benchFlow {
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	return &benchFlow{
		session: s, event: benchID(at, random), instance: benchID(at, random), command: benchID(at, random), result: benchID(at.Add(5*time.Second), random),
		user: pick(benchNames), question: pick(benchQuestions), answer: pick(benchAnswers),
		trace: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()), begin: at, end: at.Add(5 * time.Second),
	}
}

func (f *benchFlow) head(last string, role flowdeskv1.Role, at time.Time, due time.Time) storage.SessionHead {
	h := storage.SessionHead{
		Title: f.session.title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, MessageCount: f.session.messages, LastMessageTime: at, LastRole: role,
		LastText: last, NextDue: due,
	}
	if !due.IsZero() {
		h.Unanswered = 1
	}
	return h
}

// ask is the turn of the question: session, turn, message, conversation, instance, command.
func (f *benchFlow) ask(random *rand.Rand) *storage.TurnWrite {
	now, s := timestamppb.New(f.begin), f.session
	sentiment := random.Float64()
	participant := "p" + f.event[8:]
	message := &flowdeskv1.Message{
		Id: f.event, Session: s.id, Participant: participant, SenderName: f.user, Role: flowdeskv1.Role_ROLE_USER, RoleRule: "default", Text: f.question,
		ContentType: 1, Robots: []string{"wt-monitor-2"}, ReceiveTime: now, PlatformId: fmt.Sprint(random.Uint64() >> 4),
		Intent: flowdeskv1.Intent_INTENT_INQUIRY, Sentiment: &sentiment, FlowInstance: f.instance, Event: f.event, Digest: random.Uint64(),
	}
	command := &flowdeskv1.Command{
		Id: f.command, Key: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()), Session: s.id, TargetSession: s.id, TargetName: f.user,
		TargetUser: participant, Mention: true, Kind: flowdeskv1.CommandKind_COMMAND_KIND_TEXT, Text: f.answer, Duty: flowdeskv1.Duty_DUTY_DAY_REPLY,
		Robot: "wt-day-1", Priority: flowdeskv1.Priority_PRIORITY_MEDIUM, State: flowdeskv1.CommandState_COMMAND_STATE_SENDING, SendTime: now, SentTime: now,
		ExpireTime: timestamppb.New(f.begin.Add(2 * time.Hour)), DelayReason: "白班，立即发送", ReplyTo: f.event, Instance: f.instance, Node: "send",
		Flow: "user_reply", Attempts: 1, MaxRetries: 3, Backoff: durationpb.New(10 * time.Second),
		OnUnknown: flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_HANDOFF, CreateTime: now, Purpose: "reply", Trace: f.trace, Causes: []string{"user_reply"},
		RepliedMessageTime: now,
	}
	turn := f.askTurn(random, now, participant, sentiment, message, command)
	data, _ := proto.Marshal(turn)
	s.version++
	s.messages++
	return &storage.TurnWrite{
		Session: s.id, Expect: s.version - 1, Event: f.event, Time: f.begin, Data: data,
		Head:     f.head(f.question, flowdeskv1.Role_ROLE_USER, f.begin, f.begin.Add(10*time.Minute)),
		Messages: []*flowdeskv1.Message{message}, Commands: []*flowdeskv1.Command{command},
		Instances: []*storage.InstanceWrite{{
			ID: f.instance, Flow: "user_reply", Version: 3, Began: true, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, Event: f.event,
			Message: f.event, Trace: f.trace, LastNode: "analysis", WaitingFor: []string{"result"}, Turn: s.version - 1, Time: f.begin,
		}},
	}
}

func (f *benchFlow) askTurn(random *rand.Rand, now *timestamppb.Timestamp, participant string, sentiment float64, message *flowdeskv1.Message,
	command *flowdeskv1.Command,
) *flowdeskv1.Turn {
	understanding := &flowdeskv1.Understanding{
		Intent: flowdeskv1.Intent_INTENT_INQUIRY, Sentiment: sentiment, Language: "zh", BehaviourDigest: "cded6ab54cb94b04", Question: true,
		Intents: []*flowdeskv1.IntentScore{{Intent: flowdeskv1.Intent_INTENT_INQUIRY, Score: random.Float64()}},
	}
	output, _ := proto.Marshal(understanding)
	known := &flowdeskv1.Participant{
		Id: participant, Name: f.user, Role: flowdeskv1.Role_ROLE_USER, RoleRule: "default", LastActive: now, MessageCount: f.session.messages, FirstSeen: now,
	}
	felt := proto.CloneOf(known)
	felt.Moods = []float64{random.Float64(), random.Float64(), sentiment}
	step := func(node, port, output string) *flowdeskv1.Step {
		return &flowdeskv1.Step{Node: node, Port: port, Output: []byte(output), Visit: 1}
	}
	timer := func(purpose string, after time.Duration) *flowdeskv1.Effect {
		return &flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SetTimer{SetTimer: &flowdeskv1.Timer{
			Id: benchID(f.begin, random), Due: timestamppb.New(f.begin.Add(after)), Purpose: purpose, Subject: f.event,
		}}}
	}
	stored := proto.CloneOf(message)
	stored.Role, stored.RoleRule, stored.Intent, stored.Sentiment, stored.FlowInstance = 0, "", 0, nil, ""
	return &flowdeskv1.Turn{
		Event: &flowdeskv1.Event{
			Id: f.event, Session: f.session.id, ReceivedAt: now, Trace: f.trace, Source: "worktool",
			Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
				Robot: "wt-monitor-2", SenderName: f.user, Text: f.question, RawText: f.question, ContentType: 1, PlatformId: message.GetPlatformId(),
				GroupName: f.session.title,
			}},
		},
		Now: now, SessionVersion: f.session.version, Seed: random.Uint64(), Environment: "9c1185a5c5e9fc54",
		Programs: []*flowdeskv1.ProgramRef{{Flow: "user_reply", Version: 3}, {Flow: "operator", Version: 2}, {Flow: "after_sales", Version: 2}},
		Answers:  []*flowdeskv1.RecordedAnswer{{Question: random.Uint64(), Understanding: understanding}},
		Effects: []*flowdeskv1.Effect{
			{Effect: &flowdeskv1.Effect_StoreMessage{StoreMessage: stored}},
			{Effect: &flowdeskv1.Effect_PutParticipant{PutParticipant: known}},
			{Effect: &flowdeskv1.Effect_AnnotateMessage{AnnotateMessage: &flowdeskv1.AnnotateMessage{
				Message: f.event, Instance: f.instance, Role: flowdeskv1.Role_ROLE_USER, RoleRule: "default", Participant: participant,
			}}},
			{Effect: &flowdeskv1.Effect_AnnotateMessage{AnnotateMessage: &flowdeskv1.AnnotateMessage{
				Message: f.event, Intent: flowdeskv1.Intent_INTENT_INQUIRY, Sentiment: &sentiment,
			}}},
			{Effect: &flowdeskv1.Effect_PutParticipant{PutParticipant: felt}},
			{Effect: &flowdeskv1.Effect_EnqueueCommand{EnqueueCommand: command}},
			{Effect: &flowdeskv1.Effect_OpenQuestion{OpenQuestion: &flowdeskv1.OpenQuestion{Message: f.event, Participant: participant, Time: now}}},
			timer("unanswered_warning", 10*time.Minute), timer("unanswered_error", 30*time.Minute),
			{Effect: &flowdeskv1.Effect_TrimContext{TrimContext: &flowdeskv1.TrimContext{
				MaxMessages: 20, MaxCharacters: 4000, NotBefore: timestamppb.New(f.begin.Add(-24 * time.Hour)),
			}}},
		},
		Traces: []*flowdeskv1.InstanceTrace{{
			Instance: f.instance, Flow: "user_reply", Version: 3, Began: true, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING,
			Causes: []string{"user_reply"},
			Steps: []*flowdeskv1.Step{
				step("trigger", "out", "\n\x10worktool.message"), step("receive", "out", "\n\x14"+f.event),
				step("sender", "out", "\x08\x04\x12\adefault\x1a!未在通讯录中，视为用户*\r"+participant+":\x06"+f.user),
				step("route", "user", "\n\x04user\x12\tROLE_USER"), step("intent", "out", string(output)+"2\bbuilt_in"),
				step("decide", "reply", "\b\x01\x12\x10answers_question\x1a\x12普通服务咨询 \x02"),
				step("generate", "out", "\n'"+f.answer+"\x12\aanswers\x1a#\n\ainvoice\x12\x0f"+f.question),
				step("check", "pass", "\n'"+f.answer), step("delay", "now", "\n\x06\x08\x12\x03day\x1a\x15白班，立即发送 \x02"),
				step("send", "out", "\n\x14"+f.command),
				{Node: "result", Port: "armed", Output: []byte("\n\x14" + f.command), Visit: 1, Wait: &flowdeskv1.NodeWait{
					Node: "result", Visit: 1, Commands: []string{f.command},
				}},
				step("session", "out", "\b\x01\x10\x01"), step("context", "out", "\b\x01\x10\x05"), step("analysis", "out", "\n\x0fmessage_handled"),
			},
		}},
	}
}

// settle is the turn of the robot's result: turn, session, instance, command, attempt, conversation.
func (f *benchFlow) settle(random *rand.Rand) *storage.TurnWrite {
	now, s := timestamppb.New(f.end), f.session
	said := &flowdeskv1.Message{
		Id: f.command, Session: s.id, SenderName: "白班小助手", Role: flowdeskv1.Role_ROLE_ROBOT, RoleRule: "robot", Text: f.answer, ContentType: 1,
		ReceiveTime: now, FlowInstance: f.instance, Command: f.command, Outgoing: true, ReplyTo: f.event, Event: f.result,
	}
	turn := &flowdeskv1.Turn{
		Event: &flowdeskv1.Event{
			Id: f.result, Session: s.id, ReceivedAt: now, Trace: f.trace, Source: "queue", Causes: []string{"user_reply"},
			Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
				Command: f.command, State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Attempts: 1, Robot: "wt-day-1", DoneAt: now,
			}},
		},
		Now: now, SessionVersion: s.version, Seed: random.Uint64(), Environment: "9c1185a5c5e9fc54",
		Programs: []*flowdeskv1.ProgramRef{{Flow: "user_reply", Version: 3}, {Flow: "operator", Version: 2}, {Flow: "after_sales", Version: 2}},
		Effects: []*flowdeskv1.Effect{
			{Effect: &flowdeskv1.Effect_SettleCommand{SettleCommand: &flowdeskv1.SettleCommand{
				Command: f.command, State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED,
			}}},
			{Effect: &flowdeskv1.Effect_StoreMessage{StoreMessage: said}},
			{Effect: &flowdeskv1.Effect_CloseQuestion{CloseQuestion: &flowdeskv1.CloseQuestion{Messages: []string{f.event}, By: "robot"}}},
			{Effect: &flowdeskv1.Effect_ClearTimer{ClearTimer: &flowdeskv1.ClearTimer{Timer: benchID(f.begin, random)}}},
			{Effect: &flowdeskv1.Effect_ClearTimer{ClearTimer: &flowdeskv1.ClearTimer{Timer: benchID(f.begin, random)}}},
		},
		Traces: []*flowdeskv1.InstanceTrace{{
			Instance: f.instance, Flow: "user_reply", Version: 3, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED,
			Steps: []*flowdeskv1.Step{{Node: "result", Port: "success", Output: []byte("\n\x14" + f.command + "\x12\asuccess\x18\x01"), Visit: 1, Resumed: true}},
		}},
	}
	data, _ := proto.Marshal(turn)
	s.version++
	return &storage.TurnWrite{
		Session: s.id, Expect: s.version - 1, Event: f.result, Time: f.end, Data: data,
		Head:     f.head(f.answer, flowdeskv1.Role_ROLE_ROBOT, f.end, time.Time{}),
		Messages: []*flowdeskv1.Message{said},
		Instances: []*storage.InstanceWrite{{
			ID: f.instance, Flow: "user_reply", Version: 3, Status: flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED, LastNode: "result",
			Turn: s.version - 1, Time: f.end,
		}},
		Deliveries: []*storage.Delivery{{
			Command: f.command, From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_SENDING, flowdeskv1.CommandState_COMMAND_STATE_SENT},
			FromAttempts: -1, State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Robot: "wt-day-1", Attempts: 1, PlatformMessage: f.trace[:19],
			SentTime: f.begin, DoneTime: f.end, ResultDeadline: f.end.Add(5 * time.Minute),
			Attempt: &flowdeskv1.CommandAttempt{
				Number: 1, Robot: "wt-day-1", SentTime: timestamppb.New(f.begin), PlatformMessage: f.trace[:19],
				State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, DoneTime: now, Proof: "callback",
			},
		}},
	}
}
