package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPersonHasOneRoleInAGroup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	person := func(first, second string) string {
		return `{"title":"小王","role":"ROLE_AFTER_SALES","groupNames":[{"group":"g1","title":"王先生","role":"` + first + `"},{"group":"g2","title":"王工","role":"ROLE_USER"},{"group":"g1","title":"老王","role":"` + second + `"}]}`
	}
	const place = `"field":"person.group_names[2].role"`
	code, _, said := f.rest(http.MethodPost, "/v1/people?personId=wang", person("ROLE_USER", "ROLE_OPERATOR"))
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, string(said), place)
	f.ok(http.MethodPost, "/v1/people?personId=wang", person("ROLE_USER", "ROLE_USER"))
	code, _, said = f.rest(http.MethodPatch, "/v1/people/wang?updateMask=groupNames", person("ROLE_USER", "ROLE_OPERATOR"))
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, string(said), place)
	f.ok(http.MethodPatch, "/v1/people/wang?updateMask=groupNames", person("ROLE_UNSPECIFIED", "ROLE_OPERATOR"))
}
