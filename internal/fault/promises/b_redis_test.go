//go:build faults

package promises

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/proxy"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
	"github.com/flowdesk/flowdesk/internal/redistest"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// B4: Redis is absent, is killed, is flushed, swallows everything, and lies. Nothing is lost or doubled, and servers stay ready.
func TestRedisIsOnlyAHelp(t *testing.T) {
	promise(t, "B4, 2 servers", func(t *testing.T, row *figures.Row) {
		redis := redistest.New(t)
		p, err := proxy.New(redis.Addr(), 1)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close()) })
		r := newRig(t, rig.Options{
			Database: pgtest.URL(t), Servers: 2, Delay: time.Second, Args: []string{"--redis", "redis://" + p.Addr() + "/0"},
		})
		says := func(what string) { // readiness of every server
			t.Helper()
			for _, s := range r.Servers {
				require.Eventually(t, func() bool {
					text, err := s.Get(t.Context(), "/readyz") // with an error it is not ready
					return err == nil && strings.HasPrefix(text, what)
				}, 20*time.Second, 20*time.Millisecond, "readiness says %q", what)
			}
		}
		length := scaled(t, 3*time.Second, time.Minute, 2*time.Minute)
		times := make(map[string]*timings)
		under := func(name string, f func()) { // load of its own, while f goes on
			times[name] = &timings{}
			load := r.Begin(t.Context(), rig.Load{Kind: mixed, Name: name, Late: times[name].add})
			f()
			rig.Pause(t.Context(), length)
			load.Stop()
			row.Trials++
		}
		under("absent", func() { says("ready, degraded") })
		redis.Run()
		says("ready\n")
		under("normal", func() {})
		under("killed", func() {
			redis.Kill()
			row.Kills++
			says("ready, degraded")
			rig.Pause(t.Context(), time.Second)
			redis.Run()
		})
		says("ready\n")
		under("flushed", func() {
			for range 10 {
				redis.Flush()
				rig.Pause(t.Context(), length/10)
			}
		})
		under("swallowed", func() {
			p.Set(proxy.Faults{Hole: true})
			says("ready, degraded")
			rig.Pause(t.Context(), length)
			p.Heal()
		})
		says("ready\n")
		under("lied", func() { lie(t, redis, length) })
		var slowest []string
		normal := times["normal"].quantile(0.99)
		for name, took := range times {
			slowest = append(slowest, fmt.Sprintf("%s %s", name, took.quantile(0.99).Round(time.Millisecond)))
			// The figure is 3 times; what a machine with other work adds is allowed for in a change run.
			require.LessOrEqual(t, took.quantile(0.99), scaled(t, 5*normal+500*time.Millisecond, 3*normal, 3*normal), name)
		}
		judge(t, r, row, nil)
		row.Note = "callbacks p99: " + strings.Join(slowest, ", ")
	})
}

// lie writes rubbish over everything that Redis holds, publishes it everywhere, and sends what was there again.
func lie(t *testing.T, redis *redistest.Server, length time.Duration) {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{redis.Addr()}, DisableCache: true})
	require.NoError(t, err)
	defer client.Close()
	told := 0
	for until := time.Now().Add(length); time.Now().Before(until); {
		keys, err := client.Do(t.Context(), client.B().Keys().Pattern("*").Build()).AsStrSlice()
		require.NoError(t, err)
		for _, key := range keys {
			entries, err := client.Do(t.Context(), client.B().Xrange().Key(key).Start("-").End("+").Count(100).Build()).AsXRange()
			if err == nil {
				for _, e := range entries { // what was said once is said again, in another order
					var again rueidis.Completed
					for field, value := range e.FieldValues {
						again = client.B().Xadd().Key(keys[rand.IntN(len(keys))]).Id("*").FieldValue().FieldValue(field, value).Build()
					}
					_ = client.Do(t.Context(), again).Error() // some keys are no streams by now
					told++
				}
			}
			switch rand.IntN(8) {
			case 0:
				require.NoError(t, client.Do(t.Context(), client.B().Set().Key(key).Value("rubbish").Build()).Error())
			case 1:
				require.NoError(t, client.Do(t.Context(), client.B().Del().Key(key).Build()).Error())
			case 2:
				_ = client.Do(t.Context(), client.B().Incrby().Key(key).Increment(1<<40).Build()).Error() // of a counter
			}
		}
		channels, err := client.Do(t.Context(), client.B().PubsubChannels().Build()).AsStrSlice()
		require.NoError(t, err)
		for _, channel := range channels {
			require.NoError(t, client.Do(t.Context(), client.B().Publish().Channel(channel).Message(strings.Repeat("x", rand.IntN(2000))).Build()).Error())
			told++
		}
		rig.Pause(t.Context(), 20*time.Millisecond)
	}
	require.Positive(t, told, "there was somebody to lie to")
}
