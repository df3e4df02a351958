package demo

import (
	"math/rand/v2"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// script writes down what people say in a week. Each day of each group is drawn from a source of its own, seeded by its date: the same days are
// the same whenever they are played.
type script struct {
	history *history
	zone    *time.Location
	random  *rand.Rand
	group   int
	days    int
}

// hoursOfDay is how much happens in each hour, from midnight on.
var hoursOfDay = [24]int{1, 1, 0, 0, 0, 0, 1, 3, 6, 10, 12, 11, 7, 7, 9, 10, 9, 8, 6, 6, 7, 6, 4, 2}

// story is one thing that happens in a group.
type story struct {
	weight int
	tell   func(s *script, at time.Time)
}

func stories() []story {
	return []story{
		{26, (*script).knownQuestion},
		{10, (*script).unknownQuestion},
		{8, (*script).smallTalk},
		{6, (*script).complaint},
		{7, (*script).instruction},
		{2, (*script).quarrel},
		{9, (*script).afterSales},
		{5, (*script).thanks},
		{3, (*script).shortWord},
		{5, (*script).staffAnswers},
	}
}

// storiesPerDay is how many stories an ordinary group has on a working day.
const storiesPerDay = 6

// write puts the whole week on the agenda.
func (s *script) write(since time.Time) {
	begin := since.In(s.zone)
	for day := range s.days + 1 {
		year, month, date := begin.Date()
		morning := time.Date(year, month, date+day, 0, 0, 0, 0, s.zone)
		for s.group = range GroupTitles() {
			s.random = rand.New(rand.NewPCG(uint64(morning.Unix()), uint64(s.group)))
			s.day(morning)
		}
		s.endOfShift(morning.Add(12*time.Hour + 40*time.Minute))
		s.endOfShift(morning.Add(20*time.Hour + 40*time.Minute))
	}
	s.lastMinutes()
}

func (s *script) day(morning time.Time) {
	n := storiesPerDay/2 + s.random.IntN(storiesPerDay) - s.group/8
	if weekday := morning.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		n /= 2
	}
	for range max(n, 1) {
		at := morning.Add(time.Duration(s.pick(hoursOfDay[:]))*time.Hour + time.Duration(s.random.Int64N(int64(time.Hour))))
		all := stories()
		weights := make([]int, len(all))
		for i := range all {
			weights[i] = all[i].weight
		}
		all[s.pick(weights)].tell(s, at.Truncate(time.Second))
	}
}

// pick draws an index by weight.
func (s *script) pick(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := s.random.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}

func one[T any](s *script, of ...T) T { return of[s.random.IntN(len(of))] }

func (s *script) customer() string { return one(s, Members(s.group)...) }

// within is a time between two durations.
func (s *script) within(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least))).Truncate(time.Second)
}

// say lets somebody say something; mentions are those who are called with @.
func (s *script) say(at time.Time, who, text string, mentions ...string) {
	session, title := groupID(s.group), GroupTitles()[s.group]
	raw := text
	for i := len(mentions) - 1; i >= 0; i-- {
		raw = "@" + mentions[i] + " " + raw
	}
	s.history.submit(at, &flowdeskv1.Event{Session: session, Source: "worktool", Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Robot: "monitor", SenderName: who, Text: raw, RawText: raw, ContentType: 1, RoomType: 1, GroupName: title, Mentions: mentions,
	}}})
}

func (s *script) knownQuestion(at time.Time) {
	who := s.customer()
	s.say(at, who, one(s, "发票怎么开", "请问怎么开发票？", "怎么退款", "退款多久到账啊", "客服工作时间是几点到几点", "可以开发票吗"))
	if s.random.IntN(3) == 0 {
		s.say(at.Add(s.within(time.Minute, 6*time.Minute)), who, one(s, "好的，谢谢", "明白了", "收到，谢谢"))
	}
}

func (s *script) unknownQuestion(at time.Time) {
	who := s.customer()
	s.say(at, who, one(s, "二维码过期了怎么办？", "你们支持对公转账吗？", "门店海报什么时候发？", "直播间的优惠券在哪里领？", "账号登录不上，提示异常怎么处理？"))
	if s.random.IntN(5) > 0 {
		s.answer(at.Add(s.within(2*time.Minute, 25*time.Minute)), who)
	}
}

