package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// What a person or a replica changes is run again when the database took it back because of others, and is stored once. One that is taken back
// every time is the caller's to repeat.
func TestAChangeThatFellToADeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  string
		times int
		want  error
	}{
		"a deadlock":                     {code: "40P01", times: 1},
		"a serialization failure, twice": {code: "40001", times: 2},
		"every time":                     {code: "40P01", times: 1000, want: storage.ErrUnavailable},
		"another error":                  {code: "57P03", times: 1, want: storage.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pgtest.URL(t)
			s := openAt(t, address)
			db := openDB(t, address)
			// A sequence is not taken back with the transaction: it counts the attempts.
			for _, statement := range []string{
				"CREATE SEQUENCE attempts",
				`CREATE FUNCTION others() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF nextval('attempts') <= TG_ARGV[0]::bigint THEN RAISE EXCEPTION 'because of others' USING ERRCODE = TG_ARGV[1]; END IF;
					RETURN NEW;
				END $$`,
			} {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			for _, table := range []string{"people", "replicas"} {
				_, err := db.ExecContext(t.Context(), "CREATE TRIGGER others AFTER INSERT ON ? FOR EACH ROW EXECUTE FUNCTION others(?, ?)",
					bun.Ident(table), c.times, c.code)
				require.NoError(t, err)
			}
			person := func() error {
				return s.PutPerson(t.Context(), &flowdeskv1.Person{Id: "p1", Title: "王五"}, "")
			}
			beat := func() error {
				_, err := s.Beat(t.Context(), "one", time.Minute)
				return err
			}
			for what, change := range map[string]func() error{"a person's change": person, "a beat": beat} {
				_, err := db.ExecContext(t.Context(), "ALTER SEQUENCE attempts RESTART")
				require.NoError(t, err)
				require.ErrorIs(t, change(), c.want, what)
			}
			people, _, err := s.ListPeople(t.Context(), storage.PersonFilter{}, storage.Page{Size: 10})
			require.NoError(t, err)
			if c.want != nil {
				require.Empty(t, people)
				return
			}
			require.Len(t, people, 1)
		})
	}
}
