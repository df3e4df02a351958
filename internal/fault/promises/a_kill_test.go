//go:build faults

package promises

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// mixed makes every seventh message one that is answered later, and every eleventh one for which a service is asked.
func mixed(room, n int) string {
	switch {
	case (room+n)%7 == 3:
		return "等"
	case (room+n)%11 == 5:
		return "查"
	default:
		return "问"
	}
}

// A1, A2 and A7: kill -9 at random times under load loses nothing, doubles nothing, and keeps the order of each room.
func TestKilledUnderLoad(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "A1 A2 A7", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url, Delay: time.Second})
			load := r.Begin(t.Context(), rig.Load{Kind: mixed})
			for range scaled(t, *killsFlag, 500, 1500) {
				rig.Pause(t.Context(), time.Duration(50+rand.IntN(700))*time.Millisecond)
				r.Servers[0].Kill()
				row.Kills++
				rig.Pause(t.Context(), time.Duration(rand.IntN(scaled(t, 100, 1000, 3000)))*time.Millisecond)
				require.NoError(t, r.Servers[0].Start(t.Context(), ""))
			}
			rig.Pause(t.Context(), time.Second)
			load.Stop()
			row.Trials = row.Kills
			require.Positive(t, r.Asks(), "the service was asked")
			judge(t, r, row, nil)
		})
	})
}
