package engine

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// piece is a part of a template's text: literal text, or what stands between braces.
type piece struct {
	text   string
	inside bool
	offset int32 // of the text, in code points
}

// templateError is a fault of a template's text.
type templateError struct {
	offset int32
	text   words
}

func (e *templateError) Error() string { return fmt.Sprintf("%s at %d", e.text.en, e.offset) }

// pieces splits a template. {{ and }} stand for braces; braces and quotes inside an expression are its own.
func pieces(text string) ([]piece, error) {
	var out []piece
	var literal strings.Builder
	begin := 0
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case (r == '{' || r == '}') && i+1 < len(runes) && runes[i+1] == r:
			literal.WriteRune(r)
			i++
		case r == '}':
			return nil, &templateError{int32(i), words{"} without {", "} 没有对应的 {"}}
		case r == '{':
			end := closing(runes, i+1)
			if end < 0 {
				return nil, &templateError{int32(i), words{"{ without }", "{ 没有对应的 }"}}
			}
			if literal.Len() > 0 {
				out = append(out, piece{text: literal.String(), offset: int32(begin)})
				literal.Reset()
			}
			out = append(out, piece{text: string(runes[i+1 : end]), inside: true, offset: int32(i + 1)})
			i, begin = end, end+1
		default:
			literal.WriteRune(r)
		}
	}
	if literal.Len() > 0 {
		out = append(out, piece{text: literal.String(), offset: int32(begin)})
	}
	return out, nil
}

// printable is what a template can show. Messages have no form for people.
//
//nolint:gochecknoglobals // a table
var printable = wanted{
	types: []*cel.Type{
		cel.StringType, cel.IntType, cel.DoubleType, cel.BoolType, cel.TimestampType, cel.DurationType, cel.ListType(cel.StringType),
	},
	called: words{"a text, number, time, condition or list of texts", "文本、数字、时间、条件或文本列表"},
}

// show is a value as people read it: a list by its texts, an enum's value by its label or else by its name.
func (p *templatePart) show(value ref.Val) string {
	if list, ok := value.(traits.Lister); ok {
		if texts, err := list.ConvertToNative(stringsType); err == nil {
			return strings.Join(texts.([]string), "、") //nolint:forcetypeassert // the type asked for
		}
	}
	n, ok := value.(types.Int)
	if p.enum == nil || !ok {
		return show(value)
	}
	named := p.enum.Values().ByNumber(protoreflect.EnumNumber(n))
	if named == nil {
		return show(value)
	}
	if label, _ := proto.GetExtension(named.Options(), flowdeskv1.E_Value).(*flowdeskv1.Text); label.GetZh() != "" {
		return label.GetZh()
	}
	return string(named.Name())
}

// closing finds the brace that ends an expression.
func closing(runes []rune, i int) int {
	depth := 0
	quote := rune(0)
	for ; i < len(runes); i++ {
		switch r := runes[i]; {
		case quote != 0:
			if r == '\\' {
				i++
			} else if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '{':
			depth++
		case r == '}' && depth > 0:
			depth--
		case r == '}':
			return i
		}
	}
	return -1
}

// template reads a template of the flow.
func (c *compiler) template(v *vertex, message proto.Message, field, path, text string, known []string) {
	place := at{node: v.ID, path: path}
	parts, err := pieces(text)
	if err != nil {
		fault := err.(*templateError) //nolint:errorlint,forcetypeassert // pieces gives no other
		place.exact, place.offset = true, fault.offset
		c.report(codeTemplateSyntax, place, fault.text)
		return
	}
	t := &Template{Source: text}
	for _, p := range parts {
		trimmed := strings.TrimSpace(p.text)
		switch {
		case !p.inside:
			t.parts = append(t.parts, templatePart{literal: p.text})
		case slices.Contains(known, trimmed):
			t.parts = append(t.parts, templatePart{name: trimmed})
		case trimmed == "" || identifier.MatchString(trimmed) && !runName(trimmed):
			place.exact, place.offset = true, p.offset
			c.report(codeTemplateName, place, trimmed, knownNames(known))
		default:
			if e, checked := c.expression(v, place, p.offset, p.text, printable, v.written); e != nil {
				e.Source, e.Explicit = trimmed, true
				t.parts = append(t.parts, templatePart{expr: e, enum: enumOf(checked)})
			}
		}
	}
	v.setTemplate(message, field, t)
}

func knownNames(known []string) words {
	var en, zh string
	for _, name := range known {
		en += "{" + name + "}, "
		zh += "{" + name + "}、"
	}
	return words{
		en + "and expressions over event, session, env, now, vars.NAME, nodes.ID and maybe.ID",
		zh + "以及使用 event、session、env、now、vars.名称、nodes.编号、maybe.编号 的表达式",
	}
}

// settingTemplate reads a template that comes from the settings. A word alone is a name that the node gives; anything else is an
// expression over event, session, env and now, for settings know no flow.
func (p *Program) settingTemplate(text string) (*Template, error) {
	if cached, ok := p.templates.Load(text); ok {
		return cached.(*Template), nil //nolint:forcetypeassert // only templates are stored
	}
	parts, err := pieces(text)
	if err != nil {
		return nil, fmt.Errorf("template of the settings: %w", err)
	}
	t := &Template{Source: text}
	for _, part := range parts {
		trimmed := strings.TrimSpace(part.text)
		switch {
		case !part.inside:
			t.parts = append(t.parts, templatePart{literal: part.text})
		case identifier.MatchString(trimmed) && !runName(trimmed):
			t.parts = append(t.parts, templatePart{name: trimmed})
		default:
			part, err := settingExpression(trimmed)
			if err != nil {
				return nil, fmt.Errorf("template of the settings, {%s}: %w", trimmed, err)
			}
			t.parts = append(t.parts, part)
		}
	}
	cached, _ := p.templates.LoadOrStore(text, t)
	return cached.(*Template), nil //nolint:forcetypeassert // as above
}

func settingExpression(source string) (templatePart, error) {
	if utf8.RuneCountInString(source) > maxExpression {
		return templatePart{}, fmt.Errorf("longer than %d characters", maxExpression)
	}
	checked, issues := baseEnv().Compile(source)
	if err := issues.Err(); err != nil {
		return templatePart{}, err //nolint:wrapcheck // the caller names the place
	}
	if !printable.accepts(checked.OutputType()) {
		return templatePart{}, fmt.Errorf("it gives %s, and a template shows %s", typeName(checked.OutputType()), printable.words().en)
	}
	e, err := plan(baseEnv(), checked, source, nil)
	return templatePart{expr: e, enum: enumOf(checked)}, err
}
