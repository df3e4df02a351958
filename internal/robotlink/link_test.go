package robotlink_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/storage"
)

// busyPlatform has accepted much since any time: pages without end, each a second older than the one before.
type busyPlatform struct {
	robots.Platform
	now      time.Time
	last     int      // page; 0 is none
	timeless bool     // its results have no times
	asked    []string // batches
}

func (p *busyPlatform) Accepted(_ context.Context, _ robots.Account, q robots.Query) (robots.Page[robots.Acceptance], error) {
	page := robots.Page[robots.Acceptance]{Items: []robots.Acceptance{{MessageID: "other", At: p.now.Add(-time.Duration(q.Page) * time.Second)}}, Next: q.Page + 1}
	if q.Page == p.last {
		page.Next = 0
	}
	return page, nil
}

func (p *busyPlatform) Results(_ context.Context, _ robots.Account, q robots.Query) (robots.Page[robots.Result], error) {
	p.asked = append(p.asked, q.MessageID)
	page := robots.Page[robots.Result]{Items: []robots.Result{{MessageID: "other"}}, Next: q.Page + 1}
	if !p.timeless {
		page.Items[0].RunAt = p.now.Add(-time.Duration(q.Page) * time.Second)
	}
	if q.Page == p.last {
		page.Next = 0
	}
	return page, nil
}

// What a list of results leaves out is not taken for missing at the platform: it says from when on it is whole.
func TestAListOfResultsSaysFromWhenOnItIsWhole(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	since := now.Add(-time.Hour)
	for name, c := range map[string]struct {
		platform busyPlatform
		want     time.Time
	}{
		"read to its end": {busyPlatform{now: now, last: 3}, since},
		"cut":             {busyPlatform{now: now}, now.Add(-4 * time.Second)}, // the fifth page's second may hold more
		"cut, no times":   {busyPlatform{now: now, timeless: true}, time.Unix(1<<40+1, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link := robotlink.New(&c.platform)
			link.SetRobots([]*storage.RobotRecord{{Robot: &flowdeskv1.Robot{Id: "day", RobotId: "r", BaseUri: "http://platform"}}})
			pages := 1
			results, whole, err := link.Results(t.Context(), "day", since, func() error { pages++; return nil })
			require.NoError(t, err)
			require.Len(t, results, pages, "each page but the first waits for its turn")
			require.Equal(t, c.want, whole)

			c.platform.last, c.platform.asked = 1, nil
			_, err = link.ResultsOf(t.Context(), "day", "batch", func() error { return nil })
			require.NoError(t, err)
			require.Equal(t, []string{"batch"}, c.platform.asked)
		})
	}
}

// A no sends again. It may be said only when everything since the send was seen.
func TestNotAcceptedNeedsTheWholeList(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	pages := 0
	ask := func(p *busyPlatform, since time.Time) (bool, error) {
		link := robotlink.New(p)
		link.SetRobots([]*storage.RobotRecord{{Robot: &flowdeskv1.Robot{Id: "day", RobotId: "r", BaseUri: "http://platform"}}})
		_, found, err := link.Accepted(t.Context(), "day", outbox.Parcel{Fingerprint: "mine"}, since, func() error {
			pages++
			return nil
		})
		return found, err
	}
	found, err := ask(&busyPlatform{now: now, last: 3}, now.Add(-time.Hour))
	require.NoError(t, err)
	require.False(t, found, "the list ends: it was not accepted")
	require.Equal(t, 2, pages, "each page but the first waits for its turn")

	found, err = ask(&busyPlatform{now: now}, now.Add(-10*time.Second))
	require.NoError(t, err)
	require.False(t, found, "the list has reached what is older than the send")

	_, err = ask(&busyPlatform{now: now}, now.Add(-24*time.Hour))
	require.ErrorIs(t, err, outbox.ErrUnknown, "nobody can read that much: it stays in doubt")
}
