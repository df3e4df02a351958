package text

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// Characters that stand apart for emphasis are one word; answers one after the other stay what they are.
func TestUnspell(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]string{
		"人！工！": "人工", "转-人-工": "转人工", "人。。工。。": "人工",
		"好，行": "好,行", "好？": "好?", "人工！": "人工!", "在！": "在!", "ok！行！": "ok!行!", "人！工！客服": "人!工!客服",
	} {
		var got folded
		u.folder.fold(text, MaxRunes, &got)
		require.Empty(t, cmp.Diff(want, string(got.runes)), text)
		require.Len(t, got.pos, len(got.runes), text)
	}
}

// What is found in a text spelt out is shown where it stands.
func TestUnspellKeepsPlaces(t *testing.T) {
	t.Parallel()
	u := open(t)
	a := u.Understand("人！工！", "zh", Words{})
	require.True(t, a.GetHandoff())
	require.NotEmpty(t, a.GetEvidence())
	require.Equal(t, int32(0), a.GetEvidence()[0].GetStart())
	require.Equal(t, int32(3), a.GetEvidence()[0].GetEnd())
}

// A negation ends at 就 and at what cannot be done; a word that only looks like another takes it away even where they cross.
func TestWhatIsWanted(t *testing.T) {
	t.Parallel()
	u := open(t)
	for text, want := range map[string]bool{
		"如果你解决不了就转人工": true, "搞不定的话直接给我人工得了": true, "不行就转人工": true, "不要转人工": false,
		"我想报转人工智能的课": false, "转人工要收费吗我先问问": false, "让你们主管回我电话": true, "约个师傅来修一下空调": false,
		"刚跟你们主管通完电话": false, "没有人工吗": true,
	} {
		require.Equal(t, want, u.Understand(text, "zh", Words{}).GetHandoff(), text)
	}
}

// Slips of the fingers leave the consonants of a word in place.
func TestSkeleton(t *testing.T) {
	t.Parallel()
	u := open(t)
	frames := func(text string) map[uint32]bool {
		var sc scratch
		u.folder.fold(text, MaxRunes, &sc.folded)
		var before uint32
		sc.skeleton(0, &before)
		out := map[uint32]bool{}
		for _, f := range sc.features {
			out[f.Hash] = true
		}
		return out
	}
	for _, slip := range []string{"reprasantative", "reprisentative", "representtative", "REPRESENTATIVE"} {
		require.Equal(t, frames("representative"), frames(slip), slip)
	}
	require.NotEqual(t, frames("representative"), frames("representation"))
}

// The reading itself, before the model has its word: 就 ends a negation, and a hiding word takes what it crosses.
func TestReadingBounds(t *testing.T) {
	t.Parallel()
	u := open(t)
	direct, err := u.lex.class("human.direct")
	require.NoError(t, err)
	calls := func(text string) (found, negated int) {
		sc := new(scratch)
		u.read(text, sc)
		for _, h := range sc.hits {
			if h.class == direct {
				found++
				if h.negated {
					negated++
				}
			}
		}
		return found, negated
	}
	for text, want := range map[string][2]int{"转人工": {1, 0}, "别转人工": {1, 1}, "不会就转人工": {1, 0}, "找个人工智能课": {0, 0}} {
		found, negated := calls(text)
		require.Equal(t, want, [2]int{found, negated}, text)
	}
}
