package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// The program has no statement that changes an audit record. If it had one, the database would refuse it.
func TestTheDatabaseRefusesToChangeAuditRecords(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	store := openAt(t, url)
	record := &flowdeskv1.AuditRecord{Name: "auditRecords/1", Actor: "users/a", Method: "m", Time: timestamppb.Now()}
	require.NoError(t, store.BeginAudit(t.Context(), record))
	record.Outcome = "OK"
	require.NoError(t, store.EndAudit(t.Context(), record))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for _, statement := range []string{
		"UPDATE audit_records SET actor = 'users/b'", "DELETE FROM audit_records", "TRUNCATE audit_records", "UPDATE audit_outcomes SET resource = 'x'",
		"DELETE FROM audit_outcomes", "TRUNCATE audit_outcomes",
		"INSERT INTO audit_records (id, time, actor, method, data) VALUES ('1', 1, 'users/b', 'm', '') ON CONFLICT (id) DO UPDATE SET actor = 'users/b'",
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "append-only", statement)
	}
}
