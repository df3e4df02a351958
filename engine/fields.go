package engine

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// variables declares the flow's variables and makes the environment of its expressions.
func (k *compiler) variables() {
	for _, v := range k.def.GetVariables() {
		if _, taken := k.program.variables[v.GetName()]; taken {
			k.found.errorAt(CodeVariable, "", "variables", "declare it once", "variable %s is declared twice", v.GetName())
			continue
		}
		k.program.variables[v.GetName()] = len(k.program.Variables)
		k.program.Variables = append(k.program.Variables, ProgramVariable{Name: v.GetName(), Type: v.GetType()})
	}
	env, err := newExpressions(k.program)
	if err != nil {
		k.found.errorAt(CodeExpression, "", "", "report this", "%v", err)
		return
	}
	k.program.cel = env
	for _, v := range k.def.GetVariables() {
		if v.GetInitial() == "" {
			continue
		}
		field := "variables." + v.GetName() + ".initial"
		e := k.expression(place{field: field}, v.GetInitial(), true, wants("variable", v.GetType()))
		switch {
		case e == nil:
		case e.Constant == nil:
			k.found.errorAt(CodeVariable, "", field, "write a literal", "the initial value of %s depends on the run", v.GetName())
		default:
			k.program.Variables[k.program.variables[v.GetName()]].Initial = e.Constant
		}
	}
}

// inputs compiles the expressions, templates and patterns of all nodes.
func (k *compiler) inputs() {
	for _, n := range k.program.Nodes {
		k.message(n, n.Config.ProtoReflect(), "", nil)
	}
}

func (k *compiler) message(n *ProgramNode, m protoreflect.Message, path string, key proto.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		k.field(n, m, field, join(path, field), fieldKey{key, string(field.Name())})
		if field.Message() == nil || field.IsMap() || !m.Has(field) {
			continue
		}
		if !field.IsList() {
			inner := m.Get(field).Message()
			k.message(n, inner, join(path, field), inner.Interface())
			continue
		}
		list := m.Get(field).List()
		for i := range list.Len() {
			inner := list.Get(i).Message()
			k.message(n, inner, fmt.Sprintf("%s[%d]", join(path, field), i), inner.Interface())
		}
	}
}

func join(path string, field protoreflect.FieldDescriptor) string {
	if path == "" {
		return string(field.Name())
	}
	return path + "." + string(field.Name())
}

func (k *compiler) field(n *ProgramNode, m protoreflect.Message, field protoreflect.FieldDescriptor, path string, key fieldKey) {
	spec := FieldSpec(field)
	if field.Kind() != protoreflect.StringKind || field.IsList() {
		return
	}
	text := m.Get(field).String()
	at := place{node: n, field: path}
	switch {
	case spec.GetExpression() != nil:
		if field.ContainingOneof() != nil && !m.Has(field) {
			return
		}
		k.input(at, m, spec.GetExpression(), text, key)
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_TEMPLATE && text != "":
		if t := k.template(at, text, spec.GetTemplateNames()); t != nil {
			n.templates[key] = t
		}
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_REGEX && text != "":
		if _, err := regexp.Compile(text); err != nil {
			k.found.errorAt(CodeRegex, n.ID, path, "write an RE2 pattern", "%v", err)
		}
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_NODE && text != "":
		if !k.scope.surely(n, text) {
			k.found.errorAt(CodeRegenerate, n.ID, path, "name a node that runs before on every path", "%s does not surely run before %s", text, n.ID)
		}
	}
	if field.Name() == "variable" && text != "" {
		if _, known := k.program.variables[text]; !known {
			k.found.errorAt(CodeVariable, n.ID, path, "declare it under variables", "there is no variable %s", text)
		}
	}
}

// input compiles an expression field, or its default.
func (k *compiler) input(at place, m protoreflect.Message, spec *flowdeskv1.ExpressionSpec, text string, key fieldKey) {
	variable := flowdeskv1.VariableType_VARIABLE_TYPE_UNSPECIFIED
	if spec.GetType() == "variable" {
		name := m.Get(m.Descriptor().Fields().ByName("variable")).String()
		i, known := k.program.variables[name]
		if !known {
			return // reported at the field itself
		}
		variable = k.program.Variables[i].Type
	}
	explicit := text != ""
	if !explicit {
		var missing string
		if text, missing = k.fallback(at.node, spec); text == "" {
			if !spec.GetOptional() && missing != "" {
				k.found.errorAt(CodeMissingInput, at.id(), at.field, "write the field", "no earlier %s gives this input", missing)
			}
			return
		}
	}
	if e := k.expression(at, text, explicit, wants(spec.GetType(), variable)); e != nil {
		at.node.expressions[key] = e
	}
}

var nearestPattern = regexp.MustCompile(`nearest\.([a-z_]+)((?:\.[a-z_]+)*)`)

