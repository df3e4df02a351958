package standin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

func ask(t *testing.T, h http.Handler, method, path, key, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out, err := io.ReadAll(w.Result().Body)
	require.NoError(t, err)
	return w.Code, string(out)
}

func TestRulesAndEcho(t *testing.T) {
	t.Parallel()
	s := standin.New(standin.Options{Rules: []standin.Rule{{System: regexp.MustCompile("classify"), Text: regexp.MustCompile(`order (\w+)`), Answer: "about $1"}}})
	for _, c := range []struct{ system, text, want string }{
		{"classify it", "where is order A1", `"content":"about A1"`},
		{"chat", "where is order A1", `"content":"echo: where is order A1"`},
		{"classify it", "hello", `"content":"echo: hello"`},
	} {
		body, err := json.Marshal(map[string]any{"model": "m", "messages": []map[string]string{{"role": "system", "content": c.system}, {"role": "user", "content": c.text}}})
		require.NoError(t, err)
		status, out := ask(t, s, http.MethodPost, "/v1/chat/completions", "k", string(body))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, out, c.want)
	}
	require.Len(t, s.Ledger(), 3)
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := standin.New(standin.Options{Key: secret.New("sk-right")})
	chat := `{"model":"m","messages":[{"role":"user","content":"my key is sk-right"}]}`
	status, _ := ask(t, s, http.MethodPost, "/chat/completions", "sk-wrong", strings.Replace(chat, "sk-right", "sk-wrong", 1))
	require.Equal(t, http.StatusUnauthorized, status)

	status, _ = ask(t, s.Admin(), http.MethodPut, "/mode", "", `{"mode":"overloaded","script":["no_money","normal"]}`)
	require.Equal(t, http.StatusNoContent, status)
	for _, want := range []int{402, 200, 503, 503} {
		status, _ = ask(t, s, http.MethodPost, "/chat/completions", "sk-right", chat)
		require.Equal(t, want, status)
	}
	_, ledger := ask(t, s.Admin(), http.MethodGet, "/requests", "", "")
	require.Contains(t, ledger, `"mode":"no_money"`)
	require.NotContains(t, ledger, "sk-wrong")
	require.NotContains(t, ledger, "sk-right")

	status, _ = ask(t, s.Admin(), http.MethodPut, "/mode", "", `{"mode":"no such"}`)
	require.Equal(t, http.StatusBadRequest, status)
	status, _ = ask(t, s.Admin(), http.MethodDelete, "/requests", "", "")
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, s.Ledger())
	_, models := ask(t, s, http.MethodGet, "/v1/models", "", "")
	require.Contains(t, models, "stand-in")
}
