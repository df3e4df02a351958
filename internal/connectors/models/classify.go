package models

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const (
	maxMessage    = 1 << 10
	maxErrorBody  = 8 << 10 // read before scrubbing, so that no key is cut in two where the message ends
	maxRetryAfter = time.Hour
)

// commonRules hold for every provider, after its own.
//

var commonRules = []ErrorRule{
	{Status: 400, Codes: []string{"content_filter", "content_policy_violation", "data_inspection_failed"}, Class: ClassRefused},
	{Status: 429, Codes: []string{"insufficient_quota", "exceeded_current_quota_error", "insufficient_balance"}, Class: ClassExhausted},
	{Status: 400, Class: ClassBadRequest},
	{Status: 401, Class: ClassBadKey},
	{Status: 402, Class: ClassExhausted},
	{Status: 403, Class: ClassBadKey},
	{Status: 404, Class: ClassMissing},
	{Status: 408, Class: ClassTransient},
	{Status: 410, Class: ClassMissing},
	{Status: 429, Class: ClassLimited},
}

// classify reads a failed answer. It never fails: what cannot be read has at least its status.
func classify(p *Provider, status int, header http.Header, body []byte, now time.Time) *Error {
	e := &Error{Provider: p.Name, Model: p.Model, Status: status, RetryAfter: retryAfter(header, now)}
	var message string
	e.Code, e.Type, message = readError(body)
	e.Message = tidy(message, p.Key)
	e.Code, e.Type = cut(tidy(e.Code, p.Key), 100), cut(tidy(e.Type, p.Key), 100)
	e.Class = e.class(p.Dialect.Errors)
	return e
}

func (e *Error) class(own []ErrorRule) Class {
	for _, rules := range [][]ErrorRule{own, commonRules} {
		for _, r := range rules {
			// An error inside an answer of 200 has only its code to go by.
			if r.Status != 0 && r.Status != e.Status && (e.Status != http.StatusOK || len(r.Codes) == 0) {
				continue
			}
			if len(r.Codes) == 0 || named(r.Codes, e.Code) || named(r.Codes, e.Type) {
				return r.Class
			}
		}
	}
	switch {
	case e.Status >= 300 && e.Status < 400:
		return ClassMissing // redirects are not followed: they would carry the key elsewhere
	case e.Status >= 400 && e.Status < 500:
		return ClassBadRequest
	default:
		return ClassTransient
	}
}

func named(names []string, code string) bool {
	for _, n := range names {
		if code == n || strings.HasPrefix(code, n+".") {
			return true
		}
	}
	return false
}

// readError finds code, type and message in the shapes that are met: {"error":{...}}, {"error":"text"}, the fields at the top, text.
func readError(body []byte) (code, kind, message string) {
	var top map[string]any
	if json.Unmarshal(body, &top) != nil {
		return "", "", string(body)
	}
	switch in := top["error"].(type) {
	case map[string]any:
		top = in
	case string:
		return "", "", in
	}
	message = scalar(top["message"])
	if message == "" {
		message = string(body)
	}
	return scalar(top["code"]), scalar(top["type"]), message
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}

// keyLike finds what looks like a key of anybody: providers repeat keys in their messages, whole or in part.
var keyLike = regexp.MustCompile(`(?i)\b(?:sk|ark|ak|key)-[A-Za-z0-9_*.\-]{6,}|\bBearer\s+\S+`)

// tidy makes foreign text fit for an error: no keys, one line, at most a kilobyte.
func tidy(text string, key secret.String) string {
	text = secret.Scrub(strings.ToValidUTF8(text, "\uFFFD"), key)
	text = keyLike.ReplaceAllString(text, secret.Placeholder)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return cut(strings.TrimSpace(text), maxMessage)
}

// cut shortens text to at most n bytes, between characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.TrimRightFunc(strings.ToValidUTF8(text[:n], ""), unicode.IsSpace)
}

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0
		}
		wait = time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}

// blank reports whether there is nothing to see in text.
func blank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }
