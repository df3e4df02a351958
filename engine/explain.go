package engine

import (
	"regexp"
	"strings"

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

// explain turns a message of the expression checker into ours.
func (c *compiler) explain(place at, source string, offset int32, message string) {
	if m := undeclaredForm.FindStringSubmatch(message); m != nil {
		c.undeclared(place, source, offset, m[1])
		return
	}
	if m := undefinedForm.FindStringSubmatch(message); m != nil {
		c.report(codeUnknownField, place, m[1], "the reference lists the fields of each message; check the spelling")
		return
	}
	if m := overloadForm.FindStringSubmatch(message); m != nil {
		remedy := "make both sides the same type"
		if strings.Contains(m[2], "int") && strings.Contains(m[2], "string") {
			remedy = "make both sides the same type; enums are compared with names such as Role.ROLE_USER, without quotes"
		}
		c.report(codeOverload, place, operator(m[1])+" on "+shorten(m[2]), remedy)
		return
	}
	if strings.HasPrefix(message, "Syntax error: ") || strings.Contains(message, "recursion") || strings.Contains(message, "size exceeds") {
		code := codeSyntax
		if !strings.HasPrefix(message, "Syntax error: ") {
			code = codeTooLarge
		}
		c.report(code, place, strings.TrimPrefix(message, "Syntax error: "))
		return
	}
	c.report(codeOverload, place, shorten(message), "correct the expression at the position given")
}

// undeclared says what is missing: a node, a variable, an enum's value, or a name.
func (c *compiler) undeclared(place at, source string, offset int32, missing string) {
	short := strings.TrimPrefix(missing, container+".")
	member := ""
	if runes := []rune(source); int(offset) <= len(runes) {
		rest := strings.TrimPrefix(string(runes[offset:]), missing)
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
