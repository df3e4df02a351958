package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/gen"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// watchFor is how long a watch is listened to: it would go on for ever.
const watchFor = 5 * time.Millisecond

// FuzzREST sends anything to the HTTP face: paths of the API with odd names and filters, and paths of nobody. Every answer is one that was
// thought of: no panic, no status from 500 on but 501 and 503, and errors are google.rpc.Status with a reason of ours.
func FuzzREST(f *testing.F) {
	d := newFixture(f)
	group := d.group("买家群")
	d.say(group, "投诉你们，退款！")
	for _, route := range routes(f) {
		path := strings.NewReplacer("{", "", "}", "", "instances/*", "instances/x").Replace(route.path)
		f.Add(route.method, path, "", "{}", "")
		f.Add(route.method, strings.ReplaceAll(path, "/session", "/"+group), "page_size=2147483648&page_token=x&states=9", `{"etag":"x","reason":"\u0000"}`, "application/json")
		f.Add(route.method, path+"/x:y", "page_size=-1&since=yesterday&held=2&update_mask=a..b", `[`, "text/event-stream")
	}
	f.Add("PATCH", "/v1/groups/"+group, "update_mask=title,nothing", `{"title":"丙"}`, "")
	f.Add("PATCH", "/v1/groups/"+group, "update_mask=title", `{"title":"\ud800","aliases":[null]}`, "")
	f.Add("POST", "/v1/text:understand", "", `{"text":"`+strings.Repeat("啊", 3000)+`","locale":"\u202e"}`, "")
	f.Add("POST", "/v1/flows:validate", "", `{"definition":{"nodes":[{"id":"a","triggerManual":{}}]}}`, "")
	f.Add("POST", "/v1/flows:validate", "", `{"source":"bm9kZXM6IFsKICAtIHs="}`, "")
	f.Add("POST", "/v1/sessions/"+group+":takeOver", "", `{"until":"9999-12-31T23:59:59Z","person":"people/x"}`, "")
	f.Add("GET", "/v1/sessions/%00/messages", "query=%FF%00&since=0001-01-01T00:00:00Z", "", "")
	f.Add("GET", "/v1/%2e%2e/flows", "a=%zz;b", "", "")
	f.Add("POST", "/webhooks/worktool/a/b/message", "", "{}", "")
	f.Add("BREW", "//v1/flows", "", "\xff", "x/y; z")
	f.Fuzz(func(t *testing.T, method, path, query, body, accept string) {
		request := made(method, path, query, body, accept)
		if request == nil {
			t.Skip("net/http itself refuses it")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if strings.HasSuffix(path, ":watch") {
			defer time.AfterFunc(watchFor, cancel).Stop()
		}
		answer := httptest.NewRecorder()
		d.handler.ServeHTTP(answer, request.WithContext(ctx))
		if answer.Code >= http.StatusInternalServerError {
			require.Contains(t, []int{http.StatusNotImplemented, http.StatusServiceUnavailable}, answer.Code, "%s %s?%s %q: %s", method, path, query, body, answer.Body)
		}
		if answer.Code >= http.StatusBadRequest && ctx.Err() == nil && strings.HasPrefix(request.URL.Path, "/v1/") {
			reasoned(t, answer.Body.Bytes())
		}
	})
}

// made is a request as a server would read it; nil for what no server reads.
func made(method, path, query, body, accept string) *http.Request {
	if method == "" || strings.ContainsFunc(method, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) }) {
		return nil
	}
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# \r\n") {
		return nil
	}
	target, err := url.ParseRequestURI(path)
	if err != nil {
		return nil
	}
	target.RawQuery = query
	request := httptest.NewRequest(http.MethodGet, "/", bytes.NewReader([]byte(body)))
	request.Host = "localhost" // open access answers to no other name
	request.Method, request.URL, request.RequestURI = method, target, target.RequestURI()
	request.Header.Set("Accept", accept)
	return request
}

// reasoned checks that an error has a code, a message and a reason. A stream puts it under its own name.
func reasoned(t *testing.T, body []byte) {
	t.Helper()
	var stream struct{ Error json.RawMessage }
	if json.Unmarshal(body, &stream) == nil && stream.Error != nil {
		body = stream.Error
	}
	var status struct {
		Code    int
		Message string
		Details []struct {
			Type   string `json:"@type"`
			Reason string
			Domain string
		}
	}
	require.NoError(t, json.Unmarshal(body, &status), "%s", body)
	require.NotZero(t, status.Code)
	require.NotEmpty(t, status.Message)
	require.NotEmpty(t, status.Details, "%s", body)
	require.Equal(t, "type.googleapis.com/google.rpc.ErrorInfo", status.Details[0].Type)
	require.Equal(t, "flowdesk", status.Details[0].Domain)
	require.Contains(t, flowdeskv1.ErrorReason_value, status.Details[0].Reason)
}

type route struct{ method, path string }

// routes are all methods and paths of the API, with the names of their parameters for values.
func routes(tb testing.TB) []route {
	tb.Helper()
	var described struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(tb, json.Unmarshal(gen.OpenAPI, &described))
	var out []route
	for path, methods := range described.Paths {
		for method := range methods {
			out = append(out, route{strings.ToUpper(method), path})
		}
	}
	require.Greater(tb, len(out), 80)
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}
