package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	info     = flowdeskv1.AlertLevel_ALERT_LEVEL_INFO
	warning  = flowdeskv1.AlertLevel_ALERT_LEVEL_WARNING
	failure  = flowdeskv1.AlertLevel_ALERT_LEVEL_ERROR
	critical = flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL
	noAlert  = flowdeskv1.AlertLevel_ALERT_LEVEL_UNSPECIFIED

	complaint  = flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT
	byOperator = flowdeskv1.AlertCategory_ALERT_CATEGORY_OPERATOR
	mood       = flowdeskv1.AlertCategory_ALERT_CATEGORY_MOOD
	churn      = flowdeskv1.AlertCategory_ALERT_CATEGORY_CHURN
	unanswered = flowdeskv1.AlertCategory_ALERT_CATEGORY_UNANSWERED
	important  = flowdeskv1.AlertCategory_ALERT_CATEGORY_IMPORTANT

	negative = flowdeskv1.Polarity_POLARITY_NEGATIVE
	neutral  = flowdeskv1.Polarity_POLARITY_NEUTRAL
	positive = flowdeskv1.Polarity_POLARITY_POSITIVE
)

// text is an ordinary message of a mood.
func text(sentiment float64, edit ...func(*flowdeskv1.Understanding)) *flowdeskv1.Understanding {
	u := &flowdeskv1.Understanding{Intent: flowdeskv1.Intent_INTENT_INQUIRY, Sentiment: sentiment, Polarity: neutral}
	for _, e := range edit {
		e(u)
	}
	return u
}

func intent(i flowdeskv1.Intent) func(*flowdeskv1.Understanding) {
	return func(u *flowdeskv1.Understanding) { u.Intent = i }
}

