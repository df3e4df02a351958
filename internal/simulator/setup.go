package simulator

import (
	"cmp"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Ids of the groups that every simulation has.
const (
	Customers  = "customers"
	Staff      = "staff"
	Management = "management"
)

// standardGroups are the groups that every simulation has.
func standardGroups() []*flowdeskv1.Group {
	return []*flowdeskv1.Group{
		{Id: Customers, Title: "客户群"}, {Id: Staff, Title: "客服工作群", Internal: true}, {Id: Management, Title: "管理群", Internal: true},
	}
}

// standardPeople are the people of a simulation whose setup names none.
func standardPeople() []*flowdeskv1.SimulatedPerson {
	return []*flowdeskv1.SimulatedPerson{
		{Title: "张三", Role: flowdeskv1.Role_ROLE_USER},
		{Title: "李四", Role: flowdeskv1.Role_ROLE_USER},
		{Title: "王五", Role: flowdeskv1.Role_ROLE_USER},
		{Title: "财神爷", Role: flowdeskv1.Role_ROLE_OPERATOR},
		{Title: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		{Title: "售后小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES},
	}
}

// standardAnswers are what a simulation knows when there is no organisation whose answers it could take.
func standardAnswers() []*flowdeskv1.AnswerEntry {
	return []*flowdeskv1.AnswerEntry{
		{Id: "invoice", Questions: []string{"发票怎么开", "怎么开发票", "可以开发票吗"}, Answer: "在订单详情页点击“申请发票”，填写抬头后 1 个工作日内发送到您的邮箱。"},
		{Id: "refund", Questions: []string{"怎么退款", "退款多久到账", "可以退款吗"}, Answer: "未使用的订单可在“我的订单”申请退款，审核通过后 1–3 个工作日原路退回。"},
		{Id: "hours", Questions: []string{"几点上班", "营业时间", "客服工作时间"}, Answer: "人工客服工作时间为每天 09:00–21:00。"},
	}
}

// standardRobots are the robots of every simulation: one for each duty, the day's answering by day and the night's by night.
func standardRobots() []*flowdeskv1.SimulatedRobot {
	robot := func(id, title string, duty flowdeskv1.Duty) *flowdeskv1.SimulatedRobot {
		return &flowdeskv1.SimulatedRobot{Id: id, Title: title, Duty: duty, Mode: flowdeskv1.RobotMode_ROBOT_MODE_OK}
	}
	return []*flowdeskv1.SimulatedRobot{
		robot("monitor", "监控机器人", flowdeskv1.Duty_DUTY_MONITOR), robot("notify", "通知机器人", flowdeskv1.Duty_DUTY_NOTIFY),
		robot("day", "白班小助手", flowdeskv1.Duty_DUTY_DAY_REPLY), robot("night", "晚班小助手", flowdeskv1.Duty_DUTY_NIGHT_REPLY),
	}
}

// completed is a setup with everything that it leaves out. The settings are those of the organisation unless it has its own.
func completed(setup *flowdeskv1.SimulationSetup, settings *flowdeskv1.Settings, now time.Time) *flowdeskv1.SimulationSetup {
	s := &flowdeskv1.SimulationSetup{}
	if setup != nil {
		s = proto.CloneOf(setup)
	}
	if s.GetStartTime() == nil {
		s.StartTime = engine.Timestamp(now)
	}
	if s.GetSettings() == nil {
		s.Settings = &flowdeskv1.Settings{Answers: standardAnswers()}
		if settings != nil {
			s.Settings = proto.CloneOf(settings)
		}
	}
	unlimited := int32(0)
	s.Settings.StaffGroup, s.Settings.ManagementGroup, s.Settings.RequestsPerMinute, s.Settings.Etag = Staff, Management, &unlimited, ""
	if len(s.GetPeople()) == 0 {
		s.People = standardPeople()
	}
	for _, p := range s.GetPeople() {
		p.Role = cmp.Or(p.GetRole(), flowdeskv1.Role_ROLE_USER)
	}
	s.Groups = withStandardGroups(s.GetGroups())
	robots := standardRobots()
	for _, r := range robots {
		for _, wanted := range s.GetRobots() {
			if wanted.GetId() == r.GetId() {
				r.Mode, r.Times, r.Title = cmp.Or(wanted.GetMode(), r.GetMode()), wanted.GetTimes(), cmp.Or(wanted.GetTitle(), r.GetTitle())
			}
		}
	}
	s.Robots = robots
	return s
}

func withStandardGroups(groups []*flowdeskv1.Group) []*flowdeskv1.Group {
	all := standardGroups()
	for _, g := range groups {
		known := false
		for i := range all {
			if all[i].GetId() == g.GetId() {
				all[i], known = g, true
			}
		}
		if !known {
			all = append(all, g)
		}
	}
	for _, g := range all {
		g.Kind = cmp.Or(g.GetKind(), flowdeskv1.SessionKind_SESSION_KIND_GROUP)
		g.Title = cmp.Or(g.GetTitle(), g.GetId())
	}
	return all
}
