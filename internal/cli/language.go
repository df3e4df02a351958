package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	because "github.com/flowdesk/flowdesk/internal/reasons"
)

// Language is one of the two languages in which commands speak to people.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// zh.yaml gives the Chinese of each text by its English, which is the text in the source; zh_server.yaml that of the help of commands that are
// not of this package.
var (
	//go:embed zh.yaml
	chineseFile []byte
	//go:embed zh_server.yaml
	chineseServerFile []byte
)

var chinese = sync.OnceValues( //nolint:gochecknoglobals // read once, and never changed
	func() (map[string]string, error) {
		texts := make(map[string]string)
		return texts, errors.Join(yaml.Unmarshal(chineseServerFile, &texts), yaml.Unmarshal(chineseFile, &texts))
	})

// TerminalLanguage is the language of whoever sits at this program's terminal.
func TerminalLanguage() Language { return language(os.Args[1:], os.Getenv) }

// language is what the flag --lang says, else FLOWDESK_LANG, else the locale. Help must know it before flags are parsed.
func language(args []string, getenv func(string) string) Language {
	wish := ""
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, "--lang="); found {
			wish = value
		} else if arg == "--lang" && i+1 < len(args) {
			wish = args[i+1]
		}
	}
	for _, name := range []string{"FLOWDESK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if wish == "" {
			wish = getenv(name)
		}
	}
	if strings.HasPrefix(strings.ToLower(wish), "zh") {
		return Chinese
	}
	return English
}

// say is a text in the language; what follows fills it as fmt.Sprintf does. A text without a translation stays English.
func (l Language) say(english string, values ...any) string {
	text := english
	if l == Chinese {
		if texts, err := chinese(); err == nil && texts[english] != "" {
			text = texts[english]
		}
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// text is the language's half of a text in two languages.
func (l Language) text(t *flowdeskv1.Text) string {
	if l == Chinese && t.GetZh() != "" {
		return t.GetZh()
	}
	return t.GetEn()
}

// because is the reason of a decision in the language, whichever it was written in.
func (l Language) because(reason string) string {
	if l == Chinese {
		return because.In(because.Chinese, reason)
	}
	return because.In(because.English, reason)
}

// word is what a purpose or a proof is called in the language.
func (l Language) word(name string) string {
	if l == Chinese {
		return because.Word(because.Chinese, name)
	}
	return because.Word(because.English, name)
}

// value names an enum value: by its label where the proto has one, else by its own name without the enum's.
func (l Language) value(v protoreflect.Enum) string {
	d := v.Descriptor().Values().ByNumber(v.Number())
	if d == nil {
		return fmt.Sprint(v.Number())
	}
	if v.Number() == 0 {
		return "-"
	}
	if label, ok := proto.GetExtension(d.Options(), flowdeskv1.E_Value).(*flowdeskv1.Text); ok && label != nil {
		return l.text(label)
	}
	return l.say(shortValue(d))
}

// shortValue is the name of an enum value as flags take it: COMMAND_STATE_SENT is sent.
func shortValue(d protoreflect.EnumValueDescriptor) string {
	enum, ok := d.Parent().(protoreflect.EnumDescriptor)
	if !ok {
		return strings.ToLower(string(d.Name()))
	}
	unset := string(enum.Values().ByNumber(0).Name())
	return strings.ToLower(strings.TrimPrefix(string(d.Name()), strings.TrimSuffix(unset, "UNSPECIFIED")))
}
