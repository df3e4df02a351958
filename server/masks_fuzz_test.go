package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// FuzzMerge merges anything into a group by any mask. Only changeable fields that were asked for change, and those are named.
func FuzzMerge(f *testing.F) {
	f.Add(`{"title":"甲","review":true}`, `{"title":"乙","aliases":[{"robot":"r","title":"t"}]}`, "title,aliases")
	f.Add(`{"title":"甲"}`, `{}`, "*")
	f.Add(`{"id":"g","staff":["a"]}`, `{"id":"other","staff":[]}`, "id,staff.x,aliases.robot")
	f.Add(`{}`, `{}`, ".,..,a..b, ,*.*")
	f.Fuzz(func(t *testing.T, before, sent, paths string) {
		stored, given := &flowdeskv1.Group{}, &flowdeskv1.Group{}
		if protojson.Unmarshal([]byte(before), stored) != nil || protojson.Unmarshal([]byte(sent), given) != nil {
			return
		}
		var mask *fieldmaskpb.FieldMask
		if paths != "" {
			mask = &fieldmaskpb.FieldMask{Paths: strings.Split(paths, ",")}
		}
		merged := proto.CloneOf(stored)
		names, err := merge(merged, given, mask, groupFields...)
		if err != nil {
			require.Empty(t, cmp.Diff(stored, merged, protocmp.Transform()), "a refused merge changes nothing")
			return
		}
		fields := stored.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			field := fields.Get(i)
			named := slices.Contains(names, string(field.Name()))
			want := stored
			if named {
				require.True(t, slices.Contains(groupFields, field.Name()), "%s", field.Name())
				want = given
			}
			require.Empty(t, cmp.Diff(only(want, field), only(merged, field), protocmp.Transform()), "%s, named: %v", field.Name(), named)
		}
	})
}

// only is a group with one field.
func only(g *flowdeskv1.Group, field protoreflect.FieldDescriptor) *flowdeskv1.Group {
	out := &flowdeskv1.Group{}
	if g.ProtoReflect().Has(field) {
		out.ProtoReflect().Set(field, g.ProtoReflect().Get(field))
	}
	return out
}

// FuzzResumeToken resumes a watch from tokens of anybody's making.
func FuzzResumeToken(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	good := place{1: 7, 900: 1 << 40}.token(now)
	for _, token := range []string{"", ".", "x.1", "era.7", "era.99999999999999999999", good, good[:len(good)-1], good + "AA", place{}.token(now)} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		at, err := placeOf(token, now)
		if err != nil {
			return
		}
		for writer, number := range at {
			require.GreaterOrEqual(t, writer, int64(0))
			require.GreaterOrEqual(t, number, int64(0))
		}
		again, err := placeOf(at.token(now), now)
		require.NoError(t, err)
		require.Equal(t, at, again)
	})
}

// FuzzNames reads resource names.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"flows/a/versions/1", "flows/a/versions/-1", "flows//versions/1", "flows/a/versions/99999999999", "/", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		require.NotContains(t, id(name), "/")
		flow, _, err := versionName(name)
		if err == nil {
			require.True(t, strings.HasPrefix(name, "flows/"+flow+"/versions/"))
		}
	})
}
