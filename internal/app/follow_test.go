package app

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// all shares nothing.
type all struct{ runner.Shares }

// A change was followed, and the robots could not be read just then. They are read the next time, although nothing changed since: callbacks of a
// robot that another server knows would be refused here for ever.
func TestRobotsThatCouldNotBeReadAreReadTheNextTime(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	a := &App{
		Store: sealed.New(db, nil), link: robotlink.New(nil), callbacks: &server.Callbacks{},
		Runner: runner.New(engine.NewCatalog(engine.Rules{}), db, runner.Options{Fill: desk.FillSettings, Shares: all{}}),
	}
	failures := 1
	r := &replicated{app: a, records: func(ctx context.Context) ([]*storage.RobotRecord, error) {
		if failures--; failures >= 0 {
			return nil, storage.ErrUnavailable
		}
		return db.ListRobots(ctx)
	}}
	robot := &flowdeskv1.Robot{Id: "day", BaseUri: "http://platform"}
	require.NoError(t, db.PutRobot(t.Context(), &storage.RobotRecord{Robot: robot, WebhookSecret: "x"}, ""))
	require.ErrorIs(t, r.followOnce(t.Context()), storage.ErrUnavailable)
	require.NotEqual(t, "http://platform", a.link.Address("day"))
	require.NoError(t, r.followOnce(t.Context()))
	require.Equal(t, "http://platform", a.link.Address("day"))
}
