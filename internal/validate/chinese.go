package validate

import "regexp"

// phrases are the messages of the rules that our fields use, in Chinese. What a rule compares with is taken from the message.
var phrases = []struct {
	form *regexp.Regexp
	zh   string
}{
	{regexp.MustCompile(`^value is required$`), "必填"},
	{regexp.MustCompile(`^exactly one field is required in oneof$`), "必须选择其中一项"},
	{regexp.MustCompile(`^must be at least (\d+) characters$`), "至少 $1 个字符"},
	{regexp.MustCompile(`^must be at most (\d+) characters$`), "最多 $1 个字符"},
	{regexp.MustCompile(`^must be at least (\d+) bytes$`), "至少 $1 字节"},
	{regexp.MustCompile(`^must be at most (\d+) bytes$`), "最多 $1 字节"},
	{regexp.MustCompile(`^must be (\d+) characters$`), "必须是 $1 个字符"},
	{regexp.MustCompile(`^must be greater than (\S+) and less than (\S+)$`), "必须大于 $1 且小于 $2"},
	{regexp.MustCompile(`^must be greater than or equal to (\S+) and less than (\S+)$`), "必须不小于 $1 且小于 $2"},
	{regexp.MustCompile(`^must be finite$`), "必须是有限的数"},
	{regexp.MustCompile(`^map must be at most (\d+) entries$`), "最多 $1 项"},
	{regexp.MustCompile("^does not match regex pattern `(.*)`$"), "不符合格式 $1"},
	{regexp.MustCompile(`^must contain at least (\d+) item\(s\)$`), "至少 $1 项"},
	{regexp.MustCompile(`^must contain no more than (\d+) item\(s\)$`), "最多 $1 项"},
	{regexp.MustCompile(`^repeated value must contain unique items$`), "各项不能重复"},
	{regexp.MustCompile(`^value must be one of the defined enum values$`), "不是已定义的枚举值"},
	{regexp.MustCompile(`^must not be in list \[0\]$`), "必须选择一个值"},
	{regexp.MustCompile(`^must not be in list (.+)$`), "不能是 $1 之一"},
	{regexp.MustCompile(`^must be in list (.+)$`), "必须是 $1 之一"},
	{regexp.MustCompile(`^must be greater than or equal to (\S+) and less than or equal to (\S+)$`), "必须在 $1 到 $2 之间"},
	{regexp.MustCompile(`^must be greater than (\S+) and less than or equal to (\S+)$`), "必须大于 $1 且不超过 $2"},
	{regexp.MustCompile(`^must be greater than or equal to (\S+)$`), "不能小于 $1"},
	{regexp.MustCompile(`^must be less than or equal to (\S+)$`), "不能大于 $1"},
	{regexp.MustCompile(`^must be greater than (\S+)$`), "必须大于 $1"},
	{regexp.MustCompile(`^must be less than (\S+)$`), "必须小于 $1"},
}

// Chinese is a message of a rule in Chinese, and whether somebody has put it into Chinese.
func Chinese(message string) (string, bool) {
	for _, p := range phrases {
		if p.form.MatchString(message) {
			return p.form.ReplaceAllString(message, p.zh), true
		}
	}
	return message, false
}

// chinese is a message of a rule in Chinese; the message itself where nobody has put it into Chinese yet.
func chinese(message string) string {
	text, _ := Chinese(message)
	return text
}
