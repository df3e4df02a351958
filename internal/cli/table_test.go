package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTablesAlignWideLetters(t *testing.T) {
	t.Parallel()
	rows := func() [][]string {
		return [][]string{{"demo", "华东客户群", "好"}, {"long-name", "x", "a\nb\x1b[31m"}}
	}
	require.Equal(t, "ID         名称        C\n"+
		"demo       华东客户群  好\n"+
		"long-name  x           a b[31m\n", table([]string{"ID", "名称", "C"}, rows(), 0))
	require.Equal(t, "ID        名称      C\n"+
		"demo      华东客…   好\n"+
		"long-na…  x         a b[31m\n", table([]string{"ID", "名称", "C"}, rows(), 27))
	wide := measure()
	for line := range strings.Lines(table([]string{"一", "二"}, [][]string{{strings.Repeat("汉", 30), strings.Repeat("字", 30)}}, 40)) {
		require.LessOrEqual(t, wide.StringWidth(strings.TrimSuffix(line, "\n")), 40)
	}
}

func TestPairsLeaveOutWhatIsEmpty(t *testing.T) {
	t.Parallel()
	require.Equal(t, "名称  一\n\n      二 \x5b0m\ntext  y\n", pairs([]row{{"名称", "一\n\n二\t\x1b[0m\n"}, {"text", "y"}}))
	require.Equal(t, "名称  x\ntext  y\n", pairs([]row{{"名称", "x"}, {"empty and long", ""}, {"text", "y"}}))
}

func TestTheLanguageIsTheLocales(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		want Language
	}{
		"nothing":           {nil, nil, English},
		"locale":            {map[string]string{"LANG": "zh_CN.UTF-8"}, nil, Chinese},
		"LC_ALL wins":       {map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, nil, English},
		"our own wins":      {map[string]string{"LC_ALL": "C", "FLOWDESK_LANG": "zh"}, nil, Chinese},
		"the flag wins":     {map[string]string{"FLOWDESK_LANG": "zh"}, []string{"flow", "--lang", "en"}, English},
		"the flag with =":   {nil, []string{"flow", "--lang=zh", "list"}, Chinese},
		"another language":  {map[string]string{"LANG": "de_DE"}, nil, English},
		"a flag at the end": {nil, []string{"--lang"}, English},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, language(test.args, func(n string) string { return test.env[n] }))
		})
	}
}

func TestColoursAreForTerminalsOnly(t *testing.T) {
	t.Parallel()
	sh := func(env map[string]string) *Shell {
		return &Shell{sys: System{Getenv: func(n string) string { return env[n] }}}
	}
	require.Equal(t, "x", sh(nil).paint(false, red, "x"))
	require.Equal(t, "\x1b[31mx\x1b[0m", sh(nil).paint(true, red, "x"))
	require.Equal(t, "x", sh(map[string]string{"NO_COLOR": "1"}).paint(true, red, "x"))
	require.Equal(t, "x", sh(map[string]string{"TERM": "dumb"}).paint(true, red, "x"))
}
