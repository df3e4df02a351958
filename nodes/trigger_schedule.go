package nodes

import (
	"github.com/robfig/cron/v3"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type scheduleOut = *flowdeskv1.TriggerScheduleOutput

func init() {
	register(triggerSchedule, engine.Starts[*flowdeskv1.TriggerSchedule, scheduleOut](isDue), engine.Checks[*flowdeskv1.TriggerSchedule, scheduleOut](checkSchedule))
}

// triggerSchedule starts a flow at the times of a cron expression, in the zone of the settings. Each due time starts it once, also when its
// event comes twice; of the times that passed while nothing ran, only the latest counts.
func triggerSchedule(run *engine.Run, _ *flowdeskv1.TriggerSchedule) (scheduleOut, engine.Port, error) {
	return &flowdeskv1.TriggerScheduleOutput{Due: run.Event().GetSchedule().GetDue()}, engine.Out, nil
}

func isDue(run *engine.Run, _ *flowdeskv1.TriggerSchedule) bool {
	due := run.Event().GetSchedule()
	return due != nil && due.GetFlow() == run.FlowID() && due.GetNode() == run.NodeID() &&
		due.GetDue().AsTime().After(run.State().LastDue(due.GetFlow(), due.GetNode()))
}

func checkSchedule(c *engine.Check, cfg *flowdeskv1.TriggerSchedule) {
	if _, err := cron.ParseStandard(cfg.GetCron()); err != nil && cfg.GetCron() != "" {
		c.Error(engine.CodeNodeRule, "trigger_schedule.cron",
			inBoth("the cron expression cannot be read: "+err.Error(), "cron 表达式无法解析："+engine.InChinese(err.Error())),
			inBoth("write five fields: minute, hour, day of the month, day of the week; 0 9 * * * is every day at nine", "填写五个字段：分、时、日、月、星期；0 9 * * * 表示每天九点"))
	}
}