func TestAlertLevels(t *testing.T) {
	complains := intent(flowdeskv1.Intent_INTENT_COMPLAINT)
	before := func(falling int32, moods ...float64) *flowdeskv1.Participant {
		return &flowdeskv1.Participant{Moods: moods, FallingStreak: falling}
	}
	for _, c := range []struct {
		name     string
		facts    desk.AlertFacts
		level    flowdeskv1.AlertLevel
		category flowdeskv1.AlertCategory
	}{
		{"critical: complaint", desk.AlertFacts{Understanding: text(0.3, complains)}, critical, complaint},
		{"critical: insults", desk.AlertFacts{Understanding: text(0.3, func(u *flowdeskv1.Understanding) { u.Conflict = true })}, critical, complaint},
		{"critical: operator involved", desk.AlertFacts{Understanding: text(0.5), OperatorInvolved: true}, critical, byOperator},
		{"operator involved, but the user only acknowledges", desk.AlertFacts{Understanding: text(0.5, intent(flowdeskv1.Intent_INTENT_RESPONSE)), OperatorInvolved: true}, noAlert, 0},
		{"critical: operator involved, an acknowledgement that asks back", desk.AlertFacts{Understanding: text(0.5, intent(flowdeskv1.Intent_INTENT_RESPONSE), func(u *flowdeskv1.Understanding) { u.Question = true }), OperatorInvolved: true}, critical, byOperator},
		{"critical: score below 0.2", desk.AlertFacts{Understanding: text(0.19)}, critical, mood},
		{"score of 0.2 is not below", desk.AlertFacts{Understanding: text(0.2)}, noAlert, 0},
		{"critical: 0.4 below the mean of the last 5", desk.AlertFacts{Understanding: text(0.4), Participant: before(0, 0.7, 0.8, 0.9, 0.8, 0.8)}, critical, mood},
		{"critical: 0.4 below the mean of fewer", desk.AlertFacts{Understanding: text(0.3), Participant: before(0, 0.7)}, critical, mood},
		{"less than 0.4 below the mean", desk.AlertFacts{Understanding: text(0.41), Participant: before(0, 0.7, 0.8, 0.9, 0.8, 0.8)}, noAlert, 0},
		{"a matter-of-fact question after thanks is no fall", desk.AlertFacts{Understanding: text(0.5), Participant: before(0, 0.95, 0.95)}, noAlert, 0},
		{"a matter-of-fact question just below the middle is none either", desk.AlertFacts{Understanding: text(0.47), Participant: before(3, 0.95, 0.95)}, noAlert, 0},
		{"critical: a bad word after thanks", desk.AlertFacts{Understanding: text(0.5, func(u *flowdeskv1.Understanding) { u.Polarity = negative }), Participant: before(0, 0.95, 0.95)}, critical, mood},
		{"only the last five count", desk.AlertFacts{Understanding: text(0.3), Participant: before(0, 1, 1, 1, 0.4, 0.4, 0.4, 0.4, 0.4)}, noAlert, 0},
		{"error: mood falling over 3 messages in a row", desk.AlertFacts{Understanding: text(0.35), Participant: before(2, 0.6, 0.5, 0.4)}, failure, mood},
		{"falling over 2 messages", desk.AlertFacts{Understanding: text(0.35), Participant: before(1, 0.5, 0.4)}, noAlert, 0},
		{"a rise ends the fall", desk.AlertFacts{Understanding: text(0.45), Participant: before(2, 0.6, 0.5, 0.4)}, noAlert, 0},
		{"error: churn words", desk.AlertFacts{Understanding: text(0.4, func(u *flowdeskv1.Understanding) { u.Churn = true })}, failure, churn},
		{"critical wins over error", desk.AlertFacts{Understanding: text(0.1, func(u *flowdeskv1.Understanding) { u.Churn = true })}, critical, mood},
		{"error: two unsolved alerts in 7 days", desk.AlertFacts{Understanding: text(0.5), UnsolvedAlertsIn7Days: 2}, failure, churn},
		{"one unsolved alert", desk.AlertFacts{Understanding: text(0.5), UnsolvedAlertsIn7Days: 1}, noAlert, 0},
		{"two unsolved alerts and a thank-you", desk.AlertFacts{Understanding: text(0.9, func(u *flowdeskv1.Understanding) { u.Polarity = positive }), UnsolvedAlertsIn7Days: 2}, noAlert, 0},
		{"warning: important question", desk.AlertFacts{Understanding: text(0.5, func(u *flowdeskv1.Understanding) { u.Important = true })}, warning, important},
		{"ordinary question", desk.AlertFacts{Understanding: text(0.5)}, noAlert, 0},
		{"a complaint taken back", desk.AlertFacts{Understanding: text(0.3, complains, func(u *flowdeskv1.Understanding) { u.Resolved = true })}, noAlert, 0},
		{"advertising in bad words", desk.AlertFacts{Understanding: text(0.1, func(u *flowdeskv1.Understanding) { u.Spam = true })}, noAlert, 0},
		{"not understood", desk.AlertFacts{}, noAlert, 0},
		{"staff complains", desk.AlertFacts{Understanding: text(0.1, complains), Role: afterSales}, noAlert, 0},
		{"our robot", desk.AlertFacts{Understanding: text(0.1, complains), Role: robot}, noAlert, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.facts.Role == 0 {
				c.facts.Role = user
			}
			settings := desk.DefaultSettings()
			c.facts.CriticalMoodBelow, c.facts.CriticalMoodFall = settings.GetCriticalMoodBelow(), settings.GetCriticalMoodFall()
			got := desk.JudgeAlert(c.facts)
			require.Equal(t, c.level, got.Level, got.Reason)
			require.Equal(t, c.category, got.Category)
			require.NotEmpty(t, got.Reason)
		})
	}
}

func TestAlertSaysWhy(t *testing.T) {
	got := desk.JudgeAlert(desk.AlertFacts{Understanding: text(0.3), CriticalMoodFall: 0.4, Participant: &flowdeskv1.Participant{Moods: []float64{0.9, 0.7}, FallingStreak: 2}})
	require.Equal(t, "情绪 0.30 比近期平均 0.80 骤降 0.50", got.Reason)
	require.True(t, got.Worsening, "an alert that it joins goes up one level")
}

