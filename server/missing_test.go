package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever is told that something is not there is told what: a request may speak of several things.
func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.ok(http.MethodPost, "/v1/flows?flowId=hand", `{"definition":`+manualFlow+`}`)
	f.ok(http.MethodPost, "/v1/flows/hand:publish", `{}`)
	for _, c := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/v1/flows/none", "", "flows/none: get flow: not found"},
		{http.MethodGet, "/v1/flows/hand/versions/9", "", "flows/hand/versions/9: get version: not found"},
		{http.MethodGet, "/v1/people/none", "", "people/none: get person: not found"},
		{http.MethodGet, "/v1/trackTasks/none", "", "trackTasks/none: get task: not found"},
		{http.MethodPost, "/v1/flows/none/checkpoints", `{"title":"x"}`, "flows/none: get flow: not found"},
		{http.MethodGet, "/v1/flows/none/checkpoints", "", "flows/none: get flow: not found"},
		{http.MethodGet, "/v1/flows/none/versions", "", "flows/none: get flow: not found"},
		{http.MethodPost, "/v1/flows/hand:activate", `{"version":9}`, "flows/hand/versions/9: get version: not found"},
		{http.MethodPost, "/v1/flows/none:activate", `{"version":9}`, "flows/none: get flow: not found"},
		{http.MethodGet, "/v1/sessions/none/messages", "", "sessions/none: get session: not found"},
		{http.MethodPost, "/v1/commands", `{"targetSession":"none","text":"x"}`, "none: get session: not found"},
		{http.MethodPost, "/v1/trackTasks", `{"groupId":"none","title":"x"}`, "none: get session: not found"},
		{http.MethodPost, "/v1/instances", `{"flow":"flows/hand","session":"sessions/none"}`, "sessions/none: get session: not found"},
	} {
		code, _, body := f.rest(c.method, c.path, c.body)
		require.Equal(t, http.StatusNotFound, code, "%s %s: %s", c.method, c.path, body)
		require.Contains(t, string(body), `"message":"`+c.want+`"`, "%s %s", c.method, c.path)
	}
	for _, list := range []string{"versions", "checkpoints"} {
		f.ok(http.MethodPost, "/v1/flows?flowId=empty-"+list, `{"definition":`+manualFlow+`}`)
		require.Len(t, f.ok(http.MethodGet, "/v1/flows/empty-"+list+"/"+list, ""), 2, "a flow that has none of them is there")
	}
}
