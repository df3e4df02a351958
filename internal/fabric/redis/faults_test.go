package redis

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/fabrictest"
	"github.com/flowdesk/flowdesk/internal/redislink"
	"github.com/flowdesk/flowdesk/internal/redistest"
)

// within is how long anything here may take on a busy machine.
const within = 20 * time.Second

var pair = []string{"a", "b"}

// costNothing requires that sending to a Redis that is away costs a turn nothing.
func costNothing(t *testing.T, f fabric.Fabric) {
	t.Helper()
	const hints = 20000
	before, start := f.Health(), time.Now()
	for range hints / 2 {
		f.Send(fabric.Inbox, []byte("a hint of a usual length, which names a partition"))
		f.SendTo("b", fabric.Inbox, []byte("a hint of a usual length, which names a partition"))
	}
	took := time.Since(start)
	require.Less(t, took/hints, 50*time.Microsecond, "%d hints took %s", hints, took)
	require.Greater(t, f.Health().Dropped, before.Dropped, "what cannot be sent is counted")
}

func awaitAway(t *testing.T, all ...fabric.Fabric) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, f := range all {
			if h := f.Health(); h.Connected || h.Detail == "" {
				return false
			}
		}
		return true
	}, within, 10*time.Millisecond, "nobody noticed that redis is away")
}

func TestRedisThatIsAbsentFromTheStartIsFoundLater(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	a, b := join(t, server.URL(), "a"), join(t, server.URL(), "b")
	defer func() { require.NoError(t, a.Close(t.Context())); require.NoError(t, b.Close(t.Context())) }()
	require.False(t, a.Health().Connected)
	require.Eventually(t, func() bool { return a.Health().Detail == "nobody listens at its address" }, within, time.Millisecond)
	costNothing(t, a)
	server.Run()
	fabrictest.Meeting(t, []fabric.Fabric{a, b}, pair)
}

func TestRedisThatIsKilledIsFoundAgain(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	for range 3 {
		ear := &fabrictest.Ear{}
		stop := all[1].Listen(fabric.Inbox, ear.Hear)
		server.Kill()
		awaitAway(t, all...)
		costNothing(t, all[0])
		server.Run()
		require.Eventually(t, func() bool { return ear.Gaps() > 0 }, within, time.Millisecond, "the gap was not told")
		fabrictest.Meeting(t, all, pair)
		stop()
	}
}

func TestFlushedRedisIsFilledAgain(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	for range 20 {
		ear := &fabrictest.Ear{}
		stop := all[1].Listen(fabric.Inbox, ear.Hear)
		server.Flush()
		require.Eventually(t, func() bool { return ear.Gaps() > 0 }, within, time.Millisecond, "a stream was lost, and nobody was told")
		fabrictest.Meeting(t, all, pair)
		require.True(t, all[0].Health().Connected)
		stop()
	}
}

func TestABlackHoleCostsNothing(t *testing.T) {
	t.Parallel()
	for name, hole := range map[string]func(*redistest.Server, *redistest.Proxy) (heal func()){
		"of the network": func(_ *redistest.Server, p *redistest.Proxy) func() { p.Swallow(); return p.Heal },
		"of the server":  func(s *redistest.Server, _ *redistest.Proxy) func() { s.Freeze(); return s.Thaw },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, server, proxy := group(t)
			all := fabrictest.Meet(t, g, pair...)
			ear := &fabrictest.Ear{}
			defer all[1].Listen(fabric.Inbox, ear.Hear)()
			heal := hole(server, proxy)
			costNothing(t, all[0])
			awaitAway(t, all...)
			costNothing(t, all[0])
			heal()
			require.Eventually(t, func() bool { return ear.Gaps() > 0 }, within, time.Millisecond, "the gap was not told")
			fabrictest.Meeting(t, all, pair)
		})
	}
}

func TestClosingInABlackHoleEnds(t *testing.T) {
	t.Parallel()
	g, _, proxy := group(t)
	f := fabrictest.Meet(t, g, pair...)[0]
	proxy.Swallow()
	start := time.Now()
	require.NoError(t, f.Close(t.Context()))
	require.Less(t, time.Since(start), 5*time.Second)
}

func TestASlowRedisIsUsedSlowly(t *testing.T) {
	t.Parallel()
	g, _, proxy := group(t)
	all := fabrictest.Meet(t, g, pair...)
	proxy.Delay(50 * time.Millisecond)
	ear := &fabrictest.Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	start := time.Now()
	for range 1000 {
		all[0].Send(fabric.Inbox, []byte("slow"))
	}
	require.Less(t, time.Since(start), time.Second, "whoever sends does not wait")
	require.Eventually(t, func() bool { return len(ear.Heard()) == 1000 }, within, time.Millisecond)
	require.True(t, all[0].Health().Connected)
}

func TestHealthTellsNoAddress(t *testing.T) {
	t.Parallel()
	f := join(t, "redis://user:secret-word@redis.invalid:6379/3", "a")
	defer func() { require.NoError(t, f.Close(t.Context())) }()
	require.Eventually(t, func() bool { return f.Health().Detail != "not connected yet" }, within, time.Millisecond)
	for _, private := range []string{"secret-word", "user", "redis.invalid", "6379"} {
		require.False(t, strings.Contains(f.Health().Detail, private), f.Health().Detail)
	}
}

func TestAUserThatMayDoLittleIsEnough(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	server.Run("--requirepass", "closed", "--user", "flowdesk", "on", ">word", "~flowdesk:*", "&flowdesk:*", "+@all", "-@admin", "-@dangerous", "+info")
	url := strings.Replace(server.URL(), "redis://", "redis://flowdesk:word@", 1)
	all := []fabric.Fabric{join(t, url, "a"), join(t, url, "b")}
	fabrictest.Meeting(t, all, pair)
	for _, f := range all {
		require.NoError(t, f.Close(t.Context()))
	}
	version, _, err := redislink.Examine(t.Context(), url)
	require.NoError(t, err)
	require.NotEmpty(t, version)
}

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	other := strings.TrimSuffix(server.URL(), "0") + "1"
	all := []fabric.Fabric{join(t, server.URL(), "a"), join(t, server.URL(), "b"), join(t, other, "b")}
	ear := &fabrictest.Ear{}
	defer all[2].Listen("hello", ear.Hear)()
	fabrictest.Meeting(t, all[:2], pair)
	require.Eventually(t, func() bool { return all[2].Health().Connected }, within, time.Millisecond)
	fabrictest.Meeting(t, all[:2], pair)
	require.Empty(t, ear.Heard(), "another deployment's hints")
	for _, f := range all {
		require.NoError(t, f.Close(t.Context()))
	}
}
