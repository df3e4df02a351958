package flows

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// gallery is what people read of the shipped flows, the unified flow first.
var gallery = []struct {
	id                 string
	title, explanation *flowdeskv1.Text
}{
	{
		"unified", &flowdeskv1.Text{Zh: "统一消息处理流程", En: "Unified message flow"},
		&flowdeskv1.Text{
			Zh: "每条群消息都走这里：识别是谁说的，按运营、工作人员、售后、用户四路处理，回复按班次与优先级延迟，最后统一更新会话与分析。大多数团队只需要这一个流程，改文案与延迟即可。",
			En: "Every group message passes here: who said it decides between four ways, for operators, staff, after-sales and customers; replies are " +
				"delayed by shift and priority; session and analysis are updated at the end. Most teams need this one only, with their own texts and delays.",
		},
	},
	{
		"auto-scheduling", &flowdeskv1.Text{Zh: "自动调度", En: "Automatic scheduling"},
		&flowdeskv1.Text{
			Zh: "每天交接班时检查机器人：全部可用就告诉工作群谁当班，有机器人离线就告警，由搭档顶班。",
			En: "Looks at the robots at every change of shift: tells the staff group who is on duty, or raises an alert when one is offline and its " +
				"partner stands in.",
		},
	},
	{
		"community-analysis", &flowdeskv1.Text{Zh: "社群分析", En: "Community analysis"},
		&flowdeskv1.Text{
			Zh: "每次告警时记录群的状态；同一个群积累三条以上未解决告警时，建复盘任务并通知工作群。",
			En: "Records the state of a group with every alert; when three or more stand open in one group, it opens a review task and tells the staff group.",
		},
	},
	{
		"operations-upkeep", &flowdeskv1.Text{Zh: "运营维护", En: "Operations upkeep"},
		&flowdeskv1.Text{
			Zh: "工作日每两小时检查一次群资料：有新名字或改过名的群待确认时，提醒工作群合并或确认。",
			En: "Looks at the groups every two hours on working days, and reminds the staff group of new or renamed ones that wait to be merged or confirmed.",
		},
	},
	{
		"collaboration-analysis", &flowdeskv1.Text{Zh: "协同分析", En: "Collaboration analysis"},
		&flowdeskv1.Text{
			Zh: "任务结束时记录用时、提醒次数与负责人；超过期限才完成的，产生一条提示告警，方便复盘。",
			En: "Records time, reminders and person responsible when a task ends, and raises a hint for those that were completed late.",
		},
	},
}

// Templates are the shipped flows with what people read of them.
func Templates() ([]*flowdeskv1.FlowTemplate, error) {
	templates := make([]*flowdeskv1.FlowTemplate, 0, len(gallery))
	for _, g := range gallery {
		definition, err := Load(g.id)
		if err != nil {
			return nil, err
		}
		layout, err := LoadLayout(g.id)
		if err != nil {
			return nil, err
		}
		templates = append(templates, &flowdeskv1.FlowTemplate{Id: g.id, Title: g.title, Explanation: g.explanation, Definition: definition, Layout: layout})
	}
	return templates, nil
}
