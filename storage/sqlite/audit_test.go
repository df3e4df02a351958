package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// The program has no statement that changes an audit record. If it had one, the database would refuse it.
func TestTheDatabaseRefusesToChangeAuditRecords(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flowdesk.db")
	store, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	record := &flowdeskv1.AuditRecord{Name: "auditRecords/1", Actor: "users/a", Method: "m", Time: timestamppb.New(time.Unix(1, 0))}
	require.NoError(t, store.BeginAudit(t.Context(), record))
	record.Outcome = "OK"
	require.NoError(t, store.EndAudit(t.Context(), record))

	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	for _, statement := range []string{
		"UPDATE audit_records SET actor = 'users/b'", "DELETE FROM audit_records", "UPDATE audit_outcomes SET data = x''", "DELETE FROM audit_outcomes",
		"INSERT OR REPLACE INTO audit_records (id, time, actor, method, data) VALUES ('1', 1, 'users/b', 'm', x'')",
		"REPLACE INTO audit_outcomes (record, data) VALUES ('1', x'')",
		"INSERT INTO audit_records (id, time, actor, method, data) VALUES ('1', 1, 'users/b', 'm', x'') ON CONFLICT (id) DO UPDATE SET actor = 'users/b'",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.ErrorContains(t, err, "append-only", statement)
	}
	require.NoError(t, db.Close())
	got, _, err := store.ListAudit(t.Context(), storage.AuditFilter{}, storage.Page{})
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "users/a", got[0].GetActor())
	require.Equal(t, "OK", got[0].GetOutcome())
	require.NoError(t, store.Close())
}
