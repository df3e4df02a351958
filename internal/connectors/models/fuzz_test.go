package models

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

func TestExtractJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":1}`: `{"a":1}`, " \n{ \"a\" : 1 } ": `{"a":1}`, "```json\n{\"a\":1}\n```": `{"a":1}`, "Sure! {\"a\":1} {\"b\":2}": `{"a":1}`,
		`{not json} {"a":1}`: `{"a":1}`, "<think>{\"x\":1}</think>{\"a\":1}": `{"a":1}`, "thinking {\"x\":1}</think>{\"a\":1}": `{"a":1}`,
		"\uFEFF{\"a\":\"{}\"}": `{"a":"{}"}`, `[{"a":1}]`: `{"a":1}`, "{\"a\":\"\xff\"}": `{"a":"` + "\uFFFD" + `"}`,
		`{"n":12345678901234567890}`: `{"n":12345678901234567890}`,
		``:                           "", `no`: "", `{`: "", `{"a":1`: "", "<think>{\"a\":1}": "", strings.Repeat("{", 100): "",
	} {
		got, ok := ExtractJSON(text)
		require.Equal(t, want != "", ok, "%q", text)
		require.Equal(t, want, string(got), "%q", text)
	}
}

func FuzzExtractJSON(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "```json\n{}\n```", `{{{"a":[1,{"b":null}]}`, "<think>{}</think>{\"a\":\"\xff\"}", `{"a":"\ud800"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ExtractJSON(text)
		if !ok {
			require.Nil(t, got)
			return
		}
		var object map[string]any
		require.NoError(t, json.Unmarshal(got, &object), "%q", text)
		require.True(t, utf8.Valid(got))
		again, ok := ExtractJSON(string(got))
		require.True(t, ok)
		require.Equal(t, string(got), string(again), "what is extracted stays")
	})
}

func FuzzClassify(f *testing.F) {
	const key = "sk-canary-0123456789abcdef"
	for _, s := range []string{
		`{"error":{"message":"x","type":"content_filter","code":null,"param":null}}`, `{"error":"text"}`, `{"code":"AccountOverdueError","message":"` + key + `"}`,
		`<html>`, ``, `null`, `[]`, `{"error":{"code":429}}`, `{"error":[]}`, "Bearer abc\x00\xff",
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 429, 500} {
			f.Add(status, s, "1")
		}
	}
	presets, err := Presets()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, status int, body, wait string) {
		for _, p := range presets {
			p.Key = secret.New(key)
			e := classify(&p, status, http.Header{"Retry-After": {wait}}, []byte(body), time.Unix(1780000000, 0))
			require.NotContains(t, classNames, Class(0))
			require.Contains(t, classNames, e.Class)
			require.LessOrEqual(t, len(e.Message), maxMessage)
			require.True(t, utf8.ValidString(e.Error()))
			require.NotContains(t, e.Error(), key)
			require.NotContains(t, e.Error(), "\n")
			require.GreaterOrEqual(t, e.RetryAfter, time.Duration(0))
			require.LessOrEqual(t, e.RetryAfter, maxRetryAfter)
		}
	})
}

func TestClassifyByTheReference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		provider string
		status   int
		name     string
		want     Class
	}{
		{"doubao", 400, "MissingParameter", ClassBadRequest},
		{"doubao", 400, "InvalidParameter.max_tokens", ClassBadRequest},
		{"doubao", 400, "InvalidEndpoint.ClosedEndpoint", ClassMissing},
		{"doubao", 400, "SensitiveContentDetected.SevereViolation", ClassRefused},
		{"doubao", 400, "OutputTextSensitiveContentDetected", ClassRefused},
		{"doubao", 400, "InputTextRiskDetection", ClassRefused},
		{"doubao", 400, "ContentSecurityDetectionError", ClassRefused},
		{"doubao", 401, "AuthenticationError", ClassBadKey},
		{"doubao", 401, "InvalidAccountStatus", ClassBadKey},
		{"doubao", 403, "AccountOverdueError", ClassExhausted},
		{"doubao", 403, "AccessDenied", ClassBadKey},
		{"doubao", 403, "OperationDenied.ServiceNotOpen", ClassBadKey},
		{"doubao", 403, "OperationDenied.ServiceOverdue", ClassExhausted},
		{"doubao", 404, "ModelNotOpen", ClassMissing},
		{"doubao", 404, "InvalidEndpointOrModel.ModelIDAccessDisabled", ClassMissing},
		{"doubao", 429, "RateLimitExceeded.EndpointTPMExceeded", ClassLimited},
		{"doubao", 429, "ModelAccountRpmRateLimitExceeded", ClassLimited},
		{"doubao", 429, "ServerOverloaded", ClassLimited},
		{"doubao", 429, "RequestBurstTooFast", ClassLimited},
		{"doubao", 429, "SetLimitExceeded", ClassExhausted},
		{"doubao", 429, "QuotaExceeded", ClassExhausted},
		{"doubao", 500, "InternalServiceError", ClassTransient},
		{"deepseek", 400, "", ClassBadRequest},
		{"deepseek", 401, "", ClassBadKey},
		{"deepseek", 402, "", ClassExhausted},
		{"deepseek", 422, "", ClassBadRequest},
		{"deepseek", 429, "", ClassLimited},
		{"deepseek", 500, "", ClassTransient},
		{"deepseek", 503, "", ClassTransient},
		{"kimi", 400, "content_filter", ClassRefused},
		{"kimi", 400, "invalid_request_error", ClassBadRequest},
		{"kimi", 401, "incorrect_api_key_error", ClassBadKey},
		{"kimi", 403, "permission_denied_error", ClassBadKey},
		{"kimi", 404, "resource_not_found_error", ClassMissing},
		{"kimi", 429, "engine_overloaded_error", ClassLimited},
		{"kimi", 429, "rate_limit_reached_error", ClassLimited},
		{"kimi", 429, "exceeded_current_quota_error", ClassExhausted},
		{"kimi", 500, "server_error", ClassTransient},
		{"kimi", 500, "unexpected_output", ClassTransient},
		{"ollama", 404, "", ClassMissing},
		{"vllm", 400, "", ClassBadRequest},
		{"vllm", 401, "", ClassBadKey},
		{"kimi", 200, "content_filter", ClassRefused},
		{"kimi", 200, "exceeded_current_quota_error", ClassExhausted},
		{"generic", 302, "", ClassMissing},
		{"generic", 418, "", ClassBadRequest},
		{"generic", 504, "", ClassTransient},
		{"generic", 429, "insufficient_quota", ClassExhausted},
	} {
		p, err := Preset(c.provider)
		require.NoError(t, err)
		for _, field := range []string{"code", "type"} {
			body, err := json.Marshal(map[string]any{"error": map[string]any{field: c.name, "message": "m"}})
			require.NoError(t, err)
			got := classify(&p, c.status, nil, body, time.Time{})
			require.Equal(t, c.want, got.Class, "%s %d %s", c.provider, c.status, c.name)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "1": time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "NaN": 0, "Inf": time.Hour, "1e300": time.Hour, "x": 0,
		"Mon, 05 Jan 2026 09:00:30 GMT": 30 * time.Second, "Mon, 05 Jan 2026 08:00:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {text}}, now), text)
	}
}
