package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	stored := func() *flowdeskv1.Person {
		return &flowdeskv1.Person{Id: "p", Title: "王姐", Role: flowdeskv1.Role_ROLE_AFTER_SALES, Names: []string{"售后-王姐"}, Management: true}
	}
	cases := []struct {
		name    string
		given   *flowdeskv1.Person
		mask    []string
		want    func(*flowdeskv1.Person)
		changed []string
		refused bool
	}{
		{name: "without a mask what is set", given: &flowdeskv1.Person{Title: "小王"}, want: func(p *flowdeskv1.Person) { p.Title = "小王" }, changed: []string{"title"}},
		{
			name: "with a mask what is named", given: &flowdeskv1.Person{Title: "小王"}, mask: []string{"management"},
			want: func(p *flowdeskv1.Person) { p.Management = false }, changed: []string{"management"},
		},
		{
			name: "a list as a whole", given: &flowdeskv1.Person{Names: []string{"a", "b"}}, mask: []string{"names"},
			want: func(p *flowdeskv1.Person) { p.Names = []string{"a", "b"} }, changed: []string{"names"},
		},
		{
			name: "a star names all", given: &flowdeskv1.Person{Title: "小王"}, mask: []string{"*"},
			want: func(p *flowdeskv1.Person) { p.Title, p.Names, p.Management, p.Role = "小王", nil, false, 0 }, changed: []string{"title", "role", "names", "management"},
		},
		{
			name: "what is not changeable stays", given: &flowdeskv1.Person{Id: "other", Title: "小王"}, mask: []string{"id", "title"},
			want: func(p *flowdeskv1.Person) { p.Title = "小王" }, changed: []string{"title"},
		},
		{
			name: "a field by its name in JSON", given: &flowdeskv1.Person{GroupNames: nil, Title: "小王"}, mask: []string{"groupNames", "title"},
			want: func(p *flowdeskv1.Person) { p.Title = "小王" }, changed: []string{"title"},
		},
		{name: "no such field", given: &flowdeskv1.Person{}, mask: []string{"nickname"}, refused: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := stored()
			changed, err := merge(got, c.given, &fieldmaskpb.FieldMask{Paths: c.mask}, "title", "role", "names", "management")
			if c.refused {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			want := stored()
			c.want(want)
			require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
			require.Equal(t, c.changed, changed)
		})
	}
}

func TestMergeTakesAPathIntoAMessageAsTheMessage(t *testing.T) {
	t.Parallel()
	flow := &flowdeskv1.Flow{Definition: &flowdeskv1.FlowDefinition{Title: "old", Description: "old"}}
	_, err := merge(flow, &flowdeskv1.Flow{Definition: &flowdeskv1.FlowDefinition{Title: "new"}},
		&fieldmaskpb.FieldMask{Paths: []string{"definition.title", "revision"}}, "definition")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(&flowdeskv1.FlowDefinition{Title: "new"}, flow.GetDefinition(), protocmp.Transform()))
}
