package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func utterance(minute int, text string) *flowdeskv1.Utterance {
	return &flowdeskv1.Utterance{Message: fmt.Sprint("m", minute), Text: text, Time: timestamppb.New(time.Unix(int64(minute)*60, 0))}
}

func TestContextWithinItsLimits(t *testing.T) {
	context := []*flowdeskv1.Utterance{utterance(1, "一二三"), utterance(2, "四五"), utterance(3, "六")}
	kept := func(limits desk.ContextLimits) string {
		var texts []string
		for _, u := range desk.TrimContext(context, limits) {
			texts = append(texts, u.GetText())
		}
		return strings.Join(texts, " ")
	}
	require.Equal(t, "一二三 四五 六", kept(desk.ContextLimits{Messages: 20, Characters: 4000}))
	require.Equal(t, "四五 六", kept(desk.ContextLimits{Messages: 2, Characters: 4000}))
	require.Equal(t, "四五 六", kept(desk.ContextLimits{Messages: 20, Characters: 5}), "utterances stay whole")
	require.Equal(t, "四五 六", kept(desk.ContextLimits{Messages: 20, Characters: 4000, NotBefore: time.Unix(120, 0)}))
	require.Empty(t, kept(desk.ContextLimits{Messages: 0, Characters: 4000}))
	require.Empty(t, kept(desk.ContextLimits{Messages: 20, Characters: 0}))
	require.Equal(t, "六七", desk.TrimContext([]*flowdeskv1.Utterance{utterance(1, "六七八")}, desk.ContextLimits{Messages: 1, Characters: 2})[0].GetText(), "the newest is cut when it alone is too long")
	require.Equal(t, "一二三", context[0].GetText())
}

// The limits hold, what is kept is the end of what was given, and nothing more would have fitted.
func TestContextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var context []*flowdeskv1.Utterance
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 9), 0, 12).Draw(t, "lengths") {
			context = append(context, utterance(i, strings.Repeat("字", n)))
		}
		limits := desk.ContextLimits{
			Messages: rapid.IntRange(0, 12).Draw(t, "messages"), Characters: rapid.IntRange(0, 40).Draw(t, "characters"),
			NotBefore: time.Unix(int64(rapid.IntRange(0, 12).Draw(t, "age"))*60, 0),
		}
		kept := desk.TrimContext(context, limits)
		require.LessOrEqual(t, len(kept), limits.Messages)
		sum := 0
		for i, u := range kept {
			sum += utf8.RuneCountInString(u.GetText())
			require.False(t, u.GetTime().AsTime().Before(limits.NotBefore))
			require.Equal(t, context[len(context)-len(kept)+i].GetMessage(), u.GetMessage())
		}
		require.LessOrEqual(t, sum, limits.Characters)
		cut := len(kept) == 1 && kept[0] != context[len(context)-1]
		if rest := len(context) - len(kept); rest > 0 && len(kept) < limits.Messages && !cut {
			next := context[rest-1]
			require.True(t, next.GetTime().AsTime().Before(limits.NotBefore) || sum+utf8.RuneCountInString(next.GetText()) > limits.Characters)
		}
	})
}
