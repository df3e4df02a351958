package outbox

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a shell that knows the time.
type clock struct{ Shell }

func (clock) Now() time.Time { return time.Now() }

// A robot may have thousands of commands that were given up. Their batches are older than all others, and looking them up one by one takes longer
// than the pause until they are looked up again.
func TestWhatSomebodyWaitsForIsLookedUpBeforeWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	o := New(clock{}, nil, nil, nil, slog.New(slog.DiscardHandler))
	day := &robot{id: "day"}
	now := time.Now()
	add := func(id string, givenUp bool, ago time.Duration) {
		e := &entry{id: id, robot: "day", sentAt: now.Add(-ago)}
		e.state = stateSent
		if givenUp {
			e.state = stateTimeout
		}
		o.entries[id] = e
	}
	for n := range 2 * batchesLooked {
		add(fmt.Sprintf("old %02d", n), true, time.Hour-time.Duration(n)*time.Second)
	}
	add("second", false, time.Minute)
	add("first", false, 2*time.Minute)
	batches := o.unlooked(day)
	require.Len(t, batches, batchesLooked)
	require.Equal(t, []string{"first", "second", "old 00"}, batches[:3])
}
