package engine

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// nearestForm is nearest.KIND.path.
var nearestForm = regexp.MustCompile(`\bnearest\.([a-z0-9_]+)((?:\.[a-z0-9_]+)+)`)

// defaultExpression is the expression that applies when a field is empty. A default may have alternatives, a ?? b: the first that is not
// empty applies. It reports, and gives false, when none applies and the field may not stay empty.
func (c *compiler) defaultExpression(v *vertex, place at, f protoreflect.FieldDescriptor, want wanted) (string, bool) {
	spec := FieldSpec(f).GetExpression()
	if spec.GetDefaultExpression() == "" {
		if !spec.GetOptional() && v.sound() {
			c.report(codeExpressionNeeded, place, string(f.Name()), want.words())
		}
		return "", false
	}
	sources := strings.Split(spec.GetDefaultExpression(), "??")
	var alternatives []string
	kind := ""
	for _, source := range sources {
		r := c.resolve(v, strings.TrimSpace(source), want)
		if r.kind != "" {
			kind = r.kind
		}
		// One alternative alone must be sure, unless its empty value means just what its absence means.
		if r.text == "" || !r.sure && len(sources) == 1 && !spec.GetOptional() && !want.zeroMeansNone() {
			continue
		}
		alternatives = append(alternatives, r.text)
	}
	switch {
	case len(alternatives) == 1:
		return alternatives[0], true
	case len(alternatives) > 1:
		return "first([" + strings.Join(alternatives, ", ") + "])", true
	case want.zeroMeansNone():
		return want.zero(), true
	case !spec.GetOptional() && v.sound():
		wanted := Kind(strings.ToUpper(kind))
		c.report(codeNoNearest, place, string(f.Name()), string(wanted), c.pathWithout(v, func(l link) bool { return l.from.Type.Kind == wanted && l.port != Failed }))
	}
	return "", false
}

// zeroMeansNone reports whether an absent condition may be taken for a false one.
func (w wanted) zeroMeansNone() bool { return len(w.types) == 1 && w.types[0] == cel.BoolType }

// resolved is a default with its nodes put in.
type resolved struct {
	text string // empty when a node does not exist
	sure bool   // every node has surely run
	kind string // one that is missing, or may be
}

// resolve puts nodes in the place of nearest.KIND.
func (c *compiler) resolve(v *vertex, source string, want wanted) resolved {
	r := resolved{sure: true}
	r.text = nearestForm.ReplaceAllStringFunc(source, func(match string) string {
		m := nearestForm.FindStringSubmatch(match)
		sure, maybe := c.nearestOf(v, Kind(strings.ToUpper(m[1])))
		switch {
		case sure != nil:
			return "nodes." + sure.ID + m[2]
		case len(maybe) == 0:
			r.kind, r.sure = m[1], false
			return "\x00"
		}
		r.kind = m[1]
		if !c.together(v, maybe) {
			r.sure = false
		}
		return optional(maybe, m[2], c.zeroOf(maybe[0], m[2], want))
	})
	if strings.Contains(r.text, "\x00") {
		return resolved{kind: r.kind}
	}
	return r
}

// nearestOf is the nearest node of a kind that has surely run before v, or else all that may have run, nearest first.
func (c *compiler) nearestOf(v *vertex, kind Kind) (sure *vertex, maybe []*vertex) {
	for _, other := range slices.Backward(c.order[:v.Index]) {
		if other.Type.Kind != kind || !v.before.has(other.Index) {
			continue
		}
		if v.ran.has(other.Index) {
			if len(maybe) == 0 {
				return other, nil
			}
			return nil, append(maybe, other)
		}
		maybe = append(maybe, other)
	}
	return nil, maybe
}

// together reports whether on every path to v at least one of the nodes has run.
func (c *compiler) together(v *vertex, some []*vertex) bool {
	covered := newBits(len(c.order))
	for _, w := range c.order[:v.Index+1] {
		all := len(w.in) > 0
		for _, l := range w.in {
			all = all && (covered.has(l.from.Index) || l.port != Failed && slices.Contains(some, l.from))
		}
		if all {
			covered.add(w.Index)
		}
	}
	return covered.has(v.Index)
}

// optional reads a path of the first of the nodes that gave it.
func optional(from []*vertex, path, zero string) string {
	alternatives := make([]string, 0, len(from))
	for _, v := range from {
		alternatives = append(alternatives, "maybe."+v.ID+strings.ReplaceAll(path, ".", ".?"))
	}
	out := alternatives[0]
	for _, a := range alternatives[1:] {
		out += ".or(" + a + ")"
	}
	return out + ".orValue(" + zero + ")"
}

// zeroOf is the literal of the empty value that a path of a node's output has.
func (c *compiler) zeroOf(v *vertex, path string, want wanted) string {
	message := v.Type.Output.Descriptor()
	fields := strings.Split(strings.TrimPrefix(path, "."), ".")
	for i, name := range fields {
		f := message.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			return want.zero()
		}
		if i < len(fields)-1 {
			if message = f.Message(); message == nil {
				return want.zero()
			}
			continue
		}
		return zeroOfField(f)
	}
	return want.zero()
}

func zeroOfField(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsList():
		return "[]"
	case f.Message() != nil:
		switch f.Message().FullName() {
		case "google.protobuf.Timestamp":
			return "timestamp(0)"
		case durationName:
			return "duration('0s')"
		}
		return string(f.Message().FullName()) + "{}"
	case f.Kind() == protoreflect.StringKind:
		return "''"
	case f.Kind() == protoreflect.BoolKind:
		return "false"
	case f.Kind() == protoreflect.DoubleKind:
		return "0.0"
	}
	return "0"
}

// zero is the literal of the empty value of a wanted type.
func (w wanted) zero() string {
	if len(w.types) == 0 {
		return "''"
	}
	switch t := w.types[0]; {
	case t == cel.BoolType:
		return "false"
	case t == cel.StringType:
		return "''"
	case t == cel.IntType:
		return "0"
	case t == cel.DoubleType:
		return "0.0"
	case t == cel.TimestampType:
		return "timestamp(0)"
	case t == cel.DurationType:
		return "duration('0s')"
	case t.Kind() == cel.ListKind:
		return "[]"
	default:
		return t.TypeName() + "{}"
	}
}
