package nodes

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type httpOut = *flowdeskv1.HttpRequestOutput

func init() {
	register(httpRequest, engine.OnResume[*flowdeskv1.HttpRequest, httpOut](httpAnswered), engine.Checks[*flowdeskv1.HttpRequest, httpOut](checkAddress))
}

// scheme is how an address begins that says how it is reached.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// checkAddress refuses an address that can never be called. Where it begins with a value, only the run knows.
func checkAddress(c *engine.Check, cfg *flowdeskv1.HttpRequest) {
	begin, _, valued := strings.Cut(cfg.GetUrl(), "{")
	begin = strings.ToLower(strings.TrimSpace(begin))
	switch {
	case strings.HasPrefix(begin, "https://"), strings.HasPrefix(begin, "http://"):
		return
	case valued && (begin == "" || strings.HasPrefix("https://", begin) || strings.HasPrefix("http://", begin)):
		return
	case !valued && begin == "": // the rule of the field says it
		return
	}
	found := scheme.FindString(begin)
	message := inBoth("the address does not begin with https:// or http://", "地址不是以 https:// 或 http:// 开头")
	if found != "" {
		message = inBoth("addresses that begin with "+found+" cannot be called", "无法调用以 "+found+" 开头的地址")
	}
	c.Error(engine.CodeNodeRule, "http_request.url", message, inBoth("write an address such as https://api.example.com/orders", "填写类似 https://api.example.com/orders 的地址"))
}

// httpRequest asks an HTTP service. Only requests that change nothing are repeated by themselves; the outcome of another that was cut off is
// unknown, and a port of its own.
func httpRequest(run *engine.Run, cfg *flowdeskv1.HttpRequest) (httpOut, engine.Port, error) {
	address, err := run.TextEscaped(cfg, "url", cfg.GetUrl(), escapeURL)
	if err != nil {
		return nil, engine.Pending, err
	}
	body, err := run.TextEscaped(cfg, "body", cfg.GetBody(), escapeJSON)
	if err != nil {
		return nil, engine.Pending, err
	}
	method := strings.TrimPrefix(cfg.GetMethod().String(), "HTTP_METHOD_")
	if cfg.GetMethod() == flowdeskv1.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		method = "GET"
	}
	request := &flowdeskv1.HttpCall{Method: method, Url: address, Body: body}
	for _, h := range cfg.GetHeaders() {
		value, err := run.Text(h, "value", h.GetValue())
		if err != nil {
			return nil, engine.Pending, err
		}
		request.Headers = append(request.Headers, &flowdeskv1.NamedValue{Name: h.GetName(), Value: value})
	}
	run.Call(&flowdeskv1.Call{
		Kind: flowdeskv1.CallKind_CALL_KIND_HTTP, Timeout: cfg.GetTimeout(), Retry: cfg.GetRetry(), Effectful: method != "GET",
		Priority: flowdeskv1.Priority_PRIORITY_MEDIUM, Request: &flowdeskv1.Call_Http{Http: request},
	})
	return nil, engine.Pending, nil
}

// escapeURL makes a value safe in any part of an address.
func escapeURL(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// escapeJSON makes a value safe inside a JSON string.
func escapeJSON(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

// httpAnswered takes the answer apart.
func httpAnswered(run *engine.Run, cfg *flowdeskv1.HttpRequest, wake *engine.Wake) (httpOut, engine.Port, error) {
	answer := wake.Event.GetCallAnswer()
	out := &flowdeskv1.HttpRequestOutput{Status: answer.GetStatus(), Body: answer.GetBody(), Reason: answer.GetReason(), Attempts: answer.GetAttempts()}
	switch {
	case answer.GetOutcome() == flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN:
		return out, "unknown", nil
	case answer.GetOutcome() != flowdeskv1.CallOutcome_CALL_OUTCOME_OK:
		return out, "failed", nil
	case answer.GetStatus() < 200 || answer.GetStatus() > 299:
		out.Reason = "status " + strconv.Itoa(int(answer.GetStatus()))
		return out, "failed", nil
	}
	if err := extract(run, cfg.GetExtracts(), answer.GetBody()); err != nil {
		out.Reason = err.Error()
		return out, "failed", nil //nolint:nilerr // the port says it
	}
	return out, engine.Out, nil
}

// extract puts parts of a JSON answer into variables; all of them, or none.
func extract(run *engine.Run, extracts []*flowdeskv1.Extract, body string) error {
	if len(extracts) == 0 {
		return nil
	}
	var document any
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	values := make([]string, len(extracts))
	for i, e := range extracts {
		part, err := pointed(document, e.GetPointer())
		if err != nil {
			return err
		}
		written, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("%s: %w", e.GetPointer(), err)
		}
		values[i] = string(written)
	}
	for i, e := range extracts {
		if err := run.SetVariable(e.GetVariable(), values[i]); err != nil {
			return fmt.Errorf("%s: %w", e.GetPointer(), err)
		}
	}
	return nil
}

// pointed is the part of a document at a JSON pointer (RFC 6901).
func pointed(document any, pointer string) (any, error) {
	if pointer == "" {
		return document, nil
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch at := document.(type) {
		case map[string]any:
			part, ok := at[token]
			if !ok {
				return nil, fmt.Errorf("the answer has nothing at %s", pointer)
			}
			document = part
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil, fmt.Errorf("the answer has nothing at %s", pointer)
			}
			document = at[i]
		default:
			return nil, fmt.Errorf("the answer has nothing at %s", pointer)
		}
	}
	return document, nil
}
