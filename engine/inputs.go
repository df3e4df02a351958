package engine

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// activation gives CEL the view of one visit.
type activation = cel.Activation

// view resolves names for expressions: event, session, env, now, vars.NAME, nodes.ID and maybe.ID. Inside filters of triggers and waits,
// event is the new event.
type view struct {
	run    *Run
	filter bool
}

// ResolveName implements cel.Activation.
func (v view) ResolveName(name string) (any, bool) {
	switch name {
	case "event":
		if v.filter {
			return v.run.turn.seen(v.run.event), true
		}
		return v.run.turn.seen(v.run.Start()), true
	case "session":
		return v.run.turn.state.SessionState, true
	case "env":
		return v.run.turn.env.Environment, true
	case "now":
		return v.run.turn.now, true
	}
	if v.run.instance == nil {
		return nil, false
	}
	prefix, rest, _ := strings.Cut(name, ".")
	return v.run.instance.resolve(prefix, rest)
}

// resolve gives a variable or an output. An instance that has not begun, whose trigger is asked whether it takes an event, has its
// variables' initial values and no outputs.
func (in *instance) resolve(prefix, rest string) (any, bool) {
	began := in.outputs != nil
	switch prefix {
	case "vars":
		i, ok := in.program.variables[rest]
		switch {
		case !ok:
		case began && in.values[i] != nil:
			return clippedValue(in.values[i]), true
		case !began && in.program.Variables[i].Initial != nil:
			return in.program.Variables[i].Initial, true
		}
	case "nodes":
		if n := in.program.byID[rest]; n != nil && began {
			if out := in.output(n); out != nil {
				return clipped(out), true
			}
			return n.Type.Output.New().Interface(), true // the compiler proved that it ran; it gave nothing
		}
	case "maybe":
		if n := in.program.byID[rest]; n != nil && began {
			if out := in.output(n); out != nil {
				return types.OptionalOf(baseEnv().CELTypeAdapter().NativeToValue(clipped(out))), true
			}
			return types.OptionalNone, true
		}
	}
	return nil, false
}

// seen is an event as expressions see it; it is made once for each.
func (t *turn) seen(event *flowdeskv1.Event) *flowdeskv1.Event {
	if t.shown[0] != event {
		t.shown = [2]*flowdeskv1.Event{event, clipped(event)}
	}
	return t.shown[1]
}

// Parent implements cel.Activation.
func (v view) Parent() cel.Activation { return nil }

// config is the node's config with the organisation's settings in the fields that the author left to them.
func (n *ProgramNode) config(env *Env) proto.Message {
	if cached := n.effective.Load(); cached != nil && cached.env == env {
		return cached.config
	}
	config := inherit(n.Config, env.GetSettings())
	n.effective.Store(&effectiveConfig{env: env, config: config})
	return config
}

// inherit fills unset fields from the settings that they name. Nested messages are shared, not copied.
func inherit(config proto.Message, settings *flowdeskv1.Settings) proto.Message {
	from, to := config.ProtoReflect(), config.ProtoReflect().New()
	from.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		to.Set(field, value)
		return true
	})
	fields := from.Descriptor().Fields()
	given := settings.ProtoReflect()
	for i := range fields.Len() {
		field := fields.Get(i)
		name := FieldSpec(field).GetSetting()
		if name == "" || from.Has(field) {
			continue
		}
		setting := given.Descriptor().Fields().ByName(protoreflect.Name(name))
		if setting != nil && given.Has(setting) {
			to.Set(field, given.Get(setting))
		}
	}
	return to.Interface()
}

// FieldSpec is the (field) option of a config field; the zero value when it has none.
func FieldSpec(field protoreflect.FieldDescriptor) *flowdeskv1.FieldSpec {
	spec, _ := proto.GetExtension(field.Options(), flowdeskv1.E_Field).(*flowdeskv1.FieldSpec)
	return spec
}

// key names a field of the config that the node was given, or of a message nested in it.
func (r *Run) key(message proto.Message, field string) fieldKey {
	if message.ProtoReflect().Descriptor() == r.node.Type.Config {
		return fieldKey{nil, field}
	}
	return fieldKey{message, field}
}

// Eval evaluates an expression field. It gives nil when the field is empty and has no default.
func (r *Run) Eval(message proto.Message, field string) (ref.Val, error) {
	return r.eval(message, field, view{run: r})
}

// Filter evaluates a condition field in which event is what happens now.
func (r *Run) Filter(message proto.Message, field string) bool {
	value, err := r.eval(message, field, view{run: r, filter: true})
	if err != nil {
		r.Note("%v", err)
		return false
	}
	return value == nil || value == types.True
}

