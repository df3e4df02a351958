package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// reference is where error reasons are explained, with an anchor each.
const reference = "docs/cli.md"

// remoteError is an error that the server answered with, or that kept it from answering.
type remoteError struct {
	status *status.Status
	reason flowdeskv1.ErrorReason
	server string
	id     string // of the request
	// subject is the resource name in the request, if it has one.
	subject string
	// localized is the message in the language that was asked for; empty when the server has none.
	localized string
}

// Error implements error.
func (e *remoteError) Error() string { return e.status.Message() }

// GRPCStatus lets status.Code see the answer.
func (e *remoteError) GRPCStatus() *status.Status { return e.status }

// fromServer keeps with an error of a request what is needed to explain it.
func (sh *Shell) fromServer(err error, id string, request any) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err //nolint:wrapcheck // the end of a stream must stay what it is
	}
	var known *remoteError
	if errors.As(err, &known) {
		return err
	}
	e := &remoteError{status: status.Convert(err), server: sh.server(), id: id}
	if m, ok := request.(proto.Message); ok {
		e.subject = nameOf(m)
	}
	for _, detail := range e.status.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			e.reason = flowdeskv1.ErrorReason(flowdeskv1.ErrorReason_value[d.GetReason()])
		case *errdetails.RequestInfo:
			e.id = d.GetRequestId()
		case *errdetails.LocalizedMessage:
			e.localized = d.GetMessage()
		}
	}
	return e
}

// report writes an error for a person: what happened, the field at fault, what to do, and by what code and id it is known.
func (sh *Shell) report(err error) {
	var b strings.Builder
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %s\n", sh.labelled(sh.say(label), text))
		}
	}
	var remote *remoteError
	if !errors.As(err, &remote) {
		fmt.Fprintf(&b, "%s\n", sh.labelled(sh.paint(sh.sys.ErrTerminal, red, sh.say("error")), err.Error()))
		_, _ = io.WriteString(sh.sys.Err, b.String())
		return
	}
	what, remedy := sh.explain(remote)
	if prefix, found := strings.CutSuffix(err.Error(), remote.Error()); found && prefix != "" {
		what = prefix + what // what the command was doing
	}
	fmt.Fprintf(&b, "%s\n", sh.labelled(sh.paint(sh.sys.ErrTerminal, red, sh.say("error")), what))
	for _, detail := range remote.status.Details() {
		if said, ok := detail.(*errdetails.LocalizedMessage); ok && said.GetMessage() == what {
			continue
		}
		sh.detail(detail, line)
	}
	if remote.missing() {
		line("name", remote.subject)
	}
	line("remedy", remedy)
	code := codeName(remote.status.Code())
	if name := shortReason(remote.reason); remote.reason != 0 {
		code = strings.TrimSuffix(code, name) + " " + name + " (" + reference + "#" + anchor(name) + ")"
	}
	line("code", strings.TrimSpace(code))
	line("request", remote.id)
	_, _ = io.WriteString(sh.sys.Err, b.String())
}

// explain is what happened, and what to do.
func (sh *Shell) explain(e *remoteError) (what, remedy string) {
	entry, known := reasons[e.reason]
	switch {
	case e.localized != "" && sh.Language == Chinese:
		what = e.localized
	case known && sh.Language == Chinese: // a server that speaks English alone
		what = sh.say(entry.what) + sh.aside(e.status.Message())
	case known || e.reason != 0:
		what = e.status.Message()
	case e.status.Code() == codes.Unavailable:
		return sh.say("%s does not answer: %s", e.server, e.status.Message()),
			sh.say("is the server running? flowdesk dev starts one on this machine; --server or FLOWDESK_SERVER names another")
	case e.status.Code() == codes.DeadlineExceeded:
		return sh.say("%s did not answer in time", e.server), sh.say("try again, or give it longer with --timeout")
	default:
		what = e.status.Message()
	}
	if e.missing() {
		return what, sh.say("flowdesk %s shows what there is", listers[collectionOf(e.subject)].command)
	}
	return what, sh.say(entry.remedy)
}

