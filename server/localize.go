package server

import (
	"cmp"
	"context"
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// chinese is the locale of localised refusals. Messages themselves are English, for logs and for programs.
const chinese = "zh-CN"

//go:embed zh.yaml
var chineseTexts []byte

// chineseWords are what refusals say in Chinese.
type chineseWords struct {
	Reasons  map[string]string `yaml:"reasons"`
	Messages map[string]string `yaml:"messages"`

	patterns []pattern
}

// pattern is a message with something in it.
type pattern struct {
	english *regexp.Regexp
	chinese string
	length  int
}

//nolint:gochecknoglobals // a constant that must be read
var inChinese = sync.OnceValue(func() *chineseWords {
	w := &chineseWords{}
	if err := yaml.Unmarshal(chineseTexts, w); err != nil {
		panic("zh.yaml: " + err.Error()) //nolint:forbidigo // it is part of the program
	}
	for english, text := range w.Messages {
		if strings.Contains(english, "%s") {
			quoted := strings.ReplaceAll(regexp.QuoteMeta(english), "%s", "(.+)")
			w.patterns = append(w.patterns, pattern{regexp.MustCompile("^" + quoted + "$"), text, len(english)})
		}
	}
	slices.SortFunc(w.patterns, func(a, b pattern) int { return b.length - a.length }) // the most particular first
	return w
})

// message is a message in Chinese, and whether there is one.
func (w *chineseWords) message(english string) (string, bool) {
	if text, ok := w.Messages[english]; ok {
		return text, true
	}
	for _, p := range w.patterns {
		if found := p.english.FindStringSubmatch(english); found != nil {
			return filled(p.chinese, found[1:]), true
		}
	}
	return "", false
}

// filled puts values where a text has places for them; a text may leave some out.
func filled(text string, values []string) string {
	for i, v := range values {
		items := strings.Split(strings.Trim(v, `"`), ", ")
		for n, item := range items {
			items[n] = enumsInChinese(item)
		}
		v = strings.Join(items, "、")
		text = strings.ReplaceAll(strings.Replace(text, "%s", v, 1), "%["+strconv.Itoa(i+1)+"]s", v)
	}
	return text
}

var (
	enumName  = regexp.MustCompile(`^[A-Z]+(_[A-Z0-9]+)+$`)
	enumNames = regexp.MustCompile(`\b[A-Z]+(_[A-Z0-9]+)+\b`)
)

// enumLabel is what people call an enum value; nil for a text that names none.
func enumLabel(text string) *flowdeskv1.Text {
	var label *flowdeskv1.Text
	protoregistry.GlobalTypes.RangeEnums(func(e protoreflect.EnumType) bool {
		v := e.Descriptor().Values().ByName(protoreflect.Name(text))
		if v == nil {
			return true
		}
		label, _ = proto.GetExtension(v.Options(), flowdeskv1.E_Value).(*flowdeskv1.Text)
		return false
	})
	return label
}

// enumsInChinese is the label of an enum value, or the text itself.
func enumsInChinese(text string) string {
	if !enumName.MatchString(text) {
		return text
	}
	return cmp.Or(enumLabel(text).GetZh(), text)
}

// enumsInWords is an English text with the labels of the enum values that it names.
func enumsInWords(text string) string {
	return enumNames.ReplaceAllStringFunc(text, func(name string) string {
		switch label := strings.ToLower(enumLabel(name).GetEn()); {
		case label == "":
			return name
		case strings.Contains(label, " "):
			return strconv.Quote(label)
		default:
			return label
		}
	})
}

// said is a refusal in Chinese: its message, or what its reason means with the message beside it.
func (w *chineseWords) said(reason flowdeskv1.ErrorReason, message string) string {
	if text, ok := w.message(message); ok {
		return text
	}
	if _, description, found := strings.Cut(message, ": "); found && reason == flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD {
		if text, ok := w.message(description); ok {
			return text
		}
	}
	text := w.Reasons[strings.TrimPrefix(reason.String(), "ERROR_REASON_")]
	switch reason {
	case flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW,
		flowdeskv1.ErrorReason_ERROR_REASON_BREAKS_FLOWS: // details tell the rest
		return text
	default:
		return text + "（" + message + "）"
	}
}

// violated says what is wrong with a field in Chinese; the description stands beside it where nobody has put it into Chinese.
func (w *chineseWords) violated(description string) string {
	if text, ok := w.message(description); ok {
		return text
	}
	if text, ok := engine.RuleInChinese(description); ok {
		return text
	}
	return "填写有误（" + description + "）"
}

func localized(text string) *errdetails.LocalizedMessage {
	return &errdetails.LocalizedMessage{Locale: chinese, Message: text}
}

// readsChinese reports whether the maker of a request reads Chinese rather than English, by Accept-Language.
func readsChinese(ctx context.Context) bool {
	md, _ := metadata.FromIncomingContext(ctx)
	for _, header := range []string{"accept-language", "grpcgateway-accept-language"} {
		if given := md.Get(header); len(given) > 0 {
			return asksForChinese(given[0])
		}
	}
	return false
}

// asksForChinese reports whether the first language of an Accept-Language header is Chinese.
func asksForChinese(header string) bool {
	first, _, _ := strings.Cut(header, ",")
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "zh")
}

// forReader takes the Chinese out of a status for whoever did not ask for it.
func forReader(zh bool, err error) error {
	if err == nil || zh {
		return err
	}
	s := status.Convert(err)
	var kept []protoadapt.MessageV1
	changed := false
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.LocalizedMessage:
			changed = true
			continue
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				changed = changed || v.GetLocalizedMessage() != nil
				v.LocalizedMessage = nil
			}
			kept = append(kept, d)
		case protoadapt.MessageV1:
			kept = append(kept, d)
		}
	}
	if !changed {
		return err
	}
	plain, failed := status.New(s.Code(), s.Message()).WithDetails(kept...)
	if failed != nil {
		return err
	}
	return plain.Err()
}
