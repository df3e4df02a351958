package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// The platform is not asked for ever about a robot that was removed; about one that is there, whose account cannot be used now, it is.
func TestNobodyAsksAboutARobotThatIsGone(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.PutRobot(t.Context(), &storage.RobotRecord{Robot: &flowdeskv1.Robot{Id: "there"}}, ""))
	a := &App{Store: sealed.New(db, nil), link: robotlink.New(nil), log: slog.New(slog.DiscardHandler)}
	for robot, gone := range map[string]bool{"gone": true, "there": false} {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		a.presence.confirm(ctx, a, robot)
		require.Equal(t, gone, ctx.Err() == nil, robot)
		cancel()
	}
}
