package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestConflicts(t *testing.T) {
	signals := func(s ...string) func(*flowdeskv1.Understanding) {
		return func(u *flowdeskv1.Understanding) { u.Conflict, u.ConflictSignals = true, s }
	}
	complains := intent(flowdeskv1.Intent_INTENT_COMPLAINT)
	for _, c := range []struct {
		name  string
		facts desk.ConflictFacts
		want  []string
	}{
		{"operator sentiment below 0.3", desk.ConflictFacts{Understanding: text(0.29), Role: operator}, []string{"harsh_tone"}},
		{"operator sentiment of 0.3", desk.ConflictFacts{Understanding: text(0.3), Role: operator}, nil},
		{"operator with conflict signals", desk.ConflictFacts{Understanding: text(0.2, signals("threat", "insult")), Role: operator}, []string{"harsh_tone", "threat", "insult"}},
		{"user complains while an operator's task is open", desk.ConflictFacts{Understanding: text(0.3, complains), Role: user, WithOperator: true}, []string{"complaint"}},
		{"user refuses the operator", desk.ConflictFacts{Understanding: text(0.4, signals("refusal")), Role: user, WithOperator: true}, []string{"refusal"}},
		{"conflict without a named signal", desk.ConflictFacts{Understanding: text(0.4, signals()), Role: user, WithOperator: true}, []string{"conflict"}},
		{"user complains about something else", desk.ConflictFacts{Understanding: text(0.1, complains, signals("insult")), Role: user}, nil},
		{"a calm user", desk.ConflictFacts{Understanding: text(0.5), Role: user, WithOperator: true}, nil},
		{"staff quarrels", desk.ConflictFacts{Understanding: text(0.1, signals("insult")), Role: afterSales, WithOperator: true}, nil},
		{"not understood", desk.ConflictFacts{Role: operator}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.facts.OperatorSentimentBelow = desk.DefaultSettings().GetConflictSentimentBelow()
			got := desk.JudgeConflict(c.facts)
			require.Equal(t, c.want, got.Signals)
			require.Equal(t, len(c.want) > 0, got.Conflict)
			require.NotEmpty(t, got.Reason)
		})
	}
	got := desk.JudgeConflict(desk.ConflictFacts{Understanding: text(0.1, signals("insult", "new_sign")), Role: operator, OperatorSentimentBelow: 0.3})
	require.Equal(t, "运营语气不好、辱骂、new_sign（情绪 0.10）", got.Reason)
}
