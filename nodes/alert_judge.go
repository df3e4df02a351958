package nodes

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(alertJudge) }

// alertJudge cancels a user's alerts when the mood has turned good or the matter is solved, and otherwise raises what the message calls for.
func alertJudge(run *engine.Run, cfg *flowdeskv1.AlertJudge) (*flowdeskv1.AlertJudgeOutput, engine.Port, error) {
	u, err := engine.MessageOf[*flowdeskv1.Understanding](run, cfg, "understanding")
	if err != nil {
		return nil, engine.Pending, err
	}
	out := &flowdeskv1.AlertJudgeOutput{}
	if run.Message() == nil {
		out.Reason = "没有消息"
		return out, "none", nil
	}
	user := run.State().Participant(run.Sender()) // its moods are those before this message
	if cancel, reason := desk.ShouldCancel(desk.MoodAfter(user, u).PositiveStreak, u, cfg.GetCancelAfterPositive()); cancel {
		out.Cancelled, out.Reason = cancelAlerts(run, run.Sender(), reason), reason
		if len(out.GetCancelled()) > 0 {
			return out, "none", nil
		}
	}
	judged := desk.JudgeAlert(desk.AlertFacts{
		Understanding: u, Role: user.GetRole(), OperatorInvolved: operatorInvolved(run), Participant: user, UnsolvedAlertsIn7Days: unsolvedAlerts(run),
		Text: run.Message().GetText(), WordRules: cfg.GetWordRules(), Levels: cfg.GetLevels(),
		CriticalMoodBelow: cfg.GetCriticalMoodBelow(), CriticalMoodFall: cfg.GetCriticalMoodFall(),
	})
	out.Category, out.Reason = judged.Category, judged.Reason
	if judged.Level == flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED {
		return out, "none", nil
	}
	out.Alert, out.Joined = raiseAlert(run, alertFacts{
		level: judged.Level, category: judged.Category, text: judged.Reason + "：" + run.Message().GetText(), participant: run.Sender(),
		message: run.MessageID(), worsening: judged.Worsening, lowerFrom: cfg.LowerFrom,
	})
	alert := run.State().Alert(out.GetAlert())
	out.Level, out.Lowered = alert.GetLevel(), alert.GetLowered()
	return out, "alert", nil
}

// unsolvedWithin is how long unsolved alerts count as a risk of losing the user.
const unsolvedWithin = 7 * 24 * time.Hour

// unsolvedAlerts counts the sender's open alerts of the last seven days that are more than a record.
func unsolvedAlerts(run *engine.Run) int {
	n := 0
	for _, a := range run.State().GetAlerts() {
		if a.GetParticipant() == run.Sender() && a.GetState() != flowdeskv1.AlertState_ALERT_STATE_RESOLVED &&
			a.GetLevel() > flowdeskv1.AlertLevel_ALERT_LEVEL_INFO && run.Now().Sub(a.GetCreateTime().AsTime()) <= unsolvedWithin {
			n++
		}
	}
	return n
}
