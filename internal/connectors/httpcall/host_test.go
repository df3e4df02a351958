package httpcall_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
)

func TestHostRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"api.example.com": "api.example.com", "API.Example.COM.": "api.example.com", "*.example.com": "*.example.com", "*": "*",
		"*:*": "*:*", "api.example.com:8443": "api.example.com:8443", "*.example.com:*": "*.example.com:*", "192.168.1.7:80": "192.168.1.7:80",
		"[FD00::0001]:8080": "[fd00::1]:8080", "[fd00::1]": "[fd00::1]", "[::ffff:10.0.0.1]": "10.0.0.1", "under_score.example": "under_score.example",
	} {
		rule, err := httpcall.ParseHostRule(text)
		require.NoError(t, err, text)
		require.Equal(t, want, rule.String(), text)
	}
	for _, text := range []string{
		"", ".", "*.", "*.com", "*.com.cn", "*.github.io", "a.*.com", "**.example.com", "*example.com", "http://example.com", "example.com/x", "user@example.com",
		"example..com", "-a.com", "127.1", "0x7f.1", "2130706433", "*.127.0.0.1", "[::1", "::1", "[fe80::1%eth0]", "[::1]x", "a.com:", "a.com:0", "a.com:65536", "a.com:+80", "例子.cn", "a b.com",
	} {
		_, err := httpcall.ParseHostRule(text)
		require.Error(t, err, text)
	}
}

func FuzzHostRule(f *testing.F) {
	for _, seed := range []string{"api.example.com", "*.example.com:8443", "*", "*:*", "[fd00::1]:1", "127.1", "0x7f.1", "a.com:", "[::1%lo]", "例子.cn"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := httpcall.ParseHostRule(text)
		if err != nil {
			return
		}
		again, err := httpcall.ParseHostRule(rule.String())
		require.NoError(t, err, "%q written as %q", text, rule)
		require.Equal(t, rule, again)
	})
}
