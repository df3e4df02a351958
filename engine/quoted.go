package engine

import (
	"regexp"
	"strings"
)

// quotedForms are errors of the libraries that read expressions, regular expressions, cron expressions and files, as findings quote them. The
// original stands beside the Chinese: a form that says little in one language says more in both.
var quotedForms = []struct {
	form *regexp.Regexp
	zh   string
}{
	// The parser of expressions.
	{regexp.MustCompile(`^mismatched input '<EOF>' expecting`), "表达式不完整"},
	{regexp.MustCompile(`^mismatched input '(.*)' expecting`), "此处不应出现 $1"},
	{regexp.MustCompile(`^extraneous input '<EOF>' expecting`), "表达式不完整"},
	{regexp.MustCompile(`^extraneous input '(.*)' expecting`), "多余的 $1"},
	{regexp.MustCompile(`^no viable alternative at input '(.*)'`), "$1 附近无法识别"},
	{regexp.MustCompile(`^token recognition error at: '(.*)'`), "无法识别的字符 $1"},
	{regexp.MustCompile(`^missing '(.*)' at '<EOF>'`), "结尾缺少 $1"},
	{regexp.MustCompile(`^missing '(.*)' at '(.*)'`), "$2 前缺少 $1"},
	{regexp.MustCompile(`^reserved identifier: (.*)$`), "$1 是保留字"},
	{regexp.MustCompile(`^undeclared reference to '([^']*)'`), "没有名为 $1 的内容"},
	{regexp.MustCompile(`^undefined field '([^']*)'`), "没有字段 $1"},
	{regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`), "$1 不能用于 $2"},
	{regexp.MustCompile(`^type '(.*)' does not support field selection`), "类型 $1 没有字段"},
	{regexp.MustCompile(`^expected type '(.*)' but found '(.*)'`), "类型应为 $1，实际为 $2"},
	{regexp.MustCompile(`^expected type of field '(.*)' is '(.*)' but provided type is '(.*)'`), "字段 $1 的类型应为 $2，实际为 $3"},
	{regexp.MustCompile(`^expression of type '(.*)' cannot be range of a comprehension`), "类型 $1 不能逐项处理（需要列表或映射）"},
	{regexp.MustCompile(`^invalid argument to has\(\) macro`), "has() 只能用于字段，例如 has(event.message)"},
	{regexp.MustCompile(`^expression recursion limit exceeded`), "嵌套过深"},
	{regexp.MustCompile(`^expression code point size exceeds limit`), "表达式过长"},
	// Constants that fail.
	{regexp.MustCompile(`^division by zero`), "除数为 0"},
	{regexp.MustCompile(`^modulus by zero`), "对 0 取余"},
	{regexp.MustCompile(`^(?:unsigned )?integer overflow`), "整数超出范围"},
	{regexp.MustCompile(`^no such key: (.*)$`), "没有键 $1"},
	{regexp.MustCompile(`^index out of bounds: (.*)$`), "下标 $1 超出范围"},
	{regexp.MustCompile(`^type conversion error from '(.*)' to '(.*)'`), "无法从 $1 转换为 $2"},
	// Regular expressions.
	{regexp.MustCompile(`^error parsing regexp: missing closing \): `), "缺少右括号 )"},
	{regexp.MustCompile(`^error parsing regexp: unexpected \): `), "多余的右括号 )"},
	{regexp.MustCompile(`^error parsing regexp: missing closing \]: `), "缺少右方括号 ]"},
	{regexp.MustCompile(`^error parsing regexp: missing argument to repetition operator: ` + "`(.*)`"), "$1 前缺少要重复的内容"},
	{regexp.MustCompile(`^error parsing regexp: invalid nested repetition operator: ` + "`(.*)`"), "重复符号 $1 不能连用"},
	{regexp.MustCompile(`^error parsing regexp: invalid repeat count: ` + "`(.*)`"), "重复次数 $1 无效"},
	{regexp.MustCompile(`^error parsing regexp: invalid or unsupported Perl syntax: ` + "`(.*)`"), "不支持的写法 $1"},
	{regexp.MustCompile(`^error parsing regexp: invalid escape sequence: ` + "`(.*)`"), "转义 $1 无效"},
	{regexp.MustCompile(`^error parsing regexp: invalid character class range: ` + "`(.*)`"), "字符范围 $1 无效"},
	{regexp.MustCompile(`^error parsing regexp: trailing backslash at end of expression`), "结尾多了反斜杠"},
	{regexp.MustCompile(`^error parsing regexp: expression (?:too large|nests too deeply)`), "表达式过大"},
	// Cron expressions.
	{regexp.MustCompile(`^expected exactly (\d+) fields, found (\d+)`), "应有 $1 个字段，实际为 $2 个"},
	{regexp.MustCompile(`^empty spec string`), "内容为空"},
	{regexp.MustCompile(`^failed to parse int from (\S+?):`), "$1 不是数字"},
	{regexp.MustCompile(`^end of range \((\d+)\) above maximum \((\d+)\)`), "$1 超过最大值 $2"},
	{regexp.MustCompile(`^beginning of range \((\d+)\) below minimum \((\d+)\)`), "$1 小于最小值 $2"},
	{regexp.MustCompile(`^beginning of range \((\d+)\) beyond end of range \((\d+)\)`), "范围的起点 $1 大于终点 $2"},
	{regexp.MustCompile(`^too many (?:hyphens|slashes): (.*)$`), "写法 $1 有误"},
	// Files and values.
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?did not find expected key`), "此处应为一个键，请检查缩进"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?did not find expected '-' indicator`), "此处应为以 - 开头的列表项，请检查缩进"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?did not find expected ',' or '[\]}]'`), "缺少逗号或右括号"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?could not find expected ':'`), "键之后缺少冒号"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?found character that cannot start any token`), "有不能作为开头的字符（例如制表符）"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?found unexpected end of stream`), "内容没有写完，可能缺少引号"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?mapping values are not allowed in this context`), "此处不能再有冒号，含冒号的文字请加引号"},
	{regexp.MustCompile(`^(?:yaml: )?(?:line \d+: )?found a tab character`), "缩进请用空格，不能用制表符"},
	{regexp.MustCompile(`^(?:yaml: )?unknown anchor '(.*)' referenced`), "引用的锚点 $1 不存在"},
	{regexp.MustCompile(`^invalid google\.protobuf\.Duration value (.*)$`), "时长 $1 无效，请写成 90s 这样的秒数"},
	{regexp.MustCompile(`^invalid google\.protobuf\.Timestamp value (.*)$`), "时间 $1 无效，请写成 2026-01-05T08:00:00+08:00"},
	{regexp.MustCompile(`^invalid value for (\S+) (?:type|field)[^:]*: (.*)$`), "$2 不是有效的 $1"},
	{regexp.MustCompile(`^invalid character '(.*)' looking for beginning of value`), "此处不应出现字符 $1"},
	{regexp.MustCompile(`^unexpected end of JSON input`), "JSON 没有写完"},
	{regexp.MustCompile(`^unexpected EOF`), "内容没有写完"},
}

// InChinese is an error of a library in Chinese with the original beside it; the original alone where nobody has put its form into Chinese.
func InChinese(original string) string {
	text := strings.TrimPrefix(original, "plan: ") // what we were doing
	for _, f := range quotedForms {
		if at := f.form.FindStringSubmatchIndex(text); at != nil {
			return string(f.form.ExpandString(nil, f.zh, text, at)) + "（" + original + "）"
		}
	}
	return original
}

// quoted is an error of a library in both languages.
func quoted(original string) words { return words{original, InChinese(original)} }
