package redislimits

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	"github.com/flowdesk/flowdesk/internal/redislink"
	"github.com/flowdesk/flowdesk/internal/redistest"
)

const (
	within    = 20 * time.Second
	perMinute = 1200 // a unit every 54 ms
)

// database counts what it is asked and what it grants.
type database struct {
	*outbox.Memory

	mu     sync.Mutex
	asked  int
	grants []time.Time
}

func (d *database) Take(ctx context.Context, ask outbox.Ask) (outbox.Grant, error) {
	grant, err := d.Memory.Take(ctx, ask)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if grant.Wait == 0 {
		d.grants = append(d.grants, time.Now())
	}
	return grant, err
}

func (d *database) counts() (asked, granted int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked, len(d.grants)
}

func newDatabase() *database { return &database{Memory: outbox.NewMemory(time.Now)} }

func share(t *testing.T, url string, d outbox.Limits) (*Limits, *redislink.Link) {
	t.Helper()
	link, err := redislink.New(url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	link.Start()
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { require.NoError(t, link.Close(ctx)) })
	return New(link, d), link
}

func up(t *testing.T, links ...*redislink.Link) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, l := range links {
			if l.Client() == nil {
				return false
			}
		}
		return true
	}, within, time.Millisecond)
}

// press takes units as fast as they come, by so many who compete, for a time.
func press(t *testing.T, lasts time.Duration, all ...outbox.Limits) (granted int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, limits := range all {
		work.Go(func() {
			for ctx.Err() == nil {
				grant, err := limits.Take(ctx, outbox.Ask{Robot: "r", Address: "a", PerMinute: perMinute})
				if err != nil {
					return
				}
				if grant.Wait == 0 {
					mu.Lock()
					granted++
					mu.Unlock()
					continue
				}
				select {
				case <-ctx.Done():
				case <-time.After(grant.Wait):
				}
			}
		})
	}
	work.Wait()
	return granted
}

// expected is how many units there are in a time, with what may be saved up.
func expected(lasts time.Duration) int {
	every, burst := outbox.Spacing(perMinute)
	return int(lasts/every) + burst
}

func TestWhoeverWaitsSparesTheDatabase(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const lasts = 4 * time.Second
	measure := func(redis bool) (asked, granted int) {
		d := newDatabase()
		var all []outbox.Limits
		for range 8 {
			if !redis {
				all = append(all, d)
				continue
			}
			l, link := share(t, server.URL(), d)
			up(t, link)
			all = append(all, l)
		}
		server.Flush()
		press(t, lasts, all...)
		return d.counts()
	}
	without, grantedWithout := measure(false)
	with, grantedWith := measure(true)
	t.Logf("8 replicas for %s: %d questions and %d grants without Redis, %d and %d with it", lasts, without, grantedWithout, with, grantedWith)
	require.Less(t, with, without)
	require.LessOrEqual(t, grantedWith, expected(lasts)+1)
	require.GreaterOrEqual(t, grantedWith, grantedWithout/2, "nor may Redis keep units in")
}

func TestAFlushLetsNoBurstOut(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	d := newDatabase()
	one, a := share(t, server.URL(), d)
	two, b := share(t, server.URL(), d)
	up(t, a, b)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() {
		for ctx.Err() == nil {
			server.Flush()
		}
	})
	const lasts = 3 * time.Second
	granted := press(t, lasts, one, two)
	require.LessOrEqual(t, granted, expected(lasts)+1)
	require.Greater(t, granted, 10)
}

func TestALiarNeitherFreesNorHoldsUnits(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(rueidis.Client, string) rueidis.Completed{
		"never": func(c rueidis.Client, key string) rueidis.Completed {
			return c.B().Set().Key(key).Value("99999999999999999").Build()
		},
		"not a number": func(c rueidis.Client, key string) rueidis.Completed { return c.B().Set().Key(key).Value("nan").Build() },
		"another type": func(c rueidis.Client, key string) rueidis.Completed { return c.B().Sadd().Key(key).Member("x").Build() },
		"at once":      func(c rueidis.Client, key string) rueidis.Completed { return c.B().Set().Key(key).Value("0").Build() },
		"a little later": func(c rueidis.Client, key string) rueidis.Completed {
			every, _ := outbox.Spacing(perMinute)
			return c.B().Set().Key(key).Value(number(time.Duration(time.Now().Add(40*every).UnixMicro()) * time.Microsecond)).Build()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			d := newDatabase()
			limits, link := share(t, server.URL(), d)
			up(t, link)
			client := link.Client()
			limits.ask(t.Context(), "a", "took", units{every: time.Second}, 0)
			keys, err := client.Do(t.Context(), client.B().Keys().Pattern("*:sends").Build()).AsStrSlice()
			require.NoError(t, err)
			require.Len(t, keys, 1)
			ctx, cancel := context.WithCancel(t.Context())
			var work sync.WaitGroup
			work.Go(func() {
				for ctx.Err() == nil {
					client.DoMulti(ctx, client.B().Del().Key(keys[0]).Build(), lie(client, keys[0]))
				}
			})
			const lasts = 3 * time.Second
			granted := press(t, lasts, limits)
			cancel()
			work.Wait()
			require.LessOrEqual(t, granted, expected(lasts)+1)
			require.GreaterOrEqual(t, granted, int(lasts/(54*time.Millisecond))/12, "a liar may slow us down, and no more")
		})
	}
}

func TestWithoutRedisTheDatabaseIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	d := newDatabase()
	limits, link := share(t, proxy.URL(), d)
	up(t, link)
	proxy.Swallow()
	start := time.Now()
	const takes = 100
	for range takes {
		_, err := limits.Take(t.Context(), outbox.Ask{Robot: "r", Address: "a", PerMinute: perMinute})
		require.NoError(t, err)
	}
	require.Less(t, time.Since(start), 2*time.Second, "a black hole is asked once a second")
	asked, _ := d.counts()
	require.Equal(t, takes, asked)
}

func TestPausesAreTheDatabases(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	limits, link := share(t, server.URL(), newDatabase())
	up(t, link)
	require.NoError(t, limits.Pause(t.Context(), outbox.Pause{Scope: outbox.Scope{Address: "a"}, For: time.Hour}))
	grant, err := limits.Take(t.Context(), outbox.Ask{Robot: "r", Address: "a", PerMinute: perMinute})
	require.NoError(t, err)
	require.True(t, grant.Paused)
	require.NoError(t, limits.Clear(t.Context(), outbox.Scope{Address: "a"}))
	left, _ := limits.Rest(outbox.Scope{Address: "a"})
	require.Zero(t, left)
}
