package nodes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/nodes"
)

// Completion phrases of an organisation stand beside the shipped lexicon, unless it took one of the default's away.
func TestCompletionPhrasesStandBesideTheLexicon(t *testing.T) {
	t.Parallel()
	completes := func(text string, change func([]string) []string) bool {
		settings := desk.DefaultSettings()
		settings.CompletionPhrases = change(settings.GetCompletionPhrases())
		env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: settings}, "env", nodes.Rules())
		require.NoError(t, err)
		return nodes.Understand(env, text).GetCompletion()
	}
	same := func(list []string) []string { return list }
	more := func(list []string) []string { return append(list, "货已上架") }
	fewer := func(list []string) []string { return list[1:] }
	for _, phrase := range desk.DefaultSettings().GetCompletionPhrases() {
		require.True(t, completes(phrase, same), phrase)
	}
	for _, text := range []string{"搞定", "办好啦", "扫码成功了", "绑卡成功", "done"} {
		require.True(t, completes(text, same), text)
		require.False(t, completes(text, fewer), text)
	}
	require.True(t, completes("货已上架", more))
	require.True(t, completes("搞定", more))
	require.True(t, completes("弄好了", fewer))
	for _, text := range []string{"快搞定了", "还没弄好", "完成不了", "什么时候完成", "弄好了吗", "请完成实名认证", "马上弄好", "认证没通过"} {
		require.False(t, completes(text, more), text)
	}
}
