package engine

import (
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestErrorsOfLibrariesAreSaidInChinese takes each error from its library, so that a new version with other words is noticed.
func TestErrorsOfLibrariesAreSaidInChinese(t *testing.T) {
	t.Parallel()
	expression := func(source string) func() string {
		return func() string {
			checked, issues := baseEnv().Compile(source)
			if issues.Err() != nil {
				return strings.TrimPrefix(issues.Errors()[0].Message, "Syntax error: ")
			}
			_, err := plan(baseEnv(), checked, source, nil)
			require.Error(t, err, source)
			return err.Error()
		}
	}
	regex := func(source string) func() string {
		return func() string {
			_, err := syntax.Parse(source, syntax.Perl)
			require.Error(t, err, source)
			return err.Error()
		}
	}
	schedule := func(source string) func() string {
		return func() string {
			_, err := cron.ParseStandard(source)
			require.Error(t, err, source)
			return err.Error()
		}
	}
	file := func(source string) func() string {
		return func() string {
			err := yaml.Unmarshal([]byte(source), &map[string]any{})
			require.Error(t, err, source)
			return err.Error()
		}
	}
	for want, from := range map[string]func() string{
		"表达式不完整":             expression("1 +"),
		"结尾缺少 )":             expression("size(event.id"),
		"此处不应出现":             expression("1 + )"),
		"多余的":                expression("1 2"),
		"无法识别的字符 ":           expression("1 + '"),
		"没有名为 nothing 的内容":   expression("nothing"),
		"没有字段 nothing":       expression("event.nothing"),
		"不能用于":               expression("1 + 'a'"),
		"类型 int 没有字段":        expression("1.a"),
		"只能用于字段":             expression("has(1)"),
		"不能逐项处理":             expression("1.all(x, true)"),
		"除数为 0":              expression("1 / 0"),
		"对 0 取余":             expression("1 % 0"),
		"整数超出范围":             expression("9223372036854775807 + 1"),
		"下标":                 expression("[1][2]"),
		"没有键":                expression("{'a': 1}['b']"),
		"无法从 string 转换为 int": expression("int('x')"),
		"缺少右括号 )":            regex("客服("),
		"多余的右括号 )":           regex("客服)"),
		"缺少右方括号 ]":           regex("[客服"),
		"前缺少要重复的内容":          regex("*客服"),
		"不能连用":               regex("客**"),
		"重复次数":               regex("客{1001}"),
		"不支持的写法":             regex("(?=客)"),
		"转义":                 regex(`\8`),
		"字符范围":               regex("[z-a]"),
		"结尾多了反斜杠":            regex(`客\`),
		"应有 5 个字段，实际为 3 个":   schedule("0 9 *"),
		"x 不是数字":             schedule("x 9 * * *"),
		"99 超过最大值 59":        schedule("99 9 * * *"),
		"范围的起点 5 大于终点 3":     schedule("5-3 9 * * *"),
		"内容为空":               schedule(""),
		"键之后缺少冒号":            file("a: 1\nb\nc: 2"),
		"缺少逗号或右括号":           file("a: [1, 2\nb: 3"),
		"不能作为开头的字符":          file("a: @x"),
		"内容没有写完":             file("a: \"x"),
		"此处不能再有冒号":           file("a: b: c"),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			original := from()
			got := InChinese(original)
			require.Contains(t, got, want, original)
			require.True(t, strings.HasSuffix(got, "（"+original+"）"), "the original stands beside it: %s", got)
		})
	}
	require.Equal(t, "something new", InChinese("something new"))
}
