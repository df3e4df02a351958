package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatNobodyUnderstandsIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	cases := []struct {
		name, path, body string
		field, says      string
	}{
		{"a number that is no duty", "/v1/commands", `{"targetSession":"G","text":"您好","duty":99}`, "command.duty", "it has no value 99"},
		{"a number that is no kind", "/v1/trackTasks", `{"groupId":"G","title":"核对","kind":77}`, "track_task.kind", "it has no value 77"},
		{"NUL in a text", "/v1/commands", `{"targetSession":"G","text":"您\u0000好"}`, "command.text", "it must not hold NUL"},
		{"NUL inside a flow", "/v1/flows?flowId=x", `{"definition":{"nodes":[{"id":"a","name":"\u0000"}]}}`, "flow.definition.nodes[0].name", "it must not hold NUL"},
		{"a robot that is not there", "/v1/commands", `{"targetSession":"G","text":"您好","robot":"robots/nobody"}`, "command.robot", "there is no such robot"},
		{"a group without a name", "/v1/groups", `{}`, "group.title", "a group needs a title, or a name by which a robot knows it"},
		{"a rule of the whole message names its field", "/v1/commands", `{"text":"您好"}`, "command.target_session", "command.target_session is needed, at most 200 characters"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, body := f.rest(http.MethodPost, c.path, strings.ReplaceAll(c.body, `"G"`, `"`+group+`"`))
			reason, field, description := refusal(t, body)
			require.Equal(t, http.StatusBadRequest, code)
			require.Equal(t, "ERROR_REASON_INVALID_FIELD", reason)
			require.Equal(t, c.field, field)
			require.Equal(t, c.says, description)
		})
	}
}

func TestADraftMayHoldNumbersThatAreNoValue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := `{"definition":{"title":"草稿","nodes":[{"id":"d","delayControl":{"rules":[{"priorities":[99]}]}}]}}`
	code, _, body := f.rest(http.MethodPost, "/v1/flows?flowId=draft", draft)
	require.Equal(t, http.StatusOK, code, "%s", body)
	code, _, body = f.rest(http.MethodPost, "/v1/flows:validate", draft)
	require.Equal(t, http.StatusOK, code, "%s", body)
	require.Contains(t, string(body), "rules[0].priorities[0]")
}

func TestRefusalsNameWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/v1/flows/nope", "/v1/instances/nope:trace", "/v1/messages/nope:why", "/v1/sessions/nope/messages"} {
		code, _, body := f.rest(http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, code, path)
		if !strings.HasSuffix(path, "/messages") {
			require.Contains(t, string(body), strings.TrimPrefix(strings.Split(path, ":")[0], "/v1/"))
		}
	}
	f.ok(http.MethodPost, "/v1/flows?flowId=x", `{"definition":{"title":"草稿"}}`)
	_, _, body := f.rest(http.MethodGet, "/v1/flows/x:compare?fromVersion=1&toVersion=2", "")
	require.NotContains(t, string(body), "flows/x", "it is the version that is not there")
}
