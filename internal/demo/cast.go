package demo

import (
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Where the staff speaks among itself.
const (
	StaffGroup      = "staff"
	ManagementGroup = "management"
)

// The people of the directory; whoever else speaks is a customer.
const (
	operatorOne  = "财神爷"
	operatorTwo  = "运营阿杰"
	assistantOne = "小助理"
	assistantTwo = "客服小陈"
	supportOne   = "售后小王"
	supportTwo   = "售后小李"
)

// People are the people of the directory.
func People() []*flowdeskv1.Person {
	return []*flowdeskv1.Person{
		{Id: "operator", Title: operatorOne, Role: flowdeskv1.Role_ROLE_OPERATOR},
		{Id: "assistant", Title: assistantOne, Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		{Id: "support", Title: supportOne, Role: flowdeskv1.Role_ROLE_AFTER_SALES},
		{Id: "operator2", Title: operatorTwo, Role: flowdeskv1.Role_ROLE_OPERATOR},
		{Id: "assistant2", Title: assistantTwo, Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		{Id: "support2", Title: supportTwo, Role: flowdeskv1.Role_ROLE_AFTER_SALES},
	}
}

// GroupTitles are the titles of the customers' groups; the first is the one to play in.
func GroupTitles() []string {
	return []string{
		"华东客户群", "华北客户群", "华南客户群", "西南客户群", "华中客户群", "上海VIP服务群", "北京VIP服务群", "广州新手答疑群", "深圳新手答疑群", "杭州直播商家群",
		"义乌供货商群", "成都门店群", "武汉门店群", "西安门店群", "苏州加盟商群", "厦门加盟商群", "会员福利一群", "会员福利二群", "账号认证服务群", "活动报名群",
	}
}

// Groups are the groups: twenty of customers, that of the staff and that of the management. Every robot knows each by its title.
func Groups(robots []string) []*flowdeskv1.Group {
	var groups []*flowdeskv1.Group
	add := func(id, title string, internal bool) {
		g := &flowdeskv1.Group{Id: id, Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Internal: internal}
		for _, robot := range robots {
			g.Aliases = append(g.Aliases, &flowdeskv1.GroupAlias{Robot: robot, Title: title})
		}
		groups = append(groups, g)
	}
	for n, title := range GroupTitles() {
		add(groupID(n), title, false)
	}
	add(StaffGroup, "客服工作群", true)
	add(ManagementGroup, "管理群", true)
	return groups
}

func groupID(n int) string {
	if n == 0 {
		return "demo"
	}
	return fmt.Sprintf("demo-%02d", n+1)
}

// Members are the customers of a group.
func Members(group int) []string {
	family := []string{"张", "李", "王", "刘", "陈", "杨", "赵", "黄", "周", "吴"}
	given := []string{"三", "四", "小雨", "建国", "敏", "丽华", "强", "婷婷", "磊", "秀英", "晓峰", "静"}
	var members []string
	for n := range 6 {
		members = append(members, family[(group*3+n)%len(family)]+given[(group*5+n*7)%len(given)])
	}
	if group == 0 {
		members[0], members[1] = "张三", "李四"
	}
	return members
}

// Answers are the entries of the question/answer file.
func Answers() []*flowdeskv1.AnswerEntry {
	return []*flowdeskv1.AnswerEntry{
		{Id: "invoice", Questions: []string{"发票怎么开", "怎么开发票", "可以开发票吗"}, Answer: "在订单详情页点击“申请发票”，填写抬头后 1 个工作日内发送到您的邮箱。"},
		{Id: "refund", Questions: []string{"怎么退款", "退款多久到账", "可以退款吗"}, Answer: "未使用的订单可在“我的订单”申请退款，审核通过后 1–3 个工作日原路退回。"},
		{Id: "hours", Questions: []string{"几点上班", "营业时间", "客服工作时间"}, Answer: "人工客服工作时间为每天 09:00–21:00。"},
	}
}
