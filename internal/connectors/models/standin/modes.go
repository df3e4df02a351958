package standin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Mode is a way to answer.
type Mode string

// The modes. Those up to NoUsage answer well, those up to Hostile answer 200 badly, the rest fail.
const (
	Normal       Mode = "normal"
	KeepAlive    Mode = "keep_alive"    // empty lines before the answer
	Fenced       Mode = "fenced"        // the JSON stands in a code fence amid chatter
	Thinking     Mode = "thinking"      // reasoning beside and inside the content
	Parts        Mode = "parts"         // content as a list
	ChoiceUsage  Mode = "choice_usage"  // usage inside the choice
	NoUsage      Mode = "no_usage"      // no usage at all
	Blank        Mode = "blank"         // content of blanks
	NullContent  Mode = "null_content"  // content null
	InvalidJSON  Mode = "invalid_json"  // an object that breaks off
	WrongJSON    Mode = "wrong_json"    // an object that fits no schema
	Length       Mode = "length"        // cut at the limit, says so
	Huge         Mode = "huge"          // far more than asked for
	Endless      Mode = "endless"       // an answer that never ends
	CutBody      Mode = "cut_body"      // the connection ends within the answer
	StallBody    Mode = "stall_body"    // the answer stops in the middle and the connection stays
	HTMLAnswer   Mode = "html_answer"   // 200 with a page
	ErrorIn200   Mode = "error_in_200"  // 200 with an error object
	FinishFilter Mode = "finish_filter" // finish_reason content_filter
	NoCapacity   Mode = "no_capacity"   // finish_reason insufficient_system_resource
	Hostile      Mode = "hostile"       // does what the customer's text asks, tells the system text, mentions all, links

	SlowFirstByte Mode = "slow_first_byte"
	Hang          Mode = "hang"
	Limited       Mode = "limited"       // 429, for rate, Retry-After 1
	LimitedLong   Mode = "limited_long"  // 429, for rate, Retry-After 120
	Quota         Mode = "quota"         // 429, for money (Kimi)
	QuotaCap      Mode = "quota_cap"     // 429, for quota (Ark)
	Unauthorized  Mode = "unauthorized"  // 401 that repeats the key
	NoMoney       Mode = "no_money"      // 402
	Forbidden     Mode = "forbidden"     // 403, for permission
	Overdue       Mode = "overdue"       // 403, for money (Ark)
	Missing       Mode = "missing"       // 404
	BadRequest    Mode = "bad_request"   // 400
	Unprocessable Mode = "unprocessable" // 422
	Filtered      Mode = "filtered"      // 400, content filter (Kimi)
	FilteredArk   Mode = "filtered_ark"  // 400, content filter (Ark)
	ServerError   Mode = "server_error"  // 500
	BadGateway    Mode = "bad_gateway"   // 502 with a page
	Overloaded    Mode = "overloaded"    // 503
	NullError     Mode = "null_error"    // 500 with null code and param
	Redirect      Mode = "redirect"      // 307 to itself
	Drop          Mode = "drop"          // the connection ends without an answer
)

// Modes returns all modes.
func Modes() []Mode {
	return []Mode{
		Normal, KeepAlive, Fenced, Thinking, Parts, ChoiceUsage, NoUsage, Blank, NullContent, InvalidJSON, WrongJSON, Length, Huge, Endless,
		CutBody, StallBody, HTMLAnswer, ErrorIn200, FinishFilter, NoCapacity, Hostile, SlowFirstByte, Hang, Limited, LimitedLong, Quota,
		QuotaCap, Unauthorized, NoMoney, Forbidden, Overdue, Missing, BadRequest, Unprocessable, Filtered, FilteredArk, ServerError,
		BadGateway, Overloaded, NullError, Redirect, Drop,
	}
}

func (m Mode) known() bool { return slices.Contains(Modes(), m) }

type refusal struct {
	status              int
	kind, code, message string
	retryAfter          string
}

func refusals(key secret.String) map[Mode]refusal {
	return map[Mode]refusal{
		Limited:       {429, "rate_limit_reached_error", "", "too many requests", "1"},
		LimitedLong:   {429, "TooManyRequests", "RateLimitExceeded.EndpointRPMExceeded", "too many requests", "120"},
		Quota:         {429, "exceeded_current_quota_error", "", "your account has no balance", ""},
		QuotaCap:      {429, "TooManyRequests", "SetLimitExceeded", "the cap of the account is reached", ""},
		Unauthorized:  {401, "invalid_authentication_error", "", "the key " + key.Reveal() + " is wrong", ""},
		NoMoney:       {402, "unknown_error", "invalid_request_error", "Insufficient Balance", ""},
		Forbidden:     {403, "permission_denied_error", "", "no right", ""},
		Overdue:       {403, "Forbidden", "AccountOverdueError", "the account is overdue", ""},
		Missing:       {404, "NotFound", "InvalidEndpointOrModel.NotFound", "no such model", ""},
		BadRequest:    {400, "invalid_request_error", "", "temperature is not allowed", ""},
		Unprocessable: {422, "invalid_request_error", "", "max_tokens is too large", ""},
		Filtered:      {400, "content_filter", "", "the request was considered high risk", ""},
		FilteredArk:   {400, "BadRequest", "InputTextSensitiveContentDetected", "sensitive", ""},
		ServerError:   {500, "server_error", "InternalServiceError", "oops", ""},
		Overloaded:    {503, "engine_overloaded_error", "", "overloaded", ""},
	}
}

