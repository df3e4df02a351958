package cli

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// lister is the command that lists what a collection has, and what its things are called in errors.
type lister struct{ noun, command string }

var listers = map[string]lister{
	"flows": {"flow", "flow list"}, "instances": {"instance", "run list"}, "messages": {"message", "message list"},
	"sessions": {"session", "session list"}, "commands": {"command", "command list"}, "trackTasks": {"task", "task list --all"},
	"alerts": {"alert", "alert list --all"}, "robots": {"robot", "robot list"},
}

// versions stand below their flow.
const (
	versionsOf  = "/versions/"
	versionNoun = "version"
)

func listerOf(name string) lister {
	if flow, _, found := strings.Cut(name, versionsOf); found {
		return lister{versionNoun, "flow versions " + short(flow)}
	}
	collection, _, _ := strings.Cut(name, "/")
	return listers[collection]
}

// missing reports whether it is the subject that is not there, and not something that nobody named.
func (e *remoteError) missing() bool {
	noun := listerOf(e.subject).noun
	return e.status.Code() == codes.NotFound && noun != "" && strings.Contains(e.status.Message(), noun)
}

// missingText says that there is nothing of a name.
func (sh *Shell) missingText(name string) string {
	if flow, version, found := strings.Cut(name, versionsOf); found {
		return sh.say("flow %s has no version %s", short(flow), version)
	}
	id := short(name)
	switch listerOf(name).noun {
	case "flow":
		return sh.say("there is no flow %s", id)
	case "instance":
		return sh.say("there is no instance %s", id)
	case "message":
		return sh.say("there is no message %s", id)
	case "session":
		return sh.say("there is no session %s", id)
	case "command":
		return sh.say("there is no robot command %s", id)
	case "task":
		return sh.say("there is no task %s", id)
	case "alert":
		return sh.say("there is no alert %s", id)
	case "robot":
		return sh.say("there is no robot %s", id)
	default:
		return sh.say("there is no %s", name)
	}
}

// subjectOf is the name of what a request is about: its own, or, when something else is not there, what it names besides.
func subjectOf(request proto.Message, s *status.Status) string {
	name := nameOf(request)
	if noun := listerOf(name).noun; s.Code() != codes.NotFound || noun != "" && strings.Contains(s.Message(), noun) {
		return name
	}
	if strings.Contains(s.Message(), versionNoun) {
		if f := request.ProtoReflect().Descriptor().Fields().ByName(versionNoun); f != nil && f.Kind() == protoreflect.Int32Kind {
			return fmt.Sprint(name, versionsOf, request.ProtoReflect().Get(f).Int())
		}
		return name
	}
	for collection, l := range listers {
		if !strings.Contains(s.Message(), l.noun) {
			continue
		}
		if id := namedIn(request.ProtoReflect(), l.noun); id != "" {
			return resource(collection, id)
		}
	}
	return name
}

// namedIn looks in a request, and in what it creates, for the id of a thing: in a field whose name ends in what the thing is called.
func namedIn(m protoreflect.Message, noun string) string {
	found := ""
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.MessageKind:
			found = namedIn(v.Message(), noun)
		case f.Kind() == protoreflect.StringKind && (strings.HasSuffix(string(f.Name()), noun) || noun == "session" && f.Name() == "group_id"):
			found = v.String()
		}
		return found == ""
	})
	return found
}
