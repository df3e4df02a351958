package access

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Named are the values of a request that name what it is about: ids of groups, or resource names. ok is false when a request that must
// name something names nothing.
func (r Rule) Named(request proto.Message) (names []string, ok bool) {
	for _, path := range r.Scope.fields {
		if value := textAt(request.ProtoReflect(), path); value != "" {
			names = append(names, value)
		}
	}
	return names, r.Scope.kind != about || len(names) > 0
}

// Filtered reports whether the method's answers are to be filtered.
func (r Rule) Filtered() bool { return r.Scope.kind == filtered }

// textAt is the text at a path of fields, empty when there is none.
func textAt(m protoreflect.Message, path string) string {
	name, rest, deeper := strings.Cut(path, ".")
	field := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	switch {
	case field == nil:
		return ""
	case deeper:
		return textAt(m.Get(field).Message(), rest)
	default:
		return m.Get(field).String()
	}
}

// Filter takes out of an answer what belongs to groups that the caller does not reach, in its lists and in what a watch reports. It reports
// whether anything is left to tell.
func (c *Caller) Filter(answer proto.Message) bool {
	if len(c.Groups) == 0 {
		return true
	}
	m := answer.ProtoReflect()
	left := true
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap() || field.Kind() != protoreflect.MessageKind:
			// Of a watch, a text in the report names what is gone, and nobody knows whose it was.
			if o := field.ContainingOneof(); o != nil && !o.IsSynthetic() {
				left = false
			}
		case field.IsList():
			kept := m.NewField(field)
			for i := range value.List().Len() {
				if item := value.List().Get(i); c.Sees(item.Message().Interface()) {
					kept.List().Append(item)
				}
			}
			m.Set(field, kept)
		case !c.Sees(value.Message().Interface()):
			left = false
		}
		return true
	})
	return left
}

// Sees reports whether the caller reaches all groups that a thing belongs to. What belongs to none, such as a heartbeat, is seen.
func (c *Caller) Sees(thing proto.Message) bool {
	for _, group := range GroupsOf(thing) {
		if !c.Reaches(group) {
			return false
		}
	}
	return true
}

// GroupsOf are the ids of the groups that a thing belongs to.
func GroupsOf(thing proto.Message) []string {
	switch t := thing.(type) {
	case *flowdeskv1.Session:
		return []string{t.GetId()}
	case *flowdeskv1.Group:
		return []string{t.GetId()}
	case *flowdeskv1.Message:
		return []string{t.GetSession()}
	case *flowdeskv1.SessionNote:
		return []string{t.GetSession()}
	case *flowdeskv1.Instance:
		return []string{t.GetSession()}
	case *flowdeskv1.Alert:
		return []string{t.GetSession()}
	case *flowdeskv1.TrackTask:
		return []string{t.GetGroupId()}
	case *flowdeskv1.Command:
		if t.GetSession() == "" || t.GetSession() == t.GetTargetSession() {
			return []string{t.GetTargetSession()}
		}
		return []string{t.GetSession(), t.GetTargetSession()}
	default:
		return nil
	}
}

// Fields are the paths of a request that name what it is about.
func (r Rule) Fields() []string { return r.Scope.fields }
