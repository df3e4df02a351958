package desk

import (
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// AlertFacts are what the alert of a user's message is judged by.
type AlertFacts struct {
	Understanding *flowdeskv1.Understanding
	// Moods are the user's moods before this message, oldest first, at most five.
	Moods []float64
	// FallingStreak counts the messages in a row whose mood fell, this one included.
	FallingStreak int32
	// Unsolved are the user's unsolved alerts of the last seven days.
	Unsolved int
	// Operator is true when an operator is involved.
	Operator bool
	// CriticalMoodBelow and CriticalMoodFall are the thresholds of a mood that has turned bad.
	CriticalMoodBelow, CriticalMoodFall float64
}

// AlertMemory is how long unsolved alerts count as a risk of losing the user.
const AlertMemory = 7 * 24 * time.Hour

// fallingMessages in a row are an error.
const fallingMessages = 3

// AlertJudgement is the level and the cause of an alert; an unspecified level is none.
type AlertJudgement struct {
	Level    flowdeskv1.AlertLevel
	Category flowdeskv1.AlertCategory
	Reason   string
}

// JudgeAlert judges a user's message by the product's table: critical for a complaint, an involved operator or a mood that has turned bad;
// error for a mood that keeps falling or a user who may leave; warning for an important question.
func JudgeAlert(f AlertFacts) AlertJudgement {
	u := f.Understanding
	mean, sum := 0.0, 0.0
	for _, m := range f.Moods {
		sum += m
	}
	if len(f.Moods) > 0 {
		mean = sum / float64(len(f.Moods))
	}
	const (
		critical = flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL
		serious  = flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR
		warning  = flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING
	)
	switch {
	case u.GetSpam():
		return AlertJudgement{}
	case u.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT:
		return AlertJudgement{critical, flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT, "用户投诉或不满"}
	case f.Operator:
		return AlertJudgement{critical, flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR, "涉及运营"}
	case u.GetSentiment() < f.CriticalMoodBelow, len(f.Moods) > 0 && mean-u.GetSentiment() >= f.CriticalMoodFall:
		return AlertJudgement{critical, flowdeskv1.AlertCategory_ALERT_CATEGORY_MOOD, "用户情绪恶化"}
	case u.GetChurn(), f.Unsolved >= 2:
		return AlertJudgement{serious, flowdeskv1.AlertCategory_ALERT_CATEGORY_CHURN, "用户有流失风险"}
	case f.FallingStreak >= fallingMessages:
		return AlertJudgement{serious, flowdeskv1.AlertCategory_ALERT_CATEGORY_MOOD, "用户情绪持续下降"}
	case u.GetImportant() && u.GetQuestion():
		return AlertJudgement{warning, flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT, "用户询问重要问题"}
	default:
		return AlertJudgement{}
	}
}
