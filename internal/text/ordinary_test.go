package text

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// mostOrdinary is how many texts of one pattern are taken, so that a pattern with many parts does not outweigh the others.
const mostOrdinary = 40

// readOrdinary writes out the patterns of a file of testdata/ordinary.
func readOrdinary(tb testing.TB, name string) []string {
	tb.Helper()
	data, err := os.ReadFile("testdata/ordinary/" + name)
	require.NoError(tb, err)
	var out []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		texts, err := expand(line)
		require.NoError(tb, err)
		// A stride that shares no factor with the number of texts meets every alternative of every part early.
		step := 37
		for len(texts)%step == 0 {
			step += 2
		}
		for i := range min(len(texts), mostOrdinary) {
			out = append(out, texts[i*step%len(texts)])
		}
	}
	return out
}

// What nobody asked for must hardly ever be found: most of what customers write calls for no person and names no task.
func TestOrdinaryTextsRaiseNothing(t *testing.T) {
	t.Parallel()
	u := open(t)
	for _, name := range []string{"zh.txt", "en.txt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := readOrdinary(t, name)
			require.Greater(t, len(texts), 500)
			found := map[string]int{}
			note := func(what, text string, is bool) {
				if !is {
					return
				}
				found[what]++
				if os.Getenv("TEXT_MISSES") == name {
					t.Log(what, text)
				}
			}
			for _, text := range texts {
				a := u.Understand(text, "", Words{})
				note("handoff", text, a.GetHandoff())
				note("response", text, a.GetResponse())
				note("chitchat", text, a.GetChitchat())
				note("chitchat intent", text, a.GetIntent() == flowdeskv1.Intent_INTENT_CHITCHAT)
				note("task", text, a.GetTaskKind() != 0)
			}
			t.Logf("of %d texts: %v", len(texts), found)
			share := func(what string) float64 { return float64(found[what]) / float64(len(texts)) }
			assert.LessOrEqual(t, share("handoff"), 0.003)
			assert.LessOrEqual(t, share("response"), 0.003)
			assert.LessOrEqual(t, share("chitchat"), 0.005)
			assert.LessOrEqual(t, share("chitchat intent"), 0.008)
			assert.LessOrEqual(t, share("task"), 0.005)
		})
	}
}
