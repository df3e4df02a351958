package turntest

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// lineLength is where the fields of a message go on lines of their own.
const lineLength = 140

// printer writes messages as people read them.
type printer struct {
	names *names
	now   time.Time
	last  map[string]proto.Message // what effects put last, by id: later puts show what changed
}

// bookkeeping are fields that say nothing about behaviour: where something came from, and its version.
var bookkeeping = []protoreflect.Name{
	"key", "session", "flow", "node", "instance", "trace", "causes", "revision", "etag", "create_time", "update_time", "digest", "day", "history",
	"event", "memo", "visit", "taken", "first_seen", "group_name",
	"understanding", // what a text means is the business of the text understanding's own tests
}

// usual are fields with the value that they nearly always have: only another one is worth a word.
var usual = []string{"content_type: 1", "kind: TEXT", "state: QUEUED", "time: now", "receive_time: now", "last_active: now", "robots: [monitor]"}

// fields are a message's fields as texts, in the order of the file that declares them.
func (p *printer) fields(m protoreflect.Message) []string {
	var found []string
	all := m.Descriptor().Fields()
	for i := range all.Len() {
		f := all.Get(i)
		if !m.Has(f) || slices.Contains(bookkeeping, f.Name()) {
			continue
		}
		text := p.value(f, m.Get(f))
		if field := string(f.Name()) + ": " + text; text != Session && !slices.Contains(usual, field) {
			found = append(found, field)
		}
	}
	return found
}

// changed are the fields in which a message differs from an earlier one.
func (p *printer) changed(m, before protoreflect.Message) []string {
	var found []string
	old := p.fields(before)
	for _, field := range p.fields(m) {
		if !slices.Contains(old, field) {
			found = append(found, field)
		}
	}
	all := m.Descriptor().Fields()
	for i := range all.Len() {
		f := all.Get(i)
		if before.Has(f) && !m.Has(f) && !slices.Contains(bookkeeping, f.Name()) {
			found = append(found, string(f.Name())+": none")
		}
	}
	return found
}

// put is what an effect that puts a thing changes; its id stands before the fields.
func (p *printer) put(m protoreflect.Message) (id string, fields []string) {
	f := m.Descriptor().Fields().ByName("id")
	if f == nil || m.Get(f).String() == "" {
		return "", p.fields(m)
	}
	key := m.Get(f).String()
	id = p.text(key) + " "
	bare := proto.Clone(m.Interface()).ProtoReflect()
	bare.Clear(f)
	if before := p.last[string(m.Descriptor().Name())+key]; before != nil {
		fields = p.changed(bare, before.ProtoReflect())
	} else {
		fields = p.fields(bare)
	}
	p.last[string(m.Descriptor().Name())+key] = bare.Interface()
	return id, fields
}

func (p *printer) value(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if !f.IsList() {
		return p.single(f, v)
	}
	items := make([]string, 0, v.List().Len())
	for i := range v.List().Len() {
		items = append(items, p.single(f, v.List().Get(i)))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (p *printer) single(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return p.text(v.String())
	case protoreflect.EnumKind:
		if value := f.Enum().Values().ByNumber(v.Enum()); value != nil {
			return strings.TrimPrefix(string(value.Name()), prefixOf(f.Enum()))
		}
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return strconv.FormatFloat(math.Round(v.Float()*100)/100, 'f', -1, 64)
	case protoreflect.MessageKind:
		switch m := v.Message().Interface().(type) {
		case *timestamppb.Timestamp:
			return p.time(m.AsTime())
		case *durationpb.Duration:
			return m.AsDuration().String()
		}
		if value, ok := p.nameAndValue(v.Message()); ok {
			return value
		}
		return "{" + strings.Join(p.fields(v.Message()), ", ") + "}"
	}
	return v.String()
}

// nameAndValue writes a pair as one.
func (p *printer) nameAndValue(m protoreflect.Message) (string, bool) {
	if m.Descriptor().Name() != "NamedValue" {
		return "", false
	}
	fields := m.Descriptor().Fields()
	return m.Get(fields.ByName("name")).String() + "=" + p.text(m.Get(fields.ByName("value")).String()), true
}

// text is a text, or the short name of the id that it is.
func (p *printer) text(s string) string {
	if name, ok := p.names.name[s]; ok {
		return name
	}
	for id, name := range p.names.name {
		s = strings.ReplaceAll(s, id, name)
	}
	if s == "" || strings.TrimSpace(s) != s || strings.ContainsAny(s, ",:{}[]\"\n") {
		return strconv.Quote(s)
	}
	return s
}

// time is a time in the organisation's zone; the day is left out when it is today.
func (p *printer) time(at time.Time) string {
	now := p.now
	at = at.In(now.Location())
	switch {
	case at.Equal(now):
		return "now"
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format(time.TimeOnly)
	default:
		return at.Format(time.DateTime)
	}
}

// block is a head with fields behind it, or filled into lines below it when they would not fit.
func block(indent, head string, fields []string) []string {
	if len(fields) == 0 {
		return []string{indent + head}
	}
	if line := indent + head + " {" + strings.Join(fields, ", ") + "}"; width(line) <= lineLength {
		return []string{line}
	}
	lines, line := []string{indent + head + " {"}, ""
	for i, field := range fields {
		if i < len(fields)-1 {
			field += ", "
		} else {
			field += "}"
		}
		if line != "" && width(indent)+4+width(line+field) > lineLength {
			lines, line = append(lines, indent+"    "+strings.TrimRight(line, " ")), ""
		}
		line += field
	}
	return append(lines, indent+"    "+line)
}

// width is how many columns a text takes: a Chinese character takes two.
func width(text string) int {
	n := 0
	for _, r := range text {
		if n++; r >= 0x2e80 {
			n++
		}
	}
	return n
}