func (r *Run) eval(message proto.Message, field string, view view) (ref.Val, error) {
	expression := r.node.expressions[r.key(message, field)]
	if expression == nil {
		return nil, nil //nolint:nilnil // no expression, no value
	}
	value, err := expression.value(view)
	if err != nil {
		return nil, fmt.Errorf("node %s, field %s, %s: %w", r.node.ID, field, expression.Source, err)
	}
	if expression.Explicit {
		r.inputs = append(r.inputs, &flowdeskv1.NamedValue{Name: field, Value: cut(show(value), maxShown)})
	}
	return value, nil
}

// maxShown is the greatest length of a value in a trace.
const maxShown = 500

func (e *Expression) value(a activation) (ref.Val, error) {
	if e.Constant != nil {
		return e.Constant, nil
	}
	return e.eval(a)
}

// Bool evaluates a condition; an empty field is false.
func (r *Run) Bool(message proto.Message, field string) (bool, error) {
	value, err := r.Eval(message, field)
	return value == types.True, err
}

// Str evaluates a text; an empty field is empty.
func (r *Run) Str(message proto.Message, field string) (string, error) {
	value, err := r.Eval(message, field)
	if s, ok := value.(types.String); ok {
		return string(s), err
	}
	return "", err
}

// Number evaluates an int or double; an empty field is 0.
func (r *Run) Number(message proto.Message, field string) (float64, error) {
	value, err := r.Eval(message, field)
	switch n := value.(type) {
	case types.Int:
		return float64(n), err
	case types.Double:
		return float64(n), err
	}
	return 0, err
}

// Enum evaluates an enum; an empty field is its zero.
func (r *Run) Enum(message proto.Message, field string) (int32, error) {
	value, err := r.Eval(message, field)
	if n, ok := value.(types.Int); ok {
		return int32(n), err
	}
	return 0, err
}

// Time evaluates a timestamp; an empty field is the zero time.
func (r *Run) Time(message proto.Message, field string) (time.Time, error) {
	value, err := r.Eval(message, field)
	if t, ok := value.(types.Timestamp); ok {
		return t.Time, err
	}
	return time.Time{}, err
}

// Strs evaluates a list of texts; empty texts are left out.
func (r *Run) Strs(message proto.Message, field string) ([]string, error) {
	value, err := r.Eval(message, field)
	if err != nil || value == nil {
		return nil, err
	}
	native, err := value.ConvertToNative(stringsType)
	if err != nil {
		return nil, fmt.Errorf("node %s, field %s: %w", r.NodeID(), field, err)
	}
	var out []string
	for _, s := range native.([]string) { //nolint:forcetypeassert // the type asked for
		if s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// MessageOf evaluates a message; an empty field is nil.
func MessageOf[M proto.Message](r *Run, message proto.Message, field string) (M, error) {
	var none M
	value, err := r.Eval(message, field)
	if err != nil || value == nil {
		return none, err
	}
	m, ok := value.Value().(M)
	if !ok {
		return none, fmt.Errorf("node %s, field %s: got %T, want %T", r.NodeID(), field, value.Value(), none)
	}
	return m, nil
}

// Text renders a template field. The names that the field's template_names declare are given as pairs of name and value. Values are
// inserted as they are and never read as templates again.
func (r *Run) Text(message proto.Message, field, text string, pairs ...string) (string, error) {
	return r.TextEscaped(message, field, text, nil, pairs...)
}

// TextEscaped renders like Text and passes every inserted value through escape.
func (r *Run) TextEscaped(message proto.Message, field, text string, escape func(string) string, pairs ...string) (string, error) {
	if text == "" {
		return "", nil
	}
	template := r.node.templates[r.key(message, field)]
	if template == nil || template.Source != text {
		var err error
		if template, err = r.instance.program.settingTemplate(text); err != nil {
			return "", fmt.Errorf("node %s, field %s: %w", r.node.ID, field, err)
		}
	}
	return template.render(view{run: r}, escape, pairs)
}

// Render renders a text of the settings for rules, which stand outside of any node: only the names given can be used.
func (r *Run) Render(text string, pairs ...string) string {
	out := text
	for i := 0; i+1 < len(pairs); i += 2 {
		out = strings.ReplaceAll(out, "{"+pairs[i]+"}", pairs[i+1])
	}
	return out
}

func (t *Template) render(view view, escape func(string) string, pairs []string) (string, error) {
	var out strings.Builder
	for _, part := range t.parts {
		value := part.literal
		switch {
		case part.name != "":
			value = valueOfName(pairs, part.name)
		case part.expr != nil:
			v, err := part.expr.value(view)
			if err != nil {
				return "", fmt.Errorf("in {%s}: %w", part.expr.Source, err)
			}
			value = part.show(v)
		default:
			out.WriteString(value)
			continue
		}
		if escape != nil {
			value = escape(value)
		}
		out.WriteString(value)
	}
	return out.String(), nil
}

func valueOfName(pairs []string, name string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1]
		}
	}
	return ""
}
