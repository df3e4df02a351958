package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// A database from before the keys has names; they get theirs with the step.
func TestNamesFromBeforeTheSortKeysStandByPinyinToo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flowdesk.db")
	store, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	for id, title := range map[string]string{"a": "张三", "b": "李四", "c": "阿梅"} {
		require.NoError(t, store.CreateFlow(t.Context(), &flowdeskv1.Flow{Id: id, Definition: &flowdeskv1.FlowDefinition{Title: title}}))
		require.NoError(t, store.PutGroup(t.Context(), &flowdeskv1.Group{Id: id, Title: title}, ""))
		require.NoError(t, store.PutPerson(t.Context(), &flowdeskv1.Person{Id: id, Title: title, Names: []string{"阿"}}, ""))
	}
	require.NoError(t, store.Close())

	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	for _, statement := range []string{
		"ALTER TABLE flow_definitions DROP COLUMN sort_key", "ALTER TABLE groups DROP COLUMN sort_key", "ALTER TABLE people DROP COLUMN sort_key",
		"ALTER TABLE robot_command_queue DROP COLUMN edits", "ALTER TABLE robot_command_queue DROP COLUMN edited",
		"DELETE FROM bun_migrations WHERE name >= '0013'",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, db.Close())

	store, err = sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	flows, _, err := store.ListFlows(t.Context(), storage.FlowFilter{Order: storage.FlowOrder{By: storage.FlowTitle}}, storage.Page{})
	require.NoError(t, err)
	groups, _, err := store.ListGroups(t.Context(), storage.GroupFilter{ByTitle: true}, storage.Page{})
	require.NoError(t, err)
	people, _, err := store.ListPeople(t.Context(), storage.PersonFilter{ByName: true}, storage.Page{})
	require.NoError(t, err)
	for i, id := range []string{"c", "b", "a"} {
		require.Equal(t, id, flows[i].GetId())
		require.Equal(t, id, groups[i].GetId())
		require.Equal(t, id, people[i].GetId())
	}
	require.NoError(t, store.Close())
}
