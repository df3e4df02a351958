package demo

import (
	"context"
	"errors"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// State is how far the demo data is, and how much there is of it.
func (d *Demo) State(ctx context.Context) (*flowdeskv1.Demo, error) {
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil {
		return nil, err
	}
	m := marks(noted)
	demo := &flowdeskv1.Demo{State: flowdeskv1.DemoState_DEMO_STATE_ABSENT}
	d.mu.Lock()
	busy, percent, failure := d.busy, d.percent, d.failure
	d.mu.Unlock()
	switch {
	case m.is(stateFilling) && busy:
		demo.State, demo.Percent = flowdeskv1.DemoState_DEMO_STATE_FILLING, percent
	case m.is(stateFilled):
		demo.State, demo.Percent = flowdeskv1.DemoState_DEMO_STATE_FILLED, 100
	case m.is(stateFailed), m.is(stateFilling):
		demo.State, demo.Error, demo.Percent = flowdeskv1.DemoState_DEMO_STATE_FAILED, failure, percent
	default:
		return demo, nil
	}
	if demo.Counts, err = d.counts(ctx, m); err != nil {
		return nil, err
	}
	if ends := m[kindRange]; len(ends) == 2 {
		since, failed := time.Parse(time.RFC3339, ends[0])
		until, alsoFailed := time.Parse(time.RFC3339, ends[1])
		if err := errors.Join(failed, alsoFailed); err != nil {
			return nil, err
		}
		demo.Since, demo.Until = engine.Timestamp(since), engine.Timestamp(until)
	}
	return demo, nil
}

// shownKinds are the kinds of counts in the order in which people read them.
var shownKinds = []string{
	"groups", "people", "robots", "answers", "flow_versions", "sessions", "messages", "turns", "instances", "commands", "tasks", "alerts", "facts",
}

func (d *Demo) counts(ctx context.Context, m marks) ([]*flowdeskv1.DemoCount, error) {
	rows, err := d.deps.Store.CountSessionRows(ctx, m[kindSession])
	if err != nil {
		return nil, err
	}
	return listed(m, rows), nil
}

func listed(m marks, rows map[string]int64) []*flowdeskv1.DemoCount {
	for kind, mark := range map[string]string{
		"groups": kindGroup, "people": kindPerson, "robots": kindRobot, "answers": kindAnswer, "flow_versions": kindVersion,
	} {
		rows[kind] = int64(len(m[mark]))
	}
	counts := make([]*flowdeskv1.DemoCount, 0, len(shownKinds))
	for _, kind := range shownKinds {
		counts = append(counts, &flowdeskv1.DemoCount{Kind: kind, Count: rows[kind]})
	}
	return counts
}
