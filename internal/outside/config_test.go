package outside_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/outside"
)

func load(t *testing.T, text string) outside.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "outside.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	c, err := outside.Load(file)
	require.NoError(t, err)
	return c
}

func TestSealedSecretsAreFilledIn(t *testing.T) {
	t.Parallel()
	c := load(t, `
models: {providers: [{name: main, preset: deepseek, key: "${secret:model}"}]}
http: {headers: [{host: api.example.com, name: Authorization, value: "Bearer ${secret:crm}"}]}
channels: [{name: ops, kind: wecom, address: "https://x.example/send?key=${secret:ops}", secret: plain}]
`)
	values := map[string]string{"model": "m-1", "crm": "c-2", "ops": "o-3"}
	value := func(id string) (string, error) { return values[id], nil }
	template := c
	c, err := template.Resolved(value)
	require.NoError(t, err)
	require.Equal(t, "${secret:model}", template.Models.Providers[0].Key.Reveal(), "it can be resolved again")
	require.Equal(t, "m-1", c.Models.Providers[0].Key.Reveal())
	require.Equal(t, "Bearer c-2", c.HTTP.Headers[0].Value.Reveal())
	require.Equal(t, "https://x.example/send?key=o-3", c.Channels[0].Address.Reveal())
	require.Equal(t, "plain", c.Channels[0].Secret.Reveal())
	require.NotContains(t, fmt.Sprintf("%+v", c), "c-2")
	missing := errors.New("there is none")
	again := load(t, `models: {providers: [{name: main, preset: deepseek, key: "${secret:nobody}"}]}`)
	_, err = again.Resolved(func(string) (string, error) { return "", missing })
	require.ErrorIs(t, err, missing)
}

// A key that the operator set for a host goes there and nowhere else, and a flow can neither read nor choose it.
func TestHeadersWithKeysGoToTheirHostOnly(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 10)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Host + " " + r.Header.Get("Authorization") }))
	defer service.Close()
	at, err := url.Parse(service.URL)
	require.NoError(t, err)
	c := load(t, fmt.Sprintf(`
http:
  hosts: ["127.0.0.1:*", "127.0.0.2:*"]
  plain_http: true
  inside: ["127.0.0.0/8"]
  headers: [{host: 127.0.0.1, name: Authorization, value: "Bearer %s"}]
`, "canary"))
	p, err := outside.New(c, nil)
	require.NoError(t, err)
	defer p.Close()
	call := func(address string) *flowdeskv1.CallAnswer {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return p.Perform(ctx, &flowdeskv1.Call{Timeout: durationpb.New(5 * time.Second), Request: &flowdeskv1.Call_Http{Http: &flowdeskv1.HttpCall{Method: "GET", Url: address}}})
	}
	answer := call(service.URL)
	require.Equal(t, flowdeskv1.CallOutcome_CALL_OUTCOME_OK, answer.GetOutcome(), answer)
	require.Equal(t, at.Host+" Bearer canary", <-heard)
	require.NotContains(t, answer.String(), "canary")
	require.NotEqual(t, flowdeskv1.CallOutcome_CALL_OUTCOME_UNSPECIFIED, call("http://127.0.0.2:"+at.Port()).GetOutcome())
	select {
	case got := <-heard:
		require.NotContains(t, got, "canary")
	default: // nothing listens there on this machine
	}
}

func TestModelsAndRobotsAreKeptOutside(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer inside.Close()
	at, err := url.Parse(inside.URL)
	require.NoError(t, err)
	ask := func(base, more string) string {
		p, err := outside.New(load(t, fmt.Sprintf(`
models:
  providers: [{name: main, preset: generic, base: "%s/v1", model: m, no_key: true}]
  default: {providers: [main]}
%s`, base, more)), nil)
		require.NoError(t, err)
		defer p.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return p.Perform(ctx, &flowdeskv1.Call{Timeout: durationpb.New(2 * time.Second), Request: &flowdeskv1.Call_Model{Model: &flowdeskv1.ModelRequest{
			Use:      "reply",
			Messages: []*flowdeskv1.ModelMessage{{Role: "user", Text: "hi"}},
		}}}).GetReason()
	}
	require.Contains(t, ask("http://localhost:"+at.Port(), ""), "not allowed", "a name may resolve to anything")
	require.NotContains(t, ask("http://localhost:"+at.Port(), "  inside: [\"127.0.0.0/8\", \"::1/128\"]"), "not allowed")
	require.NotContains(t, ask(inside.URL, ""), "not allowed", "an address is written by whoever means it")
	_, err = outside.New(load(t, "models: {inside: [nonsense], providers: [{preset: generic, base: \"http://a.example\", model: m, no_key: true}], default: {providers: [generic]}}"), nil)
	require.ErrorContains(t, err, "nonsense")
	_, err = load(t, "robots: {inside: [nonsense]}").Robots.Guard()
	require.ErrorContains(t, err, "nonsense")
}
