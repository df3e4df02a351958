package server

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/storage"
)

// maxSubject is how much of a request an error repeats, in characters: no name is longer.
const maxSubject = 250

// notFound finds what the store looked for.
var notFound = regexp.MustCompile(`get (\w+): `)

// withSubject puts before an error the name of what is not there, as the request wrote it: the thing itself, what it is in, or another thing
// that the request speaks of.
func withSubject(request any, err error) error {
	m, ok := request.(proto.Message)
	if !ok || !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	noun := notFound.FindStringSubmatch(err.Error())
	if noun == nil {
		return err
	}
	if subject := subjectIn(m.ProtoReflect(), noun[1], true); subject != "" && utf8.RuneCountInString(subject) <= maxSubject {
		return fmt.Errorf("%s: %w", subject, err)
	}
	return err
}

// subjectIn looks in a request, and in the things that it brings, for the name of a thing of a kind.
func subjectIn(m protoreflect.Message, noun string, deeper bool) (subject string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		field := string(f.Name())
		switch {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.MessageKind:
			if deeper {
				subject = subjectIn(v.Message(), noun, false)
			}
		case f.Kind() == protoreflect.Int32Kind && field == noun: // a version of what the request names
			if name := m.Descriptor().Fields().ByName("name"); name != nil {
				subject = fmt.Sprintf("%s/%ss/%d", m.Get(name).String(), noun, v.Int())
			}
		case f.Kind() != protoreflect.StringKind:
		case field == "name" || field == "parent":
			if isOf(v.String(), noun) {
				subject = v.String()
			}
		case strings.HasSuffix(field, noun), noun == "session" && field == "group_id":
			subject = v.String()
		}
		return subject == ""
	})
	return subject
}

// isOf reports whether a resource name is that of a thing of a kind.
func isOf(name, noun string) bool {
	parts := strings.Split(name, "/")
	if len(parts) < 2 {
		return false
	}
	kind := strings.ToLower(strings.TrimSuffix(parts[len(parts)-2], "s")) // of trackTasks/x a task, of flows/x/versions/2 a version
	return strings.HasSuffix(kind, noun) || kind == "people" && noun == "person"
}
