package server

import (
	"context"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// Bounds of what is counted of the last hour.
const (
	robotHourFor  = 10 * time.Second // robots are watched every second, and their hour changes slowly
	robotHourMost = 20_000           // commands that are looked at: some 30 ms
)

// settled is how commands of a robot ended.
type settled struct{ all, failed int32 }

// robotHour is how the commands of the last hour ended, by robot.
type robotHour struct {
	mu     sync.Mutex
	made   time.Time
	counts map[string]settled
}

// of is the hour before now, or before some seconds ago.
func (h *robotHour) of(ctx context.Context, store storage.CommandStore, now time.Time) (map[string]settled, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.made); h.counts != nil && age >= 0 && age < robotHourFor {
		return h.counts, nil
	}
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
	h.made, h.counts = now, counts
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
