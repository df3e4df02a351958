package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusal is what a refused request says: its reason, and the field with what is wrong with it.
func refusal(t *testing.T, body []byte) (reason, field, description string) {
	t.Helper()
	var status struct {
		Details []struct {
			Reason          string
			FieldViolations []struct{ Field, Description string }
		}
	}
	require.NoError(t, json.Unmarshal(body, &status), "%s", body)
	for _, d := range status.Details {
		if d.Reason != "" {
			reason = d.Reason
		}
		for _, v := range d.FieldViolations {
			field, description = v.Field, v.Description
		}
	}
	return reason, field, description
}

func TestParametersThatNobodyReadsAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	cases := []struct {
		name, method, path, body string
		field, says              string
	}{
		{"a misspelt filter", http.MethodGet, "/v1/commands?state=COMMAND_STATE_SENT", "", "state", "there is no such parameter; there are: pageSize, pageToken, states"},
		{"a value of another type", http.MethodGet, "/v1/flows?pageSize=ten", "", "pageSize", "the value is none of this parameter's"},
		{"an enum value that does not exist", http.MethodGet, "/v1/alerts?states=OPEN", "", "states", "the value is none of this parameter's"},
		{"a path into a list", http.MethodGet, "/v1/commands?states.x=1", "", "states.x", "there is no such parameter"},
		{"a misspelt validate_only", http.MethodPost, "/v1/groups?validate=true", `{"title":"乙"}`, "validate", "there is no such parameter"},
		{"what the body holds", http.MethodPost, "/v1/groups?group.title=x", `{"title":"乙"}`, "group.title", "it stands in the path or the body"},
		{"a parameter beside a whole body", http.MethodPost, "/v1/sessions/" + group + ":takeOver?person=people/x", `{}`, "person", "this method reads its body only"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, body := f.rest(c.method, c.path, c.body)
			reason, field, description := refusal(t, body)
			require.Equal(t, http.StatusBadRequest, code)
			require.Equal(t, "ERROR_REASON_INVALID_FIELD", reason)
			require.Equal(t, c.field, field)
			require.Contains(t, description, c.says)
		})
	}
}

func TestParametersGoByTheirNamesInJSONAndInTheProto(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	group := f.group("买家群")
	for _, query := range []string{"pageSize=1&states=COMMAND_STATE_SENT&states=COMMAND_STATE_QUEUED", "page_size=1&states=3", "session=sessions/" + group + "&due_since=2026-01-05T00:00:00Z"} {
		code, _, body := f.rest(http.MethodGet, "/v1/commands?"+query, "")
		require.Equal(t, http.StatusOK, code, "%s: %s", query, body)
	}
	code, _, body := f.rest(http.MethodPatch, "/v1/groups/"+group+"?updateMask=staffGroup,title", `{"title":"乙","staffGroup":"`+group+`"}`)
	require.Equal(t, http.StatusOK, code, "%s", body)
	require.Contains(t, string(body), `"staffGroup":"`+group+`"`)
}
