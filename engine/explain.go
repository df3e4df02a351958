package engine

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Forms of the messages of the expression checker.
var (
	undeclaredForm = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	undefinedForm  = regexp.MustCompile(`^undefined field '([^']*)'`)
	overloadForm   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`)
	operatorForm   = regexp.MustCompile(`^[!@]?_?\[?\]?([^_]*)_?$`)
	pathForm       = regexp.MustCompile(`^\s*\.\s*\??\s*([A-Za-z_][A-Za-z0-9_]*)`)
)

// finding is one message of the expression checker with its place.
type finding struct {
	place   at
	base    int32 // of the expression in its field
	source  string
	offset  int32 // in the expression
	message string
	operand *cel.Type // what a missing field was selected from, if known
}

// at is the place of a word at or behind the finding: the checker points at the dot or the parenthesis next to it.
func (f *finding) at(word string) at {
	runes, offset := []rune(f.source), int(f.offset)
	length := utf8.RuneCountInString(word)
	switch {
	case strings.HasPrefix(string(runes[min(offset, len(runes)):]), word):
	case offset >= length && string(runes[offset-length:offset]) == word:
		offset -= length
	default:
		if i := strings.Index(string(runes[min(offset, len(runes)):]), word); i >= 0 {
			offset += utf8.RuneCountInString(string(runes[offset:])[:i])
		}
	}
	f.place.exact, f.place.offset = true, f.base+int32(offset)
	return f.place
}

// explain turns a message of the expression checker into ours.
func (c *compiler) explain(f finding) {
	here := f.at("")
	if m := undeclaredForm.FindStringSubmatch(f.message); m != nil {
		c.undeclared(f, m[1])
		return
	}
	if m := undefinedForm.FindStringSubmatch(f.message); m != nil {
		c.report(codeUnknownField, f.at(m[1]), m[1], fieldsOf(f.operand))
		return
	}
	if m := overloadForm.FindStringSubmatch(f.message); m != nil {
		remedy := words{"make both sides the same type", "让两边的类型相同"}
		if strings.Contains(m[2], "int") && strings.Contains(m[2], "string") {
			remedy = words{
				"make both sides the same type; enums are compared with names such as Role.ROLE_USER, without quotes",
				"让两边的类型相同；枚举用不带引号的名称比较，例如 Role.ROLE_USER",
			}
		}
		on, operands := operator(m[1]), shorten(m[2])
		c.report(codeOverload, here, words{on + " on " + operands, on + " 用于 " + operands}, remedy)
		return
	}
	if strings.HasPrefix(f.message, "Syntax error: ") || strings.Contains(f.message, "recursion") || strings.Contains(f.message, "size exceeds") {
		code := codeSyntax
		if !strings.HasPrefix(f.message, "Syntax error: ") {
			code = codeTooLarge
		}
		c.report(code, here, quoted(strings.TrimPrefix(f.message, "Syntax error: ")))
		return
	}
	c.report(codeOverload, here, quoted(shorten(f.message)), words{"correct the expression at the position given", "改正所标位置的表达式"})
}

// fieldsOf lists the fields of a message, for a remedy.
func fieldsOf(t *cel.Type) words {
	if t != nil {
		if d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(t.TypeName())); err == nil {
			if message, ok := d.(protoreflect.MessageDescriptor); ok && message.Fields().Len() > 0 {
				names := make([]string, 0, message.Fields().Len())
				for i := range message.Fields().Len() {
					names = append(names, string(message.Fields().Get(i).Name()))
				}
				name, all := string(message.Name()), strings.Join(names, ", ")
				return words{name + " has the fields " + all, name + " 的字段有 " + all}
			}
		}
	}
	return words{"the reference lists the fields of each message; check the spelling", "参考文档列出了每个消息的字段；请检查拼写"}
}

// undeclared says what is missing: a node, a variable, an enum's value, or a name.
func (c *compiler) undeclared(f finding, missing string) {
	short := strings.TrimPrefix(missing, container+".")
	place, member := f.at(short), ""
	if i := int(place.offset - f.base); i >= 0 {
		rest := strings.TrimPrefix(string([]rune(f.source)[i:]), short)
		if m := pathForm.FindStringSubmatch(rest); m != nil {
			member = m[1]
		}
	}
	switch {
	case (short == "nodes" || short == "maybe") && member != "":
		c.report(codeUnknownNode, place, member)
	case short == "vars" && member != "":
		c.report(codeUnknownVariable, place, member)
	default:
		if d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(container + "." + short)); err == nil {
			if enum, ok := d.(protoreflect.EnumDescriptor); ok && member != "" {
				c.report(codeEnumValue, place, short, member, valueNames(enum))
				return
			}
		}
		c.report(codeUndeclared, place, short)
	}
}

// valueNames are the names of an enum's values but the unspecified one.
func valueNames(enum protoreflect.EnumDescriptor) string {
	var all []string
	for i := range enum.Values().Len() {
		if v := enum.Values().Get(i); v.Number() != 0 {
			all = append(all, string(enum.Name())+"."+string(v.Name()))
		}
	}
	return strings.Join(all, ", ")
}

// operator is an operator as authors write it.
func operator(function string) string {
	if m := operatorForm.FindStringSubmatch(function); m != nil && m[1] != "" {
		return m[1]
	}
	return function
}

func shorten(text string) string { return strings.ReplaceAll(text, container+".", "") }