// answer is a prepared answer.
type answer struct {
	mode          Mode
	refusal       *refusal
	body          []byte
	input, output int // charged
}

// answer prepares what the mode answers to c.
func (s *Server) answer(mode Mode, c *chat, key secret.String) answer {
	a := answer{mode: mode}
	if r, ok := refusals(key)[mode]; ok {
		a.refusal = &r
		return a
	}
	switch mode {
	case Hang, Drop, BadGateway, NullError, Redirect, ErrorIn200, HTMLAnswer:
		return a
	default:
	}
	text, finish := s.content(mode, c)
	for _, m := range c.Messages {
		a.input += tokens(m.Content)
	}
	a.output = tokens(text)
	usage := map[string]any{
		"prompt_tokens": a.input, "completion_tokens": a.output, "total_tokens": a.input + a.output,
		"prompt_tokens_details": map[string]any{"cached_tokens": a.input / 2}, "completion_tokens_details": map[string]any{"reasoning_tokens": 0},
		"prompt_cache_hit_tokens": a.input / 2, "prompt_cache_miss_tokens": a.input - a.input/2, "cached_tokens": a.input / 2,
	}
	message := map[string]any{"role": "assistant", "content": text}
	choice := map[string]any{"index": 0, "finish_reason": finish, "message": message}
	out := map[string]any{"id": "stand-in", "object": "chat.completion", "created": 1780000000, "model": c.Model, "choices": []any{choice}, "usage": usage}
	switch mode {
	case Thinking:
		message["reasoning_content"] = "the customer must not see this"
		message["content"] = "<think>the customer must not see this</think>\n" + text
	case Parts:
		message["content"] = []any{map[string]any{"type": "text", "text": text}}
	case NullContent:
		message["content"] = nil
	case ChoiceUsage:
		choice["usage"] = usage
		delete(out, "usage")
	case NoUsage:
		delete(out, "usage")
	default:
	}
	a.body, _ = json.Marshal(out)
	return a
}

func (a answer) write(w http.ResponseWriter, r *http.Request, s *Server) {
	if a.refusal != nil {
		if a.refusal.retryAfter != "" {
			w.Header().Set("Retry-After", a.refusal.retryAfter)
		}
		fail(w, a.refusal.status, a.refusal.kind, a.refusal.code, a.refusal.message)
		return
	}
	page := func(status int) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html><body><h1>Bad gateway</h1>" + strings.Repeat("<p>x</p>", 1000) + "</body></html>"))
	}
	w.Header().Set("Content-Type", "application/json")
	switch a.mode {
	case Hang:
		s.wait(r, 0)
		panic(http.ErrAbortHandler) //nolint:forbidigo // a programmer's error or a broken invariant
	case Drop:
		panic(http.ErrAbortHandler) //nolint:forbidigo // a programmer's error or a broken invariant
	case BadGateway:
		page(http.StatusBadGateway)
	case HTMLAnswer:
		page(http.StatusOK)
	case NullError:
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": map[string]any{"message": "null", "type": nil, "code": nil, "param": nil}})
	case ErrorIn200:
		writeJSON(w, http.StatusOK, map[string]any{"error": map[string]any{"message": "late trouble", "code": "InternalServiceError"}})
	case Redirect:
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect) //nolint:gosec // the stand-in sends a client back to itself
	case SlowFirstByte:
		s.wait(r, s.opt.Slow)
		_, _ = w.Write(a.body)
	case KeepAlive:
		for range 3 {
			_, _ = w.Write([]byte("\n"))
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = w.Write(a.body)
	case CutBody, StallBody:
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		if a.mode == StallBody {
			s.wait(r, 0)
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // a programmer's error or a broken invariant
	case Endless:
		for _, err := w.Write(a.body[:len(a.body)/2]); err == nil; _, err = w.Write([]byte(strings.Repeat(" ", 64<<10))) {
		}
	default:
		_, _ = w.Write(a.body)
	}
}
