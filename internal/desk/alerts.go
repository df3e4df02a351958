package desk

import (
	"fmt"
	"slices"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Short names of levels and categories.
const (
	levelInfo     = flowdeskv1.AlertLevel_ALERT_LEVEL_INFO
	levelWarning  = flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING
	levelError    = flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR
	levelCritical = flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL

	causeComplaint  = flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT
	causeOperator   = flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR
	causeMood       = flowdeskv1.AlertCategory_ALERT_CATEGORY_MOOD
	causeChurn      = flowdeskv1.AlertCategory_ALERT_CATEGORY_CHURN
	causeUnanswered = flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED
	causeImportant  = flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT
)

// AlertFacts are what the alert about a message is judged by.
type AlertFacts struct {
	// Understanding of the message.
	Understanding *flowdeskv1.Understanding
	// Role of its sender; only messages of users are judged.
	Role flowdeskv1.Role
	// OperatorInvolved is true when the message mentions an operator or an operator waits for this user.
	OperatorInvolved bool
	// Participant as before this message: its moods and its falling streak.
	Participant *flowdeskv1.Participant
	// UnsolvedAlertsIn7Days are the user's alerts of the last seven days that are not resolved, info left out.
	UnsolvedAlertsIn7Days int
	// Text of the message; the rules by words look at its first 8 KiB.
	Text string
	// WordRules of the flow's author, in their order; the first that fits decides.
	WordRules []*flowdeskv1.AlertWordRule
	// Levels of causes that the flow's author wants otherwise; the first of a cause counts.
	Levels []*flowdeskv1.AlertLevelRule
	// CriticalMoodBelow is the mood below which one message is critical.
	CriticalMoodBelow float64
	// CriticalMoodFall is the fall below the mean of the last moods that is critical.
	CriticalMoodFall float64
}

// AlertJudgement is the level and the cause of an alert.
type AlertJudgement struct {
	// Level; unspecified when there is no alert.
	Level flowdeskv1.AlertLevel
	// Category is the cause.
	Category flowdeskv1.AlertCategory
	// Reason in words, also when there is no alert.
	Reason string
	// Worsening is true when the mood keeps falling: an alert that the message joins goes up one level.
	Worsening bool
}

// Numbers of section 4 that no setting holds.
const (
	worseningStreak = 3
	unsolvedLimit   = 2
	neutralFrom     = 0.45 // a text of no polarity is matter-of-fact from here on
)

// JudgeAlert judges a message of a user; the gravest cause decides. Critical: complaint or dissatisfaction, operator involved, mood bad or
// fallen. Error: mood falling three times in a row, churn words, unsolved alerts. Warning: important question.
//
// A message that only acknowledges something (好的, 弄好了, a friendly word) is no alert because an operator is involved or because of earlier
// alerts: nobody has to step in. Mood has turned bad, or keeps worsening, only when it is worse than matter-of-fact now: a plain question after a
// thank-you is far below the mean and no reason to call management.
//
// The rules by words of the flow's author come first, and the author's levels of causes last.
func JudgeAlert(f AlertFacts) AlertJudgement {
	switch {
	case f.Understanding == nil:
		return AlertJudgement{Reason: "消息未识别"}
	case f.Role != flowdeskv1.Role_ROLE_USER && f.Role != flowdeskv1.Role_ROLE_UNSPECIFIED:
		return AlertJudgement{Reason: "不是用户消息"}
	}
	if j, fits := judgeByWords(f); fits {
		return j
	}
	j := judgeMessage(f)
	for _, rule := range f.Levels {
		if rule.GetCategory() == j.Category && j.Level != flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED {
			j.Level = rule.GetLevel()
			if j.Level == flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED {
				return AlertJudgement{Reason: j.Reason + "：配置为不告警"}
			}
			break
		}
	}
	return j
}

// maxRuleText is how much of a text, in bytes, the rules by words look at: the 2,000 characters with which messages end, and that are understood.
// A flow may have 5,000 words, and a text a million characters; to look for all in all of it takes seconds.
const maxRuleText = 8 << 10

// judgeByWords is the judgement of the first rule of the flow's author that fits, and whether one does.
func judgeByWords(f AlertFacts) (AlertJudgement, bool) {
	if len(f.WordRules) == 0 {
		return AlertJudgement{}, false
	}
	text := FoldName(beginning(f.Text, maxRuleText))
	for _, rule := range f.WordRules {
		fits := func(word string) bool {
			folded := FoldName(word)
			return folded != "" && containsWord(text, folded)
		}
		if !slices.ContainsFunc(rule.GetWords(), fits) {
			continue
		}
		if rule.GetLevel() == flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED {
			return AlertJudgement{Reason: "规则「" + rule.GetName() + "」：不告警"}, true
		}
		category := rule.GetCategory()
		if category == flowdeskv1.AlertCategory_ALERT_CATEGORY_UNSPECIFIED {
			category = causeImportant
		}
		return AlertJudgement{Level: rule.GetLevel(), Category: category, Reason: "规则「" + rule.GetName() + "」"}, true
	}
	return AlertJudgement{}, false
}

// judgeMessage judges a message of a user by what was understood.
func judgeMessage(f AlertFacts) AlertJudgement {
	u := f.Understanding
	after := MoodAfter(f.Participant, u)
	bad := u.GetPolarity() == flowdeskv1.Polarity_POLARITY_NEGATIVE || u.GetSentiment() < neutralFrom
	worsening := bad && after.FallingStreak >= worseningStreak
	judge := func(level flowdeskv1.AlertLevel, category flowdeskv1.AlertCategory, format string, args ...any) AlertJudgement {
		return AlertJudgement{Level: level, Category: category, Reason: fmt.Sprintf(format, args...), Worsening: worsening}
	}
	mean, known := meanMood(f.Participant)
	quiet := acknowledges(u)
	switch {
	case u.GetResolved():
		return AlertJudgement{Reason: "用户撤回投诉或表示问题已解决"}
	case u.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT:
		return judge(levelCritical, causeComplaint, "用户投诉或不满")
	case u.GetConflict():
		return judge(levelCritical, causeComplaint, "用户言语冲突")
	case f.OperatorInvolved && !quiet:
		return judge(levelCritical, causeOperator, "涉及运营")
	case u.GetSpam():
		return AlertJudgement{Reason: "垃圾信息"}
	case !atLeast(u.GetSentiment(), f.CriticalMoodBelow):
		return judge(levelCritical, causeMood, "情绪 %.2f 低于 %.2f", u.GetSentiment(), f.CriticalMoodBelow)
	case known && bad && atLeast(mean-u.GetSentiment(), f.CriticalMoodFall):
		return judge(levelCritical, causeMood, "情绪 %.2f 比近期平均 %.2f 骤降 %.2f", u.GetSentiment(), mean, mean-u.GetSentiment())
	case u.GetChurn():
		return judge(levelError, causeChurn, "流失风险用语")
	case worsening:
		return judge(levelError, causeMood, "情绪连续 %d 条下降", after.FallingStreak)
	case f.UnsolvedAlertsIn7Days >= unsolvedLimit && !quiet:
		return judge(levelError, causeChurn, "7 天内有 %d 个未解决告警", f.UnsolvedAlertsIn7Days)
	case u.GetImportant():
		return judge(levelWarning, causeImportant, "重要问题")
	default:
		return AlertJudgement{Reason: "普通消息"}
	}
}

// acknowledges reports whether a message only answers, thanks or says that something is done.
func acknowledges(u *flowdeskv1.Understanding) bool {
	if u.GetQuestion() || u.GetPolarity() == flowdeskv1.Polarity_POLARITY_NEGATIVE {
		return false
	}
	return u.GetIntent() == flowdeskv1.Intent_INTENT_RESPONSE || u.GetIntent() == flowdeskv1.Intent_INTENT_CHITCHAT ||
		u.GetResponse() || u.GetCompletion() || u.GetTakenBack() || u.GetPolarity() == flowdeskv1.Polarity_POLARITY_POSITIVE
}

// JudgeUnanswered judges a question that nobody has answered for a time.
func JudgeUnanswered(waited time.Duration, settings *flowdeskv1.Settings) AlertJudgement {
	minutes := int(waited / time.Minute)
	switch {
	case reached(waited, settings.GetUnansweredError().AsDuration()):
		return AlertJudgement{Level: levelError, Category: causeUnanswered, Reason: fmt.Sprintf("%d 分钟无人回复", minutes)}
	case reached(waited, settings.GetUnansweredWarning().AsDuration()):
		return AlertJudgement{Level: levelWarning, Category: causeUnanswered, Reason: fmt.Sprintf("%d 分钟无人回复", minutes)}
	default:
		return AlertJudgement{Reason: "未超过等待时间"}
	}
}

// reached reports whether a time has passed; a limit of zero is none.
func reached(waited, limit time.Duration) bool { return limit > 0 && waited >= limit }

// Lower records an alert of a user as info when the user had enough alerts on the local day before it: with the default, from the third on.
// A critical complaint stays while settings.never_lower_critical holds; an alert about a robot is no user's. It reports whether the level was
// lowered.
func Lower(
	level flowdeskv1.AlertLevel, category flowdeskv1.AlertCategory, earlierToday, lowerFrom int32, settings *flowdeskv1.Settings,
) (flowdeskv1.AlertLevel, bool) {
	switch {
	case level <= levelInfo, lowerFrom <= 0, earlierToday+1 < lowerFrom:
		return level, false
	case category == flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT:
		return level, false
	case level == levelCritical && category == causeComplaint && settings.GetNeverLowerCritical():
		return level, false
	default:
		return levelInfo, true
	}
}

// Escalate is the level above, never above critical.
func Escalate(level flowdeskv1.AlertLevel) flowdeskv1.AlertLevel {
	if level == flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED || level >= levelCritical {
		return level
	}
	return level + 1
}

// EscalationDue is when an alert goes up one level unless it is resolved before: settings.alert_escalation after it was raised or last went
// up. It is zero for alerts that do not: resolved, critical, and those recorded as info only.
func EscalationDue(a *flowdeskv1.Alert, settings *flowdeskv1.Settings) time.Time {
	after := settings.GetAlertEscalation().AsDuration()
	if after <= 0 || a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED || a.GetLevel() <= levelInfo || a.GetLevel() >= levelCritical {
		return time.Time{}
	}
	since := a.GetCreateTime()
	for _, c := range a.GetHistory() {
		if c.GetChange() == "escalated" {
			since = c.GetTime()
		}
	}
	return since.AsTime().Add(after)
}

// ShouldCancel reports whether a message cancels the user's alerts, and why: the complaint is withdrawn or the problem solved, or the mood is
// positive for the set number of messages in a row, this one included.
// A limit of zero is none.
func ShouldCancel(positiveStreak int32, u *flowdeskv1.Understanding, limit int32) (cancel bool, reason string) {
	switch {
	case u.GetResolved():
		return true, "用户撤回投诉或表示问题已解决"
	case limit > 0 && positiveStreak >= limit && u.GetPolarity() == flowdeskv1.Polarity_POLARITY_POSITIVE:
		return true, fmt.Sprintf("情绪转正，连续 %d 条正面消息", positiveStreak)
	default:
		return false, ""
	}
}

// Audience says who hears an alert of a level: critical goes to the monitor screen and management, error to the monitor screen and the staff
// group, warning to the monitor screen, info to nobody.
func Audience(level flowdeskv1.AlertLevel) (monitor, staffGroup, management bool) {
	return level >= levelWarning, level == levelError, level == levelCritical
}

// LevelText is a level in both languages.
func LevelText(level flowdeskv1.AlertLevel) *flowdeskv1.Text { return Label(level) }

// CategoryText is a cause in both languages.
func CategoryText(category flowdeskv1.AlertCategory) *flowdeskv1.Text { return Label(category) }