func TestMoodAfter(t *testing.T) {
	p := &flowdeskv1.Participant{}
	step := func(sentiment float64, polarity flowdeskv1.Polarity) desk.Mood {
		after := desk.MoodAfter(p, text(sentiment, func(u *flowdeskv1.Understanding) { u.Polarity = polarity }))
		p.Moods, p.PositiveStreak, p.FallingStreak = after.Moods, after.PositiveStreak, after.FallingStreak
		return after
	}
	require.Equal(t, desk.Mood{Moods: []float64{0.6}}, step(0.6, neutral), "the first message has fallen from nothing")
	require.Equal(t, int32(1), step(0.5, neutral).FallingStreak)
	require.Equal(t, int32(2), step(0.4, negative).FallingStreak)
	require.Equal(t, int32(0), step(0.39, negative).FallingStreak, "texts that read alike are no fall")
	require.Equal(t, int32(1), step(0.9, positive).PositiveStreak)
	after := step(0.8, positive)
	require.Equal(t, desk.Mood{Moods: []float64{0.5, 0.4, 0.39, 0.9, 0.8}, PositiveStreak: 2}, after, "the last five; a friendly message is no fall")
	require.Equal(t, int32(0), step(0.5, neutral).PositiveStreak)
}

func TestUnanswered(t *testing.T) {
	settings := desk.DefaultSettings()
	for waited, want := range map[time.Duration]flowdeskv1.AlertLevel{
		10*time.Minute - time.Millisecond: noAlert, 10 * time.Minute: warning, 30*time.Minute - time.Millisecond: warning, 30 * time.Minute: failure, 48 * time.Hour: failure,
	} {
		got := desk.JudgeUnanswered(waited, settings)
		require.Equal(t, want, got.Level, waited)
		if want != noAlert {
			require.Equal(t, unanswered, got.Category)
		}
	}
	require.Equal(t, noAlert, desk.JudgeUnanswered(time.Hour, &flowdeskv1.Settings{}).Level, "no limit set")
}

// From the third alert of one user on one day on, new ones are recorded as info only; never a critical complaint.
func TestLower(t *testing.T) {
	settings := desk.DefaultSettings()
	for _, c := range []struct {
		name     string
		level    flowdeskv1.AlertLevel
		category flowdeskv1.AlertCategory
		earlier  int32
		want     flowdeskv1.AlertLevel
		lowered  bool
	}{
		{"the first", failure, churn, 0, failure, false},
		{"the second", failure, churn, 1, failure, false},
		{"the third", failure, churn, 2, info, true},
		{"the ninth", warning, important, 8, info, true},
		{"a critical one that is no complaint", critical, mood, 2, info, true},
		{"a critical complaint stays", critical, complaint, 5, critical, false},
		{"info is info", info, churn, 5, info, false},
		{"a robot is no user", failure, flowdeskv1.AlertCategory_ALERT_CATEGORY_ROBOT, 5, failure, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			level, lowered := desk.Lower(c.level, c.category, c.earlier, settings.GetLowerFrom(), settings)
			require.Equal(t, c.want, level)
			require.Equal(t, c.lowered, lowered)
		})
	}
	no := false
	settings.NeverLowerCritical = &no
	level, lowered := desk.Lower(critical, complaint, 2, settings.GetLowerFrom(), settings)
	require.Equal(t, info, level, "the exception is configuration")
	require.True(t, lowered)
	_, lowered = desk.Lower(failure, churn, 99, 0, settings)
	require.False(t, lowered)
}

func TestEscalateGoesUpOneLevelNeverAboveCritical(t *testing.T) {
	require.Equal(t, warning, desk.Escalate(info))
	require.Equal(t, failure, desk.Escalate(warning))
	require.Equal(t, critical, desk.Escalate(failure))
	require.Equal(t, critical, desk.Escalate(critical))
	require.Equal(t, noAlert, desk.Escalate(noAlert))
}

