package outside_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What needs a secret that was deleted is left out; what does not stays as it was.
func TestWithoutASecretWhatNeedsItGoes(t *testing.T) {
	t.Parallel()
	c := load(t, `
models:
  providers: [{preset: deepseek, key: "${secret:model}"}, {name: local, preset: generic, base: "http://10.0.0.5/v1", no_key: true, model: m}]
  uses: {reply: {providers: [deepseek, local]}, read: {providers: [deepseek]}}
  default: {providers: [local, deepseek]}
http: {headers: [{host: api.example.com, name: Authorization, value: "Bearer ${secret:crm}"}, {host: api.example.com, name: X, value: plain}]}
channels: [{name: ops, kind: wecom, address: "https://x.example/send?key=${secret:ops}"}, {name: signed, kind: dingtalk, address: "https://y.example", secret: "${secret:sign}"}]
`)
	without := func(gone ...string) (any, []string) {
		left, missing := c.Without(func(id string) bool { return !slices.Contains(gone, id) })
		var names []string
		for _, p := range left.Models.Providers {
			names = append(names, p.Name+p.Preset)
		}
		for _, h := range left.HTTP.Headers {
			names = append(names, h.Name)
		}
		for _, ch := range left.Channels {
			names = append(names, ch.Name)
		}
		names = append(names, left.Models.Default.Providers...)
		for _, use := range []string{"reply", "read"} {
			names = append(names, left.Models.Uses[use].Providers...)
		}
		return names, missing
	}
	all, missing := without()
	require.Equal(t, []string{"deepseek", "localgeneric", "Authorization", "X", "ops", "signed", "local", "deepseek", "deepseek", "local", "deepseek"}, all)
	require.Empty(t, missing)
	left, missing := without("model", "sign", "crm")
	require.Equal(t, []string{"localgeneric", "X", "ops", "local", "local"}, left)
	require.Equal(t, []string{"crm", "model", "sign"}, missing)
	again, _ := without()
	require.Equal(t, all, again, "the configuration itself stays")
}
