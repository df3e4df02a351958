package engine

import (
	"regexp/syntax"
	"slices"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// fields compiles the expressions and templates of every node and checks the fields that mean something to the compiler.
func (c *compiler) fields() {
	for _, v := range c.order {
		v.expressions, v.templates = map[fieldKey]*Expression{}, map[fieldKey]*Template{}
		if v.Type.Planned() {
			continue
		}
		written, ports := slices.Clone(v.written), map[string]bool{}
		for _, p := range v.Type.Spec.GetPorts() {
			ports[p.GetName()] = true
		}
		walkMessages(v.Config, func(m protoreflect.Message, path string) {
			fields := m.Descriptor().Fields()
			for i := range fields.Len() {
				c.field(v, m, fields.Get(i), path, written)
			}
			if f := fields.ByName("port"); f != nil && f.Kind() == protoreflect.StringKind && path != "" {
				name := m.Get(f).String()
				if ports[name] {
					c.report(codeDuplicatePort, at{node: v.ID, path: join(path, "port")}, name)
				}
				ports[name] = true
			}
			if f := fields.ByName("variable"); f != nil && f.Kind() == protoreflect.StringKind {
				if i, ok := c.program.variables[m.Get(f).String()]; ok { // assignments are made in order
					written.add(i)
				}
			}
		})
	}
}

func (c *compiler) field(v *vertex, m protoreflect.Message, f protoreflect.FieldDescriptor, path string, written bits) {
	spec := FieldSpec(f)
	if f.Kind() != protoreflect.StringKind || f.IsList() {
		return
	}
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() && !m.Has(f) {
		return
	}
	path = join(path, string(f.Name()))
	text := m.Get(f).String()
	message, place := m.Interface(), at{node: v.ID, path: path}
	switch {
	case spec.GetExpression() != nil:
		c.expressionField(v, m, f, place, text, written)
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_TEMPLATE && text != "":
		c.template(v, message, string(f.Name()), path, text, spec.GetTemplateNames())
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_REGEX && text != "":
		if _, err := syntax.Parse(text, syntax.Perl); err != nil {
			c.report(codeRegex, place, quoted(err.Error()))
		}
	case spec.GetWidget() == flowdeskv1.Widget_WIDGET_NODE && text != "":
		c.target(v, place, text)
	}
}

// target checks a field that names a node to be run again.
func (c *compiler) target(v *vertex, place at, id string) {
	if c.ids[id] == nil {
		c.report(codeUnknownNode, place, id)
		return
	}
	if t := c.byID[id]; t != nil && !t.Planned() && v.sound() && !v.ran.has(t.Index) {
		c.report(codeNodeTarget, place, id, v.ID)
	}
}

// sound reports whether what is known to come before the node is what the author meant. Where it is not, something else was reported.
func (v *vertex) sound() bool { return v.reachable && !v.shaky }

// Planned reports whether the node's type cannot be activated.
func (v *vertex) Planned() bool { return v.Type.Planned() }

func (c *compiler) expressionField(v *vertex, m protoreflect.Message, f protoreflect.FieldDescriptor, place at, text string, written bits) {
	spec := FieldSpec(f).GetExpression()
	want := wantedBy(spec.GetType())
	if spec.GetType() == "variable" {
		want = c.wantedByVariable(m)
	}
	explicit := text != ""
	if !explicit {
		var ok bool
		if text, ok = c.defaultExpression(v, place, f, want); !ok {
			return
		}
	}
	e, _ := c.expression(v, place, 0, text, want, written)
	if e == nil {
		return
	}
	e.Explicit = explicit
	v.setExpression(m.Interface(), string(f.Name()), e)
}

// wantedByVariable is the type of the variable that the message's field of that name names.
func (c *compiler) wantedByVariable(m protoreflect.Message) wanted {
	f := m.Descriptor().Fields().ByName("variable")
	if f == nil {
		return wanted{}
	}
	i, ok := c.program.variables[m.Get(f).String()]
	if !ok {
		return wanted{} // reported where writes are collected
	}
	switch kind := variableTypes[c.program.Variables[i].Type]; kind {
	case nil:
		return wanted{}
	case cel.DoubleType:
		return wanted{types: []*cel.Type{cel.DoubleType, cel.IntType}}
	default:
		return wanted{types: []*cel.Type{kind}}
	}
}

// expression checks one expression of a node and plans it.
func (c *compiler) expression(v *vertex, place at, base int32, source string, want wanted, written bits) (*Expression, *cel.Ast) {
	checked := c.check(c.env, place, base, source)
	if checked == nil {
		return nil, nil
	}
	if base > 0 {
		place.exact, place.offset = true, base
	}
	before := len(c.diagnostics)
	c.resultType(place, checked, want)
	if v.sound() {
		c.reads(v, place, base, source, checked, written)
	}
	e, err := plan(c.env, checked, source, c.catalog.counted)
	if err != nil {
		c.report(codeConstantFails, place, quoted(err.Error()))
		return nil, nil
	}
	if len(c.diagnostics) > before {
		return nil, nil
	}
	c.costOf(v, checked)
	return e, checked
}

func (c *compiler) resultType(place at, checked *cel.Ast, want wanted) {
	if len(want.types) > 0 && checked.OutputType().IsExactType(cel.DynType) && !c.failed {
		c.report(codeResultType, place, words{"a value whose type shows only at run time", "运行时才知道类型的值"}, want.words())
		return
	}
	if !want.accepts(checked.OutputType()) {
		c.report(codeResultType, place, typeName(checked.OutputType()), want.words())
		return
	}
	if want.enum == nil && !want.anyEnum {
		return
	}
	if want.anyEnum {
		if enumOf(checked) == nil && !checked.OutputType().IsExactType(cel.DynType) {
			c.report(codeResultType, place, plainNumber, want.words())
		}
		return
	}
	native := checked.NativeRep()
	switch misfit := misfitOf(native, native.Expr(), want.enum); {
	case misfit.number != "":
		c.report(codeEnumNumber, place, misfit.number, string(want.enum.Name()), valueNames(want.enum))
	case misfit.kind != words{}:
		c.report(codeResultType, place, misfit.kind, want.words())
	}
}

// reads checks that everything that an expression reads exists by the time it is evaluated.
func (c *compiler) reads(v *vertex, place at, base int32, source string, checked *cel.Ast, written bits) {
	for _, n := range names(checked) {
		prefix, id := cutName(n.text)
		here := place
		here.exact, here.offset = true, base+start(checked, source, n)
		switch prefix {
		case "vars":
			if i, ok := c.program.variables[id]; ok && !written.has(i) {
				c.report(codeUnwritten, here, id, c.pathWithout(v, func(l link) bool { return l.first() && slices.Contains(l.from.writes, i) }))
			}
		case "nodes", "maybe":
			other := c.byID[id]
			switch {
			case other == nil || other.Planned() || !other.sound(): // reported as itself
			case !v.before.has(other.Index) && !v.earlier.has(other.Index):
				c.report(codeNeverBefore, here, id, v.ID)
			case prefix == "nodes" && !v.ran.has(other.Index):
				c.report(codeNotRun, here, id, v.ID, c.pathWithout(v, func(l link) bool { return l.from == other && l.port != Failed }))
			}
		}
	}
}

// setExpression and setTemplate file what was compiled under the message that stands in the node's config.
func (v *vertex) setExpression(message proto.Message, field string, e *Expression) {
	v.expressions[v.key(message, field)] = e
}

func (v *vertex) setTemplate(message proto.Message, field string, t *Template) {
	v.templates[v.key(message, field)] = t
}

func (v *vertex) key(message proto.Message, field string) fieldKey {
	if message.ProtoReflect().Descriptor() == v.Type.Config {
		return fieldKey{nil, field}
	}
	return fieldKey{message, field}
}
