//go:build faults

package promises

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// replies are the times from callback to acceptance of messages sent since a time in rooms of some robots.
func replies(r *rig.Rig, since time.Time, of func(robot int) bool) []time.Duration {
	asked := make(map[ledger.Token]*ledger.Asked)
	for _, a := range r.Ledger.Asked() {
		if a.Sent.After(since) && of(a.Room%r.Options.Robots) {
			asked[a.Token] = a
		}
	}
	var took []time.Duration
	for _, c := range r.Ledger.Calls() {
		for _, token := range c.Tokens {
			if a := asked[token]; a != nil {
				took = append(took, c.Heard.Sub(a.Sent))
			}
		}
	}
	slices.Sort(took)
	return took
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*q))]
}

// C1: one robot answers in 30 s; the nine others do not notice.
func TestASlowRobotHurtsOnlyItself(t *testing.T) {
	promise(t, "C1", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Robots: 10})
		others := func(robot int) bool { return robot != 9 }
		load := r.Begin(t.Context(), rig.Load{})
		rig.Pause(t.Context(), 2*time.Second) // every group is met
		began := time.Now()
		length := scaled(t, 10*time.Second, time.Minute, 10*time.Minute)
		rig.Pause(t.Context(), length)
		normal := replies(r, began, others)
		memory := r.Servers[0].Memory()
		require.NoError(t, r.RobotMode(9, standin.Mode{Slow: standin.Duration(30 * time.Second)}))
		slow := time.Now()
		rig.Pause(t.Context(), length)
		beside := replies(r, slow, others)
		grown := r.Servers[0].Memory() - memory
		load.Stop()
		require.NoError(t, r.RobotMode(9, standin.Mode{}))
		p99, besideP99 := quantile(normal, 0.99), quantile(beside, 0.99)
		row.Trials = len(beside)
		row.Note = fmt.Sprintf("p50 %s then %s, p99 %s then %s, memory +%d MiB", quantile(normal, 0.5).Round(100*time.Microsecond),
			quantile(beside, 0.5).Round(100*time.Microsecond), p99.Round(100*time.Microsecond), besideP99.Round(100*time.Microsecond), grown>>20)
		require.LessOrEqual(t, grown, int64(64<<20))
		// The figure is 1.2 times; what a machine with others on it adds is allowed for, most where a change is tried, a robot's 30 s are not.
		require.LessOrEqual(t, besideP99, 2*p99+scaled(t, 500*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond))
		rig.Pause(t.Context(), 25*time.Second) // for the requests of the slow robot that are under way
		judge(t, r, row, nil)
	})
}

// C2: the limit of 60 requests a minute holds from our side, over a restart too.
func TestRateLimitIsKept(t *testing.T) {
	beside(t)
	promise(t, "C2", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Robots: 2, RequestsPerMinute: 60, Platform: standin.Options{RateLimit: 60}})
		load := r.Begin(t.Context(), rig.Load{Rate: 3, Rooms: 6})
		rig.Pause(t.Context(), scaled(t, 30*time.Second, 5*time.Minute, 5*time.Minute))
		r.Servers[0].Kill()
		row.Kills++
		require.NoError(t, r.Servers[0].Start(t.Context(), ""))
		rig.Pause(t.Context(), scaled(t, 40*time.Second, 5*time.Minute, 5*time.Minute))
		load.Stop()
		counts := r.Sim().Counts()
		row.Trials = int(counts.Calls)
		row.Note = fmt.Sprintf("%d requests, %d refused by the platform", counts.Calls, counts.Limited)
		require.Greater(t, counts.Calls, int64(20))
		require.Zero(t, counts.Limited, "the platform counts a sliding minute")
		_, err := r.Servers[0].Stop(t.Context())
		require.NoError(t, err)
		report, err := check.Run(t.Context(), check.Input{Setting: r.Servers[0].Setting(), Asked: r.Ledger.Asked(), Calls: r.Ledger.Calls(), Unanswered: true})
		require.NoError(t, err)
		row.Add(report)
		require.NoError(t, report.Err())
	})
}

// pausing is a platform that asks for pauses, and counts who does not keep them.
type pausing struct {
	mu      sync.Mutex
	noise   *rand.Rand
	most    int // seconds
	share   float64
	until   time.Time
	asked   int
	tooSoon int
}

func (p *pausing) front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.Contains(req.URL.Path, "callBack") || strings.HasPrefix(req.URL.Path, "/sim") { // of the rig
			next.ServeHTTP(w, req)
			return
		}
		p.mu.Lock()
		now := time.Now()
		early := now.Before(p.until)
		limited := early || p.noise.Float64() < p.share
		if early {
			p.tooSoon++
		} else if limited {
			p.asked++
			p.until = now.Add(time.Duration(1+p.noise.IntN(p.most)) * time.Second)
		}
		left := time.Until(p.until)
		p.mu.Unlock()
		if limited {
			w.Header().Set("Retry-After", strconv.Itoa(int((left+time.Second-1)/time.Second)))
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// C3: a pause that the platform asks for is kept, and takes no try.
func TestRetryAfterIsKept(t *testing.T) {
	beside(t)
	promise(t, "C3", func(t *testing.T, row *figures.Row) {
		p := &pausing{noise: rand.New(rand.NewPCG(1, 0)), most: scaled(t, 3, 120, 120), share: 0.1}
		r := newRig(t, rig.Options{Robots: 1, Rooms: 20, Front: p.front})
		load := r.Begin(t.Context(), rig.Load{Rate: 10})
		rig.Pause(t.Context(), scaled(t, 25*time.Second, 30*time.Minute, time.Hour))
		load.Stop()
		p.mu.Lock()
		p.share = 0
		row.Trials, row.Note = p.asked, fmt.Sprintf("%d pauses, %d requests before their end", p.asked, p.tooSoon)
		soon := p.tooSoon
		p.mu.Unlock()
		require.GreaterOrEqual(t, row.Trials, 3)
		require.Zero(t, soon)
		judge(t, r, row, nil)
	})
}
