package text

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// gold is one line of a labelled file.
type gold struct {
	text, intent, polarity, task string
	handoff, response, chitchat  bool
}

func readGold(tb testing.TB, name string) []gold {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(tb, err)
	var out []gold
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.Split(line, "\t")
		require.Len(tb, f, 7, "%s:%d", name, i+1)
		if i > 0 {
			out = append(out, gold{f[0], f[1], f[2], f[5], f[3] == "1", f[4] == "1", f[6] == "1"})
		}
	}
	return out
}

// tally counts one yes-or-no label.
type tally struct{ hit, extra, missed int }

func (c *tally) add(want, got bool) {
	switch {
	case want && got:
		c.hit++
	case got:
		c.extra++
	case want:
		c.missed++
	}
}

// f1 is 1 where none was wanted and none found.
func (c *tally) f1() float64 {
	if *c == (tally{}) {
		return 1
	}
	if c.hit == 0 {
		return 0
	}
	return 2 * float64(c.hit) / float64(2*c.hit+c.extra+c.missed)
}

// figures are the measured qualities of one file.
type figures struct {
	handoff, response, task, intent, polarity, chitchat float64
	wrong                                               []string
}

func intentWord(i flowdeskv1.Intent) string {
	return map[flowdeskv1.Intent]string{1: "complaint", 2: "urgent", 3: "inquiry", 4: "help", 5: "handoff", 6: "response", 7: "chitchat", 8: "information"}[i]
}

func polarityWord(p flowdeskv1.Polarity) string {
	return map[flowdeskv1.Polarity]string{1: "negative", 2: "neutral", 3: "positive"}[p]
}

func taskWord(k flowdeskv1.TaskKind) string {
	return map[flowdeskv1.TaskKind]string{0: "none", 1: "realname", 2: "qr", 3: "phone", 4: "other"}[k]
}

func measure(u *Understander, lines []gold) figures {
	var handoff, response, chitchat tally
	tasks := map[string]*tally{"realname": {}, "qr": {}, "phone": {}}
	var out figures
	miss := func(what, text string, want, got any) {
		out.wrong = append(out.wrong, fmt.Sprintf("%-9s want %v got %v: %s", what, want, got, text))
	}
	intents, moods := 0, 0
	for _, g := range lines {
		a := u.Understand(g.text, "zh", Words{})
		handoff.add(g.handoff, a.GetHandoff())
		response.add(g.response, a.GetResponse())
		chitchat.add(g.chitchat, a.GetChitchat())
		for name, c := range tasks {
			c.add(g.task == name, taskWord(a.GetTaskKind()) == name)
		}
		for _, c := range []struct {
			what      string
			want, got any
			count     *int
		}{
			{"handoff", g.handoff, a.GetHandoff(), nil},
			{"response", g.response, a.GetResponse(), nil},
			{"chitchat", g.chitchat, a.GetChitchat(), nil},
			{"task", g.task, taskWord(a.GetTaskKind()), nil},
			{"intent", g.intent, intentWord(a.GetIntent()), &intents},
			{"polarity", g.polarity, polarityWord(a.GetPolarity()), &moods},
		} {
			if c.want != c.got {
				miss(c.what, g.text, c.want, c.got)
			} else if c.count != nil {
				*c.count++
			}
		}
	}
	out.handoff, out.response, out.chitchat = handoff.f1(), response.f1(), chitchat.f1()
	for _, c := range tasks {
		out.task += c.f1() / 3
	}
	out.intent, out.polarity = float64(intents)/float64(len(lines)), float64(moods)/float64(len(lines))
	slices.Sort(out.wrong)
	return out
}

// floors are a little below what was measured; a change that falls through one has made understanding worse.
var floors = figures{handoff: 0.92, response: 0.88, task: 0.92, intent: 0.87, polarity: 0.88, chitchat: 0.91}

func TestMeasured(t *testing.T) {
	t.Parallel()
	u := open(t)
	files, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".tsv") {
			continue
		}
		lines := readGold(t, f.Name())
		m := measure(u, lines)
		t.Logf("%-12s %4d texts: hand-off F1 %.3f  response F1 %.3f  task macro F1 %.3f  intent acc %.3f  polarity acc %.3f  chit-chat F1 %.3f",
			f.Name(), len(lines), m.handoff, m.response, m.task, m.intent, m.polarity, m.chitchat)
		if os.Getenv("TEXT_MISSES") == f.Name() {
			t.Log("\n" + strings.Join(m.wrong, "\n"))
		}
		least := floors
		if f.Name() == "batch12.tsv" {
			least.chitchat = 0.85 // the slang of the young is known to be weak
		}
		assert.GreaterOrEqual(t, m.handoff, least.handoff, f.Name())
		assert.GreaterOrEqual(t, m.response, least.response, f.Name())
		assert.GreaterOrEqual(t, m.task, least.task, f.Name())
		assert.GreaterOrEqual(t, m.intent, least.intent, f.Name())
		assert.GreaterOrEqual(t, m.polarity, least.polarity, f.Name())
		assert.GreaterOrEqual(t, m.chitchat, least.chitchat, f.Name())
	}
}
