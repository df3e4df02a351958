package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestARoleInOneGroup(t *testing.T) {
	t.Parallel()
	d := desk.NewDirectory(&flowdeskv1.Environment{People: []*flowdeskv1.Person{
		{Id: "wang", Title: "小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES, GroupNames: []*flowdeskv1.GroupName{
			{Group: "b", Title: "王先生", Role: flowdeskv1.Role_ROLE_USER}, {Group: "c", Title: "王工"},
		}},
	}})
	for _, c := range []struct {
		group, name string
		role        flowdeskv1.Role
	}{
		{"a", "小王", flowdeskv1.Role_ROLE_AFTER_SALES},
		{"b", "王先生", flowdeskv1.Role_ROLE_USER},
		{"b", "小王", flowdeskv1.Role_ROLE_USER},
		{"c", "王工", flowdeskv1.Role_ROLE_AFTER_SALES},
		{"a", "王先生", flowdeskv1.Role_ROLE_USER},
	} {
		id := d.Identify(c.group, c.name, nil)
		require.Equal(t, c.role, id.Role, "%s in %s: %s", c.name, c.group, id.Reason)
	}
	require.Equal(t, "wang", d.Identify("b", "王先生", nil).Person)
	require.Contains(t, d.Identify("b", "小王", nil).Reason, "在本群为用户")
	require.Empty(t, d.Identify("a", "王先生", nil).Person)
}