// answer lets somebody of the staff on duty answer a customer.
func (s *script) answer(at time.Time, who string) {
	if hour := at.In(s.zone).Hour(); hour < 8 || hour >= 22 {
		return // nobody is there
	}
	s.say(at, one(s, assistantOne, assistantOne, assistantTwo), one(s, "您好，我来看一下，稍等", "已经帮您查到了，稍后私信您操作步骤", "这个需要在后台开通，我这边处理好告诉您"), who)
}

func (s *script) smallTalk(at time.Time) {
	s.say(at, s.customer(), one(s, "早上好", "大家好", "今天天气不错", "周末愉快", "哈哈哈"))
}

func (s *script) thanks(at time.Time) {
	s.say(at, s.customer(), one(s, "谢谢客服，服务很好", "问题解决了，非常感谢", "太好了，给你们点赞"))
}

// shortWord is a message of four characters, at which the second version of the flow stumbles.
func (s *script) shortWord(at time.Time) {
	s.say(at, s.customer(), one(s, "有人在吗", "在不在呀", "怎么登录"))
}

func (s *script) complaint(at time.Time) {
	who := s.customer()
	s.say(at, who, one(s, "等了两天都没人处理，我要投诉你们", "太差劲了，再不解决我就投诉", "你们这服务太让人失望了，必须给个说法"))
	s.answer(at.Add(s.within(3*time.Minute, 20*time.Minute)), who)
	alertsOf := groupID(s.group)
	kind, by := s.random.IntN(10), one(s, "assistant", "assistant2", "support")
	later := at.Add(s.within(25*time.Minute, 100*time.Minute))
	switch {
	case kind < 6:
		s.handle(later, alertsOf, by, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Reason: "已电话沟通，客户认可"})
	case kind < 8:
		s.handle(later, alertsOf, by, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN, Assignee: by, Reason: "转给负责人跟进"})
	case kind < 9:
		s.handle(later, alertsOf, by, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE, Reason: "正在核实"})
	}
	if s.random.IntN(3) == 0 {
		s.say(later.Add(5*time.Minute), who, "处理好了，谢谢")
	}
}

func (s *script) staffAnswers(at time.Time) {
	who := s.customer()
	s.say(at, who, one(s, "麻烦人工看一下我的订单", "这个活动规则没看懂，能解释一下吗？", "能帮我改一下收货地址吗？"))
	s.answer(at.Add(s.within(time.Minute, 12*time.Minute)), who)
}

func (s *script) instruction(at time.Time) {
	who, boss := s.customer(), one(s, operatorOne, operatorOne, operatorTwo)
	s.say(at, boss, one(s, "请今天之内完成实名认证", "麻烦尽快扫码登录一下", "请配合提交营业执照照片", "记得今晚八点前报名活动"), who)
	switch s.random.IntN(6) {
	case 0: // never answers
	case 1:
		s.say(at.Add(s.within(35*time.Minute, 80*time.Minute)), who, "刚看到，马上弄")
	default:
		s.say(at.Add(s.within(time.Minute, 18*time.Minute)), who, one(s, "好的", "收到", "好的，马上处理", "可以"), boss)
	}
}

func (s *script) quarrel(at time.Time) {
	who := s.customer()
	s.say(at, operatorOne, "请马上完成实名认证，已经催了很多次了", who)
	s.say(at.Add(3*time.Minute), who, "催什么催，你们的系统一直报错，烦死了", operatorOne)
	s.say(at.Add(5*time.Minute), operatorOne, "你到底有没有按说明做？别人都行就你不行，太不负责任了", who)
	s.answer(at.Add(s.within(12*time.Minute, 30*time.Minute)), who)
}

func (s *script) afterSales(at time.Time) {
	who, support := s.customer(), one(s, supportOne, supportOne, supportTwo)
	s.say(at, support, one(s, "请扫码登录一下账号", "麻烦配合做一下实名认证", "请帮忙绑定一下银行卡"), who)
	switch s.random.IntN(5) {
	case 0: // never answers: reminded, then escalated
	case 1:
		s.say(at.Add(s.within(16*time.Minute, 28*time.Minute)), who, "来了来了")
		s.say(at.Add(s.within(40*time.Minute, 3*time.Hour)), who, "已完成", support)
	default:
		s.say(at.Add(s.within(30*time.Second, 12*time.Minute)), who, one(s, "好的", "在的", "马上"))
		s.say(at.Add(s.within(20*time.Minute, 4*time.Hour)), who, one(s, "已完成", "弄好了", "认证成功"), support)
	}
}