// listers are the commands that list what a collection has.
var listers = map[string]struct{ noun, command string }{
	"flows": {"flow", "flow list"}, "instances": {"instance", "run list"}, "messages": {"message", "message list"},
	"sessions": {"session", "session list"}, "commands": {"command", "command list"}, "trackTasks": {"task", "task list --all"},
	"alerts": {"alert", "alert list --all"}, "robots": {"robot", "robot list"},
}

// missing reports whether it is the request's subject that is not there, and not something that it names besides.
func (e *remoteError) missing() bool {
	lister := listers[collectionOf(e.subject)]
	return e.status.Code() == codes.NotFound && lister.noun != "" && strings.Contains(e.status.Message(), lister.noun)
}

func collectionOf(name string) string {
	collection, _, _ := strings.Cut(name, "/")
	return collection
}

// detail writes one of the details that google.rpc knows, and our findings.
func (sh *Shell) detail(detail any, line func(label, text string)) {
	switch d := detail.(type) {
	case *errdetails.BadRequest:
		for _, v := range d.GetFieldViolations() {
			description := v.GetDescription()
			if said := v.GetLocalizedMessage().GetMessage(); said != "" && sh.Language == Chinese {
				description = said
			}
			if v.GetField() == "" { // a rule of several fields, which names them itself
				line("field", description)
			} else {
				line("field", v.GetField()+": "+description)
			}
		}
	case *errdetails.PreconditionFailure:
		for _, v := range d.GetViolations() {
			line("condition", strings.TrimSpace(v.GetSubject()+" "+v.GetDescription()))
		}
	case *errdetails.QuotaFailure:
		for _, v := range d.GetViolations() {
			line("limit", strings.TrimSpace(v.GetSubject()+" "+v.GetDescription()))
		}
	case *errdetails.ErrorInfo:
		for key, value := range d.GetMetadata() {
			line(key, value)
		}
	case *errdetails.ResourceInfo:
		line("resource", strings.TrimSpace(d.GetResourceName()+" "+d.GetDescription()))
	case *errdetails.RetryInfo:
		line("try again in", d.GetRetryDelay().AsDuration().String())
	case *errdetails.Help:
		for _, l := range d.GetLinks() {
			line("see", strings.TrimSpace(l.GetDescription()+" "+l.GetUrl()))
		}
	case *errdetails.LocalizedMessage:
		line("message", d.GetMessage())
	case *flowdeskv1.FlowDiagnostics:
		for _, f := range d.GetFlows() {
			for _, found := range f.GetDiagnostics() {
				line(f.GetFlow(), sh.finding(found))
			}
		}
	}
}

// finding is one finding of the compiler in a line.
func (sh *Shell) finding(d *flowdeskv1.Diagnostic) string {
	message := d.GetMessage()
	if sh.Language == Chinese && d.GetMessageZh() != "" {
		message = d.GetMessageZh()
	}
	place := strings.Trim(d.GetNode()+"."+d.GetField(), ".")
	if place != "" {
		message = place + ": " + message
	}
	text := sh.say("%s: %s (%s)", sh.say(strings.ToLower(strings.TrimPrefix(d.GetSeverity().String(), "SEVERITY_"))), message, d.GetCode())
	remedy := d.GetRemedy()
	if sh.Language == Chinese && d.GetRemedyZh() != "" {
		remedy = d.GetRemedyZh()
	}
	if remedy != "" {
		text += "; " + sh.labelled(sh.say("remedy"), remedy)
	}
	return text
}

func shortReason(r flowdeskv1.ErrorReason) string {
	return strings.TrimPrefix(r.String(), "ERROR_REASON_")
}

func anchor(name string) string { return strings.ToLower(name) }

// codeName is a status code as the API writes it: NOT_FOUND.
func codeName(c codes.Code) string {
	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
