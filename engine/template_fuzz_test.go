package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzTemplate splits a template and writes it again: the same pieces must come back, and each must stand where it says.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"", "您好", "{nickname}，您好", "{{}}", "{", "}", "{{{a}}}", "{'}'}", `{"\"}"}`, "{m{1:2}}", "a}b", "{}", "{ }", "{\x00}", "\xff{a}", "😀{vars.x}😀",
		"{event.text + '{' }", `{'\`, "{now - duration('1h')}", "{nodes.a.text.map(x, x)}", "{[1,2].map(i, [1,2].map(j, i*j)).size()}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := pieces(text)
		if err != nil {
			fault := &templateError{}
			require.ErrorAs(t, err, &fault)
			require.Less(t, int(fault.offset), utf8.RuneCountInString(text))
			return
		}
		runes := []rune(text)
		var again strings.Builder
		for _, p := range parts {
			if p.inside {
				require.Equal(t, []rune(p.text), runes[p.offset:int(p.offset)+utf8.RuneCountInString(p.text)])
				again.WriteString("{" + p.text + "}")
				continue
			}
			again.WriteString(strings.NewReplacer("{", "{{", "}", "}}").Replace(p.text))
		}
		back, err := pieces(again.String())
		require.NoError(t, err, "%q", again.String())
		require.Equal(t, plain(parts), plain(back), "%q", again.String())
		_, _ = (&Program{}).settingTemplate(text) // it may be refused; it must not panic
	})
}

// plain are pieces without their places.
func plain(parts []piece) []piece {
	out := make([]piece, len(parts))
	for i, p := range parts {
		out[i] = piece{text: p.text, inside: p.inside}
	}
	return out
}