// fallback is the default of an expression field with nearest.KIND resolved. Alternatives divided by ?? are tried in order; one whose node
// may not have run counts through maybe with an empty value. It also names the kinds that were looked for in vain.
func (k *compiler) fallback(n *ProgramNode, spec *flowdeskv1.ExpressionSpec) (text, missing string) {
	if spec.GetDefaultExpression() == "" {
		return "", ""
	}
	zero, hasZero := map[string]string{"string": `""`, "list(string)": "[]", "bool": "false"}[spec.GetType()]
	var found, looked []string
	for _, alternative := range strings.Split(spec.GetDefaultExpression(), " ?? ") {
		usable := true
		resolved := nearestPattern.ReplaceAllStringFunc(alternative, func(match string) string {
			part := nearestPattern.FindStringSubmatch(match)
			kind := Kind(strings.ToUpper(part[1]))
			looked = append(looked, string(kind))
			other, sure := k.scope.nearest(n, kind)
			switch {
			case other == nil, !sure && !hasZero:
				usable = false
				return match
			case sure:
				return "nodes." + other.ID + part[2]
			default:
				empty := zero
				if strings.HasPrefix(alternative, "[") {
					empty = `""`
				}
				return "maybe." + other.ID + strings.ReplaceAll(part[2], ".", ".?") + ".orValue(" + empty + ")"
			}
		})
		if usable {
			found = append(found, resolved)
		}
	}
	switch {
	case len(found) == 0:
		return "", strings.Join(looked, " or ")
	case len(found) == 1:
		return found[0], ""
	case spec.GetType() == "list(string)":
		return "firstList([" + strings.Join(found, ", ") + "])", ""
	default:
		return "first([" + strings.Join(found, ", ") + "])", ""
	}
}

// printable are the types that a template can show.
func printable(got *cel.Type) string {
	for _, t := range []*cel.Type{cel.StringType, cel.IntType, cel.DoubleType, cel.BoolType, cel.TimestampType, cel.DurationType} {
		if t.IsEquivalentType(got) {
			return ""
		}
	}
	return "a text, number, time or truth value"
}

// template compiles a text with values in braces.
func (k *compiler) template(at place, text string, names []string) *Template {
	t := &Template{Source: text}
	err := splitTemplate(text, func(literal string) {
		t.parts = append(t.parts, templatePart{literal: literal})
	}, func(inside string, offset int) {
		for _, name := range names {
			if inside == name {
				t.parts = append(t.parts, templatePart{name: name})
				return
			}
		}
		at := at
		at.shift = offset
		if e := k.expression(at, inside, true, printable); e != nil {
			t.parts = append(t.parts, templatePart{expr: e})
		}
	})
	if err != nil {
		k.found.errorIn(CodeTemplate, at.id(), at.field, err.offset, "write {{ or }} for a brace that stands for itself", "%s", err.message)
		return nil
	}
	return t
}

type templateError struct {
	offset  int
	message string
}

// splitTemplate gives the literal parts and the insides of braces; {{ and }} are braces that stand for themselves.
func splitTemplate(text string, literal func(string), inside func(string, int)) *templateError {
	var plain strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case (r == '{' || r == '}') && i+1 < len(runes) && runes[i+1] == r:
			plain.WriteRune(r)
			i++
		case r == '}':
			return &templateError{i, "a closing brace without an opening one"}
		case r == '{':
			end := i + 1
			for end < len(runes) && runes[end] != '}' {
				end++
			}
			if end == len(runes) {
				return &templateError{i, "an opening brace without a closing one"}
			}
			if plain.Len() > 0 {
				literal(plain.String())
				plain.Reset()
			}
			inside(strings.TrimSpace(string(runes[i+1:end])), i+1)
			i = end
		default:
			plain.WriteRune(r)
		}
	}
	if plain.Len() > 0 {
		literal(plain.String())
	}
	return nil
}

var simpleName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// settingTemplate is the template of a text that comes from the settings. A simple name in braces is one that the node gives; anything
// else is an expression. Compiled texts are kept: settings hold a few dozen.
func (p *Program) settingTemplate(text string) (*Template, error) {
	if kept, ok := p.templates.Load(text); ok {
		return kept.(*Template), nil //nolint:forcetypeassert // only templates are stored
	}
	k := &compiler{program: p}
	t := &Template{Source: text}
	err := splitTemplate(text, func(literal string) {
		t.parts = append(t.parts, templatePart{literal: literal})
	}, func(inside string, offset int) {
		if simpleName.MatchString(inside) {
			t.parts = append(t.parts, templatePart{name: inside})
			return
		}
		if e := k.expression(place{field: "setting", shift: offset}, inside, true, printable); e != nil {
			t.parts = append(t.parts, templatePart{expr: e})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("text of the settings, at %d: %s", err.offset, err.message)
	}
	if len(k.found.items) > 0 {
		return nil, fmt.Errorf("text of the settings: %s", k.found.items[0].GetMessage())
	}
	p.templates.Store(text, t)
	return t, nil
}
