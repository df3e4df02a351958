package access

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
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

// replicas are guards that share a store.
func replicas(t *testing.T, n int) []*Guard {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "flowdesk.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	all := make([]*Guard, n)
	for i := range all {
		all[i] = NewGuard(store, slog.New(slog.DiscardHandler), nil)
		all[i].ShareTries(store)
	}
	hash, err := all[0].Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.NoError(t, store.CreateUser(t.Context(), &storage.UserRecord{User: &flowdeskv1.User{Name: "users/boss"}, Password: hash}))
	return all
}

func TestWhoeverGoesRoundTheReplicasGetsNoMoreTries(t *testing.T) {
	t.Parallel()
	all := replicas(t, 3)
	try := func(n int, user, password, address string) error {
		_, _, _, err := all[n%len(all)].SignIn(t.Context(), user, password, address)
		return err
	}
	for n := range triesHere {
		require.ErrorIs(t, try(n, "boss", "wrong", "192.0.2.1"), ErrWrong)
	}
	for n := range 2 * len(all) {
		require.ErrorIs(t, try(n, "boss", "correct horse", "192.0.2.1"), ErrSlow)
	}
	require.NoError(t, try(0, "boss", "correct horse", "192.0.2.2"), "another place may try")

	for n := range triesHere - 1 {
		require.ErrorIs(t, try(n, "boss", "wrong", "192.0.2.3"), ErrWrong)
	}
	require.NoError(t, try(1, "boss", "correct horse", "192.0.2.3"))
	for n := range triesHere {
		require.ErrorIs(t, try(n, "boss", "wrong", "192.0.2.3"), ErrWrong, "who knew the password at last has all tries again, everywhere")
	}
}

func TestAPlaceHasItsTriesAtAllReplicasTogether(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2)
	allowed := 0
	began := time.Now()
	for n := range 3 * triesOfPlace {
		ok, err := all[n%2].all.allow(t.Context(), began, fmt.Sprint("user", n), fmt.Sprintf("2001:db8:1:2::%x", n))
		require.NoError(t, err)
		if ok {
			allowed++
		}
	}
	require.GreaterOrEqual(t, allowed, triesOfPlace)
	require.LessOrEqual(t, allowed, triesOfPlace+int(time.Since(began)/againOfPlace)+1)
}

// Hashing is slow, and little of it is done at once. Whoever makes links up must not use it up.
func TestNobodyWithoutALinkHasAPasswordHashed(t *testing.T) {
	t.Parallel()
	guard := replicas(t, 1)[0]
	token, err := guard.Invite(t.Context())
	require.NoError(t, err)
	for range hashesAtOnce {
		guard.hash <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.ErrorIs(t, guard.CreateOwner(ctx, "made up", &flowdeskv1.User{Name: "users/evil"}, "long enough"), storage.ErrNotFound)
	for range hashesAtOnce {
		<-guard.hash
	}
	require.NoError(t, guard.CreateOwner(ctx, token, &flowdeskv1.User{Name: "users/wang"}, "long enough"))
	require.ErrorIs(t, guard.CreateOwner(ctx, token, &flowdeskv1.User{Name: "users/li"}, "long enough"), storage.ErrNotFound, "it works once")
}
