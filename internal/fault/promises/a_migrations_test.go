//go:build faults

package promises

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// A3 and G6: a process that brings the schema up to date, or takes a step back, dies, panics or fails at every step of it. The next one goes on
// from there to the same schema, and a server that starts meanwhile waits for it.
func TestInterruptedMigrations(t *testing.T) {
	beside(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			beside(t)
			promise(t, "A3 of migrations", func(t *testing.T, row *figures.Row) {
				fresh := func() migrating {
					m := migrating{dir: t.TempDir()}
					if engine == "postgres" {
						m.url = pgtest.URL(t)
					}
					return m
				}
				whole := fresh()
				require.NoError(t, whole.run(t, "up", ""))
				want := whole.schema(t)
				require.NotEmpty(t, want)
				points := 0
				for _, point := range failpoint.Table() {
					if point.Kind != failpoint.Migration {
						continue
					}
					points++
					m, way := fresh(), "up"
					if name := string(point.Name); strings.HasPrefix(name, "migration.down") || strings.HasPrefix(name, "migration.unmark") {
						require.NoError(t, m.run(t, "up", ""))
						way = "down"
					}
					passes := []int{1}
					if strings.HasPrefix(string(point.Name), "migration.st") {
						passes = scaled(t, []int{1, 7, 40}, []int{1, 2, 3, 5, 7, 11, 17, 40, 60, 80}, []int{1, 2, 3, 5, 7, 11, 17, 40, 60, 80})
					}
					for n, pass := range passes {
						action := []string{"exit", "error", "panic"}[(points+n)%3]
						if m.run(t, way, fmt.Sprintf("%s=%s@%d", point.Name, action, pass)) != nil {
							row.Trials++
							if action != "error" {
								row.Kills++
							}
						}
					}
					require.Positive(t, row.Trials, "%s is passed", point.Name)
					require.NoError(t, m.run(t, way, ""), "%s: the next one goes on", point.Name)
					require.NoError(t, m.run(t, "up", ""))
					require.Equal(t, want, m.schema(t), "%s: the same schema", point.Name)
				}
				row.Note = fmt.Sprintf("%d steps, the same schema each time", points)
				if engine == "postgres" {
					together(t, fresh(), row)
				}
			})
		})
	}
}

// together starts two servers on an empty schema, of which the first dies in the middle of making it.
func together(t *testing.T, m migrating, row *figures.Row) {
	t.Helper()
	var servers []*rig.Server
	for i := range 2 {
		dir := filepath.Join(m.dir, fmt.Sprint(i))
		require.NoError(t, os.Mkdir(dir, 0o700))
		s, err := rig.NewServer(*binaryFlag, dir, m.url)
		require.NoError(t, err)
		t.Cleanup(s.Kill)
		s.Args = append(s.Args, "--migrate")
		servers = append(servers, s)
	}
	require.NoError(t, servers[0].Begin("migration.statement.before=sleep(20ms); migration.statement.after=exit@25"))
	rig.Pause(t.Context(), 200*time.Millisecond)
	require.NoError(t, servers[1].Begin(""))
	require.NoError(t, servers[1].Ready(t.Context()), "it goes on where the other died")
	row.Trials++
	if servers[0].Ready(t.Context()) == nil {
		return // the second was the faster one and left nothing to do
	}
	<-servers[0].Ended()
	row.Kills++
	require.NoError(t, servers[0].Start(t.Context(), ""))
}

// migrating is a database whose schema is changed by processes of its own.
type migrating struct {
	dir, url string
}

// run runs flowdesk migrate in a process.
func (m migrating) run(t *testing.T, way, failpoints string) error {
	t.Helper()
	command := exec.CommandContext(t.Context(), *binaryFlag, "migrate", way, "--data-dir", m.dir)
	command.Env = append(os.Environ(), "FLOWDESK_FAILPOINTS="+failpoints, "FLOWDESK_DATABASE="+m.url)
	output, err := command.CombinedOutput()
	if exit := (&exec.ExitError{}); err != nil && (!errors.As(err, &exit) || failpoints == "") {
		return fmt.Errorf("migrate %s: %w: %s", way, err, output)
	}
	return err
}

// schema describes all tables, columns and indexes, and which steps are applied.
func (m migrating) schema(t *testing.T) (lines []string) {
	t.Helper()
	db, err := database.OpenDB(context.WithoutCancel(t.Context()), database.Setting{Name: m.url, DataDir: m.dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	query := "SELECT name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'bun%' AND name NOT LIKE 'sqlite%' ORDER BY 1"
	if m.url != "" {
		query = `SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, '') FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name NOT LIKE 'bun%'
			UNION ALL SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema() AND tablename NOT LIKE 'bun%' ORDER BY 1`
	}
	var steps []string
	require.NoError(t, db.NewRaw(query).Scan(t.Context(), &lines))
	require.NoError(t, db.NewRaw("SELECT name FROM bun_migrations ORDER BY name").Scan(t.Context(), &steps))
	return append(lines, steps...)
}
