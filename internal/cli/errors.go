package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
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
		e.subject = subjectOf(m, e.status)
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
	if prefix, found := strings.CutSuffix(err.Error(), remote.Error()); found && prefix != "" && !remote.missing() {
		what = prefix + what // what the command was doing
	}
	fmt.Fprintf(&b, "%s\n", sh.labelled(sh.paint(sh.sys.ErrTerminal, red, sh.say("error")), what))
	for _, detail := range remote.status.Details() {
		if said, ok := detail.(*errdetails.LocalizedMessage); ok && (said.GetMessage() == what || remote.missing()) {
			continue
		}
		sh.detail(detail, line)
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

// dialled is how gRPC says that a connection could not be made.
var dialled = regexp.MustCompile(`^connection error: desc = "transport: [^"]*?: dial \w+ \S+: (?:connect: )?(.*)"$`)

// unwrapped is the reason alone of a connection that could not be made: to where stands beside it.
func unwrapped(message string) string {
	if found := dialled.FindStringSubmatch(message); found != nil {
		return found[1]
	}
	return message
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
		return sh.say("%s does not answer: %s", e.server, unwrapped(e.status.Message())), sh.remedyOfConnection(e.status.Message())
	case e.status.Code() == codes.DeadlineExceeded:
		return sh.say("%s did not answer in time", e.server), sh.say("try again, or give it longer with --timeout")
	default:
		what = e.status.Message()
	}
	if e.missing() {
		return sh.missingText(e.subject), sh.say("flowdesk %s shows what there is", listerOf(e.subject).command)
	}
	return what, sh.say(entry.remedy)
}

// remedyOfConnection is what to do about a server that cannot be talked to, by what the transport says of it.
func (sh *Shell) remedyOfConnection(trouble string) string {
	switch {
	case strings.Contains(trouble, "certificate"):
		return sh.say("its certificate is not one that this machine trusts: SSL_CERT_FILE names a file with the one to trust")
	case strings.Contains(trouble, "does not look like a TLS handshake"):
		return sh.say("it speaks no TLS: leave https:// away from the address")
	case strings.Contains(trouble, "server preface"):
		return sh.say("it may speak TLS: write https:// in front of the address; or the address is that of HTTP, and gRPC has another")
	default:
		return sh.say("is the server running? flowdesk dev starts one on this machine; --server or FLOWDESK_SERVER names another")
	}
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
	message, remedy := d.GetMessage(), d.GetRemedy()
	if sh.Language == Chinese {
		message, remedy = cmp.Or(d.GetMessageZh(), message), cmp.Or(d.GetRemedyZh(), remedy)
	}
	place := strings.Trim(d.GetNode()+"."+d.GetField(), ".")
	if place != "" {
		message = place + ": " + message
	}
	text := sh.say("%s: %s (%s)", sh.say(strings.ToLower(strings.TrimPrefix(d.GetSeverity().String(), "SEVERITY_"))), message, d.GetCode())
	if remedy != "" {
		text = sh.say("%s; %s", text, sh.labelled(sh.say("remedy"), remedy))
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
