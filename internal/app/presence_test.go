package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
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

// silent is a platform that does not answer for one robot.
type silent struct {
	robots.Platform
	robot string
	asked chan struct{}
}

func (p silent) Online(ctx context.Context, account robots.Account) (robots.OnlineState, error) {
	if account.RobotID == p.robot {
		p.asked <- struct{}{}
		<-ctx.Done()
		return robots.OnlineUnknown, ctx.Err()
	}
	return robots.Online, nil
}

// A platform that does not answer for one robot keeps nobody from confirming the others.
func TestARobotThatCannotBeConfirmedKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	platform := silent{robot: "id-slow", asked: make(chan struct{}, 1000)}
	a := &App{Store: sealed.New(db, nil), link: robotlink.New(platform), log: slog.New(slog.DiscardHandler)}
	var records []*storage.RobotRecord
	for _, id := range []string{"slow", "quick"} {
		records = append(records, &storage.RobotRecord{Robot: &flowdeskv1.Robot{Id: id, RobotId: "id-" + id, State: flowdeskv1.RobotState_ROBOT_STATE_ONLINE}})
		require.NoError(t, db.PutRobot(t.Context(), records[len(records)-1], ""))
	}
	a.link.SetRobots(records)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	for range 2 { // reports come in pairs
		work.Go(func() { a.presence.confirm(ctx, a, "slow") })
	}
	<-platform.asked
	confirmed := make(chan struct{})
	work.Go(func() {
		defer close(confirmed)
		a.presence.confirm(ctx, a, "quick")
	})
	select {
	case <-confirmed:
	case <-time.After(confirmWithin / 2):
		require.Fail(t, "the other robot waits")
	}
}
