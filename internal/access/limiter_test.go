package access

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPlaceCannotFloodAwayWhatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	for range triesHere {
		require.True(t, l.allow(now, "boss", "192.0.2.1"))
	}
	for n := range mostBuckets {
		l.allow(now, fmt.Sprint("nobody", n), "192.0.2.1")
	}
	require.False(t, l.allow(now, "boss", "192.0.2.1"))
	require.Less(t, len(l.buckets), 100, "what is refused leaves nothing behind")
	require.True(t, l.allow(now, "boss", "192.0.2.2"), "another place may try")
}

func TestAllAddressesOfANetworkAreOnePlace(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	allowed := 0
	for n := range 3 * triesOfPlace {
		if l.allow(now, fmt.Sprint("user", n), fmt.Sprintf("2001:db8:1:2::%x", n)) {
			allowed++
		}
	}
	require.Equal(t, triesOfPlace, allowed)
	require.True(t, l.allow(now, "boss", "2001:db8:1:3::1"))
	for range 2 * triesOfPlace {
		l.allow(now, "wang", "::ffff:192.0.2.7")
	}
	require.True(t, l.allow(now, "wang", "::ffff:192.0.2.8"), "carried addresses of IPv4 are each their own")
}

func TestManyPlacesAreForgottenWhenTheirTriesAreBack(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	for n := range mostBuckets / 2 {
		l.allow(now, fmt.Sprint("user", n), fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255))
	}
	now = now.Add(time.Hour)
	for range triesHere {
		require.True(t, l.allow(now, "boss", "192.0.2.1"))
	}
	require.False(t, l.allow(now, "boss", "192.0.2.1"), "it is remembered while the others are forgotten")
	require.Less(t, len(l.buckets), mostBuckets)
}
