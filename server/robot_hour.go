package server

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// Bounds of what is counted of the last hour.
const (
	robotHourFor  = 10 * time.Second // robots are watched every second, and their hour changes slowly
	robotHourMost = 20_000           // commands that are looked at: some 30 ms
	robotHourTime = 20 * time.Second // of a look, whoever waits for it
)

// settled is how commands of a robot ended.
type settled struct{ all, failed int32 }

// robotHour is how the commands of the last hour ended, by robot. Whoever asks while it is looked at waits for the same look, as long as he likes.
type robotHour struct {
	last atomic.Pointer[hourCounts]
	look singleflight.Group
}

type hourCounts struct {
	made     time.Time
	byRobots map[string]settled
}

// of is the hour before now, or before some seconds ago.
func (h *robotHour) of(ctx context.Context, store storage.CommandStore, now time.Time) (map[string]settled, error) {
	if last := h.last.Load(); last != nil && now.Sub(last.made) >= 0 && now.Sub(last.made) < robotHourFor {
		return last.byRobots, nil
	}
	looked := h.look.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), robotHourTime)
		defer cancel()
		counts, err := lastHour(ctx, store, now)
		if err == nil {
			h.last.Store(&hourCounts{made: now, byRobots: counts})
		}
		return counts, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-looked:
		counts, _ := result.Val.(map[string]settled)
		return counts, result.Err
	}
}

func lastHour(ctx context.Context, store storage.CommandStore, now time.Time) (map[string]settled, error) {
	states, err := store.CountByRobot(ctx, now.Add(-healthWindow), robotHourMost)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]settled, len(states))
	for robot, byState := range states {
		var ended settled
		for state, n := range byState {
			switch endOf(state) {
			case endedWell:
				ended.all += n
			case endedBadly:
				ended.all, ended.failed = ended.all+n, ended.failed+n
			default:
			}
		}
		counts[robot] = ended
	}
	return counts, nil
}

// end is how a command ended.
type end int

const (
	notEnded end = iota // under way, or taken back
	endedWell
	endedBadly
)

func endOf(state flowdeskv1.CommandState) end {
	switch state {
	case flowdeskv1.CommandState_COMMAND_STATE_COMPLETED:
		return endedWell
	case flowdeskv1.CommandState_COMMAND_STATE_FAILED, flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT,
		flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, flowdeskv1.CommandState_COMMAND_STATE_MANUAL:
		return endedBadly
	default:
		return notEnded
	}
}

// served is in how many groups a robot can speak.
func served(groups []*flowdeskv1.Group, robot string) int32 {
	var n int32
	for _, g := range groups {
		if g.GetMergedInto() == "" && g.GetKind() != flowdeskv1.SessionKind_SESSION_KIND_DIRECT && desk.Knows(g, robot) {
			n++
		}
	}
	return n
}
