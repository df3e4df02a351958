package cli

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// lister is the command that lists what a collection has, what its things are called in errors, and what is said of one that is not there.
type lister struct{ noun, command, missing string }

var listers = map[string]lister{
	"flows":      {"flow", "flow list", "there is no flow %s"},
	"instances":  {"instance", "run list", "there is no instance %s"},
	"messages":   {"message", "message list", "there is no message %s"},
	"sessions":   {"session", "session list", "there is no session %s"},
	"commands":   {"command", "command list", "there is no robot command %s"},
	"trackTasks": {"task", "task list --all", "there is no task %s"},
	"alerts":     {"alert", "alert list --all", "there is no alert %s"},
	"robots":     {"robot", "robot list", "there is no robot %s"},
}

// versions stand below their flow.
const (
	versionsOf  = "/versions/"
	versionNoun = "version"
)

func listerOf(name string) lister {
	if flow, _, found := strings.Cut(name, versionsOf); found {
		return lister{noun: versionNoun, command: "flow versions " + short(flow)}
	}
	collection, _, _ := strings.Cut(name, "/")
	return listers[collection]
}

// missing reports whether it is the subject that is not there, and not something that nobody named.
func (e *remoteError) missing() bool {
	noun := listerOf(e.subject).noun
	return e.status.Code() == codes.NotFound && noun != "" && strings.Contains(soughtIn(e.status), noun)
}

// sought finds what the server looked for, behind the name of it.
var sought = regexp.MustCompile(`get (\w+): `)

// soughtIn is what a refusal says that was looked for; all that it says where it does not say it in the usual way.
func soughtIn(s *status.Status) string {
	if found := sought.FindStringSubmatch(s.Message()); found != nil {
		return found[1]
	}
	return s.Message()
}

// missingText says that there is nothing of a name.
func (sh *Shell) missingText(name string) string {
	if flow, version, found := strings.Cut(name, versionsOf); found {
		return sh.say("flow %s has no version %s", short(flow), version)
	}
	return sh.say(listerOf(name).missing, short(name))
}

// subjectOf is the name of what a request is about: its own, or, when something else is not there, what it names besides.
func subjectOf(request proto.Message, s *status.Status) string {
	name, what := nameOf(request), soughtIn(s)
	if noun := listerOf(name).noun; s.Code() != codes.NotFound || noun != "" && strings.Contains(what, noun) {
		return name
	}
	if strings.Contains(what, versionNoun) {
		if f := request.ProtoReflect().Descriptor().Fields().ByName(versionNoun); f != nil && f.Kind() == protoreflect.Int32Kind {
			return fmt.Sprint(name, versionsOf, request.ProtoReflect().Get(f).Int())
		}
		return name
	}
	for collection, l := range listers {
		if !strings.Contains(what, l.noun) {
			continue
		}
		if parent, ok := request.(interface{ GetParent() string }); ok && strings.HasPrefix(parent.GetParent(), collection+"/") {
			return parent.GetParent()
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