func TestUnsolvedForTwoHoursIsDueForEscalation(t *testing.T) {
	settings := desk.DefaultSettings()
	raised := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	alert := func(level flowdeskv1.AlertLevel, edit ...func(*flowdeskv1.Alert)) *flowdeskv1.Alert {
		a := &flowdeskv1.Alert{Level: level, State: flowdeskv1.AlertState_ALERT_STATE_OPEN, CreateTime: timestamppb.New(raised)}
		for _, e := range edit {
			e(a)
		}
		return a
	}
	require.Equal(t, raised.Add(2*time.Hour), desk.EscalationDue(alert(warning), settings))
	again := alert(failure, func(a *flowdeskv1.Alert) {
		a.History = []*flowdeskv1.AlertChange{{Change: "escalated", Time: timestamppb.New(raised.Add(2 * time.Hour))}, {Change: "joined", Time: timestamppb.New(raised.Add(3 * time.Hour))}}
	})
	require.Equal(t, raised.Add(4*time.Hour), desk.EscalationDue(again, settings), "two hours at each level")
	require.Zero(t, desk.EscalationDue(alert(critical), settings))
	require.Zero(t, desk.EscalationDue(alert(info), settings), "recorded only")
	require.Zero(t, desk.EscalationDue(alert(failure, func(a *flowdeskv1.Alert) { a.State = flowdeskv1.AlertState_ALERT_STATE_RESOLVED }), settings))
}

func TestAutomaticCancelling(t *testing.T) {
	friendly := text(0.9, func(u *flowdeskv1.Understanding) { u.Polarity = positive })
	cancel, reason := desk.ShouldCancel(3, friendly, 3)
	require.True(t, cancel)
	require.Equal(t, "情绪转正，连续 3 条正面消息", reason)
	cancel, _ = desk.ShouldCancel(99, friendly, 0)
	require.False(t, cancel, "none is wanted")
	cancel, _ = desk.ShouldCancel(2, friendly, 3)
	require.False(t, cancel)
	cancel, _ = desk.ShouldCancel(3, text(0.5), 3)
	require.False(t, cancel, "the mood must be positive now")
	cancel, reason = desk.ShouldCancel(0, text(0.5, func(u *flowdeskv1.Understanding) { u.Resolved = true }), 3)
	require.True(t, cancel, "complaint withdrawn or problem solved")
	require.NotEmpty(t, reason)
}

func TestWhoHears(t *testing.T) {
	for level, want := range map[flowdeskv1.AlertLevel][3]bool{
		critical: {true, false, true}, failure: {true, true, false}, warning: {true, false, false}, info: {}, noAlert: {},
	} {
		monitor, staff, management := desk.Audience(level)
		require.Equal(t, want, [3]bool{monitor, staff, management}, level)
	}
}

func TestAlertTexts(t *testing.T) {
	require.Equal(t, "严重", desk.LevelText(critical).GetZh())
	require.Equal(t, "Critical", desk.LevelText(critical).GetEn())
	require.Equal(t, "流失风险", desk.CategoryText(churn).GetZh())
	for value := range flowdeskv1.AlertCategory_name {
		if value != 0 {
			text := desk.CategoryText(flowdeskv1.AlertCategory(value))
			require.NotEqual(t, text.GetZh(), text.GetEn(), "%v has labels", flowdeskv1.AlertCategory(value))
		}
	}
}

