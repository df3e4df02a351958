package flowfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Codes of what can be wrong with a file. The compiler's codes begin at FD1001.
const (
	CodeSyntax       = "FD0901" // the text is no YAML or JSON
	CodeUnknownField = "FD0902" // a key is no field of its message
	CodeType         = "FD0903" // a value is of the wrong kind
	CodeEnum         = "FD0904" // a name is no value of its enum
	CodeDuplicate    = "FD0905" // a field is given twice
	CodeTooLarge     = "FD0906" // the file is beyond a bound
	CodeOneof        = "FD0907" // two fields are given of which only one may be
	CodeValue        = "FD0908" // a value is of the right kind and cannot be read
)

type text struct{ en, zh, remedy, remedyZh string }

// words are an argument in both languages.
type words struct{ en, zh string }

// same are the words of a library, which speaks English only.
// quoted is an error of a library, in Chinese with the original beside it where its form is known.
func quoted(text string) words { return words{text, engine.InChinese(text)} }

var texts = map[string]text{
	CodeSyntax:       {"the file cannot be read: %[1]s", "文件无法读取：%[1]s", "correct the text at this place", "改正此处的内容"},
	CodeUnknownField: {"there is no field %[1]s", "没有字段 %[1]s", "the fields here are %[2]s", "此处的字段有 %[2]s"},
	CodeType:         {"%[1]s must be %[2]s, not %[3]s", "%[1]s 应为 %[2]s，而不是 %[3]s", "write %[2]s", "填写%[2]s"},
	CodeEnum:         {"%[1]s has no value %[2]s", "%[1]s 没有值 %[2]s", "its values are %[3]s", "可用的值有 %[3]s"},
	CodeDuplicate:    {"%[1]s is given twice", "%[1]s 重复", "keep one", "只保留一个"},
	CodeTooLarge:     {"the file is too large: %[1]s", "文件过大：%[1]s", "split the flow", "拆分流程"},
	CodeOneof:        {"%[1]s and %[2]s cannot both be given", "%[1]s 与 %[2]s 只能有一个", "keep one", "只保留一个"},
	CodeValue:        {"%[1]s cannot be read: %[2]s", "%[1]s 无法读取：%[2]s", "write %[3]s", "填写%[3]s"},
}

func (r *reader) report(code string, at *node, path string, args ...any) {
	if len(r.diagnostics) >= maxDiagnostics {
		return
	}
	t := texts[code]
	d := &flowdeskv1.Diagnostic{
		Code: code, Severity: flowdeskv1.Severity_SEVERITY_ERROR, Field: path, Offset: -1,
		Message: sprint(t.en, args, false), MessageZh: sprint(t.zh, args, true), Remedy: sprint(t.remedy, args, false), RemedyZh: sprint(t.remedyZh, args, true),
	}
	if at != nil {
		d.Line, d.Column = int32(at.line), int32(at.column)
	}
	r.diagnostics = append(r.diagnostics, d)
}

// sprint replaces %[1]s and so on; a text need not use all arguments.
func sprint(format string, args []any, zh bool) string {
	for i, a := range args {
		if w, ok := a.(words); ok {
			if a = w.en; zh {
				a = w.zh
			}
		}
		format = strings.ReplaceAll(format, fmt.Sprintf("%%[%d]s", i+1), fmt.Sprint(a))
	}
	return format
}

// Codes are all codes of this package, in order.
func Codes() []string { return slices.Sorted(maps.Keys(texts)) }
