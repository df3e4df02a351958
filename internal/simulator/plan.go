package simulator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// plan is what is to come: commands that wait for their time, results that phones are going to report, timers of sessions.
func (w *world) plan(ctx context.Context, commands []*flowdeskv1.Command) ([]*flowdeskv1.PlannedEvent, error) {
	var plan []*flowdeskv1.PlannedEvent
	now := w.clock.Now()
	for _, c := range commands {
		if c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_DELAYED && c.GetState() != flowdeskv1.CommandState_COMMAND_STATE_QUEUED {
			continue
		}
		if at := c.GetSendTime(); at != nil && at.AsTime().After(now) {
			plan = append(plan, &flowdeskv1.PlannedEvent{
				Time: at, Session: c.GetTargetSession(), Kind: "command", Purpose: c.GetPurpose(), Instance: c.GetInstance(), Command: c.GetId(),
				Text: &flowdeskv1.Text{Zh: "发送：" + c.GetText(), En: "send: " + c.GetText()},
			})
		}
	}
	if at := w.phones.next(); !at.IsZero() {
		plan = append(plan, &flowdeskv1.PlannedEvent{
			Time: engine.Timestamp(at), Kind: "result", Text: &flowdeskv1.Text{Zh: "机器人完成发送", En: "a robot is done with a send"},
		})
	}
	due, err := w.store.DueSessions(ctx, now.Add(10*365*24*time.Hour), shownPlan)
	if err != nil {
		return nil, err
	}
	for _, session := range due {
		timers, err := w.timers(ctx, session.Session)
		if err != nil {
			return nil, err
		}
		plan = append(plan, timers...)
	}
	slices.SortStableFunc(plan, func(a, b *flowdeskv1.PlannedEvent) int {
		return cmp.Or(a.GetTime().AsTime().Compare(b.GetTime().AsTime()), cmp.Compare(a.GetSession(), b.GetSession()))
	})
	return plan[:min(shownPlan, len(plan))], nil
}

// timers are the timers of one session.
func (w *world) timers(ctx context.Context, session string) ([]*flowdeskv1.PlannedEvent, error) {
	state, err := w.session(ctx, session)
	if err != nil {
		return nil, err
	}
	var plan []*flowdeskv1.PlannedEvent
	for _, t := range state.GetTimers() {
		plan = append(plan, &flowdeskv1.PlannedEvent{
			Time: t.GetDue(), Session: session, Kind: "timer", Purpose: t.GetPurpose(), Instance: t.GetInstance(), Text: timerText(t.GetPurpose()),
		})
	}
	return plan, nil
}

// session is a session's state as it is stored.
func (w *world) session(ctx context.Context, session string) (*engine.State, error) {
	record, err := w.store.LoadSession(ctx, session)
	if err != nil {
		return nil, err
	}
	if record == nil {
		record = &storage.SessionRecord{}
	}
	return runner.Restore(session, record)
}

// timerText says what a timer is for.
func timerText(purpose string) *flowdeskv1.Text {
	switch purpose {
	case "node":
		return &flowdeskv1.Text{Zh: "节点等待到期", En: "a node's wait ends"}
	case "unanswered_warning":
		return &flowdeskv1.Text{Zh: "问题仍未回复：警告", En: "question unanswered: warning"}
	case "unanswered_error":
		return &flowdeskv1.Text{Zh: "问题仍未回复：错误", En: "question unanswered: error"}
	case "alert_escalation":
		return &flowdeskv1.Text{Zh: "告警升级", En: "an alert goes up a level"}
	case "intervention_end":
		return &flowdeskv1.Text{Zh: "人工介入结束，机器人恢复", En: "a take-over ends and the robot is back"}
	case "task_close":
		return &flowdeskv1.Text{Zh: "任务截止", En: "a task's deadline"}
	default:
		return &flowdeskv1.Text{Zh: purpose, En: purpose}
	}
}