func TestAlertMoves(t *testing.T) {
	const (
		open  = flowdeskv1.AlertState_ALERT_STATE_OPEN
		known = flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED
		done  = flowdeskv1.AlertState_ALERT_STATE_RESOLVED
	)
	move := func(from flowdeskv1.AlertState, action flowdeskv1.AlertAction) flowdeskv1.AlertState {
		to, err := desk.MoveAlert(from, action)
		require.NoError(t, err)
		return to
	}
	require.Equal(t, open, move(0, flowdeskv1.AlertAction_ALERT_ACTION_RAISE))
	require.Equal(t, known, move(open, flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE))
	require.Equal(t, known, move(known, flowdeskv1.AlertAction_ALERT_ACTION_JOIN))
	require.Equal(t, done, move(known, flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE))
	for action := range flowdeskv1.AlertAction_name {
		if action == 0 {
			continue
		}
		allowed := 0
		for state := range flowdeskv1.AlertState_name {
			if _, err := desk.MoveAlert(flowdeskv1.AlertState(state), flowdeskv1.AlertAction(action)); err == nil {
				allowed++
			}
		}
		require.Positive(t, allowed, "every action is allowed somewhere")
		to, err := desk.MoveAlert(done, flowdeskv1.AlertAction(action))
		var moveErr *desk.AlertMoveError
		require.ErrorAs(t, err, &moveErr, "resolved is the end")
		require.Equal(t, done, to)
		require.Empty(t, moveErr.Allowed)
	}
	_, err := desk.MoveAlert(known, flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE)
	require.ErrorContains(t, err, "ALERT_ACTION_RESOLVE")
	require.True(t, desk.AlertOpen(known))
	require.False(t, desk.AlertOpen(done))
	moves := desk.AlertMoves()
	moves[0].From[0] = done
	require.NotEqual(t, done, desk.AlertMoves()[0].From[0], "the caller owns the copy")
}

func TestTheAuthorsAlertRules(t *testing.T) {
	t.Parallel()
	rules := []*flowdeskv1.AlertWordRule{
		{Name: "玩笑", Words: []string{"开玩笑"}},
		{Name: "竞品", Words: []string{"某宝", "ACME"}, Level: critical, Category: churn},
		{Name: "合同", Words: []string{"合同"}, Level: warning},
	}
	levels := []*flowdeskv1.AlertLevelRule{{Category: complaint, Level: failure}, {Category: mood}, {Category: churn, Level: critical}}
	complains := text(0.3, func(u *flowdeskv1.Understanding) { u.Intent = flowdeskv1.Intent_INTENT_COMPLAINT })
	for _, c := range []struct {
		name, text    string
		understanding *flowdeskv1.Understanding
		level         flowdeskv1.AlertLevel
		category      flowdeskv1.AlertCategory
	}{
		{"words that raise none", "我要投诉，开玩笑的", complains, noAlert, 0},
		{"the first rule that fits", "开玩笑，我去某宝", text(0.5), noAlert, 0},
		{"words in another width and case", "我去ａｃｍｅ买", text(0.5), critical, churn},
		{"a Latin word inside another is none", "acmeology", text(0.5), noAlert, 0},
		{"the usual category", "合同什么时候寄", text(0.5), warning, important},
		{"another level", "我要投诉", complains, failure, complaint},
		{"a cause that is not wanted", "气死了", text(0.05), noAlert, 0},
		{"a graver level", "不做了", text(0.5, func(u *flowdeskv1.Understanding) { u.Churn = true }), critical, churn},
		{"words in the middle of a long message", strings.Repeat("长", 1900) + "合同" + strings.Repeat("长", 1900), text(0.5), warning, important},
		{"words far behind any message's end", strings.Repeat("长", 10_000) + "合同", text(0.5), noAlert, 0},
		{"a cause that is not listed", "钱呢", text(0.5, func(u *flowdeskv1.Understanding) { u.Important = true }), warning, important},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := desk.JudgeAlert(desk.AlertFacts{
				Understanding: c.understanding, Role: flowdeskv1.Role_ROLE_USER, Text: c.text, WordRules: rules, Levels: levels, CriticalMoodBelow: 0.2, CriticalMoodFall: 0.4,
			})
			require.Equal(t, c.level, got.Level, got.Reason)
			require.Equal(t, c.category, got.Category)
			require.NotEmpty(t, got.Reason)
		})
	}
}
