package nodes

import (
	"cmp"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// purposeSoothe is why the robot soothes a user who answered.
const purposeSoothe = "soothe"

// takeAnswer marks a task as answered by an event's message, soothes the user and tells the after-sales person. It does so once for a message.
func takeAnswer(run *engine.Run, cfg *flowdeskv1.AfterSalesResponseDetect, out afterSalesOut, task string, event *flowdeskv1.Event) error {
	t := run.State().Task(task)
	out.Responded, out.Task = true, task
	if t == nil || t.GetResponseMessage() == event.GetId() {
		out.Reason = "该回应已处理"
		return nil
	}
	respondAfterSales(run, t, event.GetId(), "用户回应了售后任务")
	out.StaffPresence = presenceOfAssignee(run, t)
	if err := soothe(run, cfg, out, t, event); err != nil {
		return err
	}
	text, err := run.Text(cfg, "staff_notice", cfg.GetStaffNotice(), "staff", cmp.Or(t.GetRequesterName(), "售后"), "nickname", t.GetTargetName(),
		"group", groupTitle(run), "kind", kindLabel(t))
	if err != nil {
		return err
	}
	notify(run, toAssignee(run, t), text, "after_sales_response")
	return nil
}

// soothe answers the user in the group by how the responsible person stands. While a person holds the conversation, the person does.
func soothe(run *engine.Run, cfg *flowdeskv1.AfterSalesResponseDetect, out afterSalesOut, t *flowdeskv1.TrackTask, event *flowdeskv1.Event) error {
	if held := run.State().Held(t.GetTargetUserId()); held != nil {
		out.Reason = held.GetName() + " 已接手该会话，机器人不安抚"
		run.Note("%s", out.GetReason())
		return nil
	}
	field, template := "offline_text", cfg.GetOfflineText()
	switch out.GetStaffPresence() { //nolint:exhaustive // away counts as offline
	case flowdeskv1.Presence_PRESENCE_ONLINE:
		field, template = "online_text", cfg.GetOnlineText()
	case flowdeskv1.Presence_PRESENCE_BUSY:
		field, template = "busy_text", cfg.GetBusyText()
	}
	text, err := run.Text(cfg, field, template, "nickname", t.GetTargetName())
	if err != nil {
		return err
	}
	c, refused := speak(run, speech{
		text: text, user: t.GetTargetUserId(), name: t.GetTargetName(), mention: true, purpose: purposeSoothe, replyTo: event.GetId(),
		priority: flowdeskv1.Priority_PRIORITY_HIGH, retries: 3, backoff: defaultBackoff,
	})
	out.Command, out.Reason = c.GetId(), cmp.Or(refused, "售后人员"+desk.Label(out.GetStaffPresence()).GetZh()+"，已安抚用户")
	return nil
}

// presenceOfAssignee is how the responsible person stands: by the directory, and by what the person said in this session.
func presenceOfAssignee(run *engine.Run, t *flowdeskv1.TrackTask) flowdeskv1.Presence {
	var facts desk.PresenceFacts
	if person := run.Env().Person(t.GetAssignee()); person != nil {
		facts = desk.FactsOf(person)
		facts.OpenTasks = max(facts.OpenTasks, openTasksOf(run, t.GetAssignee()))
	}
	for _, p := range run.State().GetParticipants() {
		own := p.GetId() == t.GetRequester() || t.GetAssignee() != "" && p.GetPerson() == t.GetAssignee()
		if last := p.GetLastActive().AsTime(); own && p.GetLastActive() != nil && last.After(facts.LastActive) {
			facts.LastActive = last
		}
	}
	return desk.PresenceOf(facts, run.Settings(), run.Zone(), run.Now())
}

// toAssignee is the responsible person's one-to-one chat, or the staff group where there is none.
func toAssignee(run *engine.Run, t *flowdeskv1.TrackTask) []*flowdeskv1.NoticeTarget {
	if run.Env().Person(t.GetAssignee()).GetDirectSession() == "" {
		return toStaffGroup()
	}
	return []*flowdeskv1.NoticeTarget{{Target: &flowdeskv1.NoticeTarget_Person{Person: t.GetAssignee()}}}
}
