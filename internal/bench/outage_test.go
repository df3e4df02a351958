package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// outage is a server under a steady load whose database goes away and comes back.
type outage struct {
	server *process
	*rig

	t     *testing.T
	pg    *pgtest.Server
	sends sync.WaitGroup
	stop  chan struct{}
	sent  int
}

// outageRate is how many messages a second arrive.
const outageRate = 100

func newOutage(t *testing.T) *outage {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
	require.NoError(t, err, "%s", output)
	pg := pgtest.NewServer(t)
	o, err := Options{Binary: binary, Groups: 25, Robots: 2, InFlight: 32, Database: pg.URL()}.withDefaults()
	require.NoError(t, err)
	servers, err := newFleet(o, t.TempDir())
	require.NoError(t, err)
	server := servers.servers[0]
	server.database = o.Database
	require.NoError(t, servers.start(t.Context()))
	t.Cleanup(servers.kill)
	r := &rig{options: o, fleet: servers, ledger: newLedger()}
	r.world, err = newWorld(t.Context(), o, servers, r.ledger)
	require.NoError(t, err)
	t.Cleanup(r.world.close)
	return &outage{rig: r, server: server, t: t, pg: pg, stop: make(chan struct{})}
}

// load sends until stop is closed. Each person asks once, so that every reply belongs to one question.
func (o *outage) load(ctx context.Context) {
	ticks := time.NewTicker(time.Second / outageRate)
	defer ticks.Stop()
	for n := 0; ; n++ {
		select {
		case <-o.stop:
			o.sent = n
			return
		case <-ticks.C:
		}
		q := o.question(n)
		a := o.ledger.ask(q.who, q.text)
		o.sends.Go(func() { o.ledger.answered(a, o.world.post(ctx, q)) })
	}
}

func (o *outage) question(n int) question {
	q := o.world.nth(int64(n))
	q.who.person = fmt.Sprintf("客户%06d", n)
	body, err := json.Marshal(map[string]any{
		"spoken": q.text, "rawSpoken": q.text, "receivedName": q.who.person, "groupName": q.who.group, "groupRemark": "", "roomType": 1,
		"atMe": false, "textType": 1, "messageId": fmt.Sprintf("q-%08d", n),
	})
	require.NoError(o.t, err)
	q.body = body
	return q
}

// metric is one figure of the server.
func (o *outage) metric(name string) (value float64) {
	metrics, err := o.server.get(o.t.Context(), "/metrics")
	require.NoError(o.t, err)
	for line := range strings.Lines(metrics) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			_, err := fmt.Sscan(rest, &value)
			require.NoError(o.t, err)
		}
	}
	return value
}

// inversions counts the messages of a group whose turn came before that of an earlier one, and the messages with more than one turn.
func (o *outage) inversions() (inverted, doubled, stored int) {
	store, err := database.Open(o.t.Context(), o.server.setting())
	require.NoError(o.t, err)
	defer func() { require.NoError(o.t, store.Close()) }()
	sessions, _, err := store.ListSessions(o.t.Context(), storage.SessionFilter{}, storage.Page{Size: storage.MaxPageSize})
	require.NoError(o.t, err)
	seen := make(map[string]bool)
	for _, s := range sessions {
		last := ""
		turns, err := store.ListTurns(o.t.Context(), s.GetId(), 0, 1_000_000)
		require.NoError(o.t, err)
		for _, data := range turns {
			turn := &flowdeskv1.Turn{}
			require.NoError(o.t, proto.Unmarshal(data, turn))
			id := turn.GetEvent().GetMessage().GetPlatformId()
			if !strings.HasPrefix(id, "q-") {
				continue
			}
			if stored++; seen[id] {
				doubled++
			}
			if seen[id] = true; id < last {
				inverted++
			}
			last = max(last, id)
		}
	}
	return inverted, doubled, stored
}

// While PostgreSQL is away the server goes on acknowledging what robots report, over a kill -9 of its own. When PostgreSQL is back, everything
// that was acknowledged is answered once, in the order of its group. FLOWDESK_TEST_OUTAGE says how long it is away; 6 s by default.
func TestWithoutPostgreSQLNothingIsLostDoubledOrReordered(t *testing.T) {
	t.Parallel()
	away := 6 * time.Second
	if longer := os.Getenv("FLOWDESK_TEST_OUTAGE"); longer != "" {
		var err error
		away, err = time.ParseDuration(longer)
		require.NoError(t, err)
	}
	o := newOutage(t)
	loading := make(chan struct{})
	go func() {
		defer close(loading)
		o.load(t.Context())
	}()
	pause(t.Context(), 3*time.Second)
	o.pg.Stop()
	gone := time.Now()
	pause(t.Context(), away/2)
	ready, err := o.server.get(t.Context(), "/readyz")
	require.NoError(t, err)
	require.Contains(t, ready, "degraded: the database does not answer")
	spilled := o.metric("flowdesk_spill_spilled_total")
	require.Positive(t, spilled)
	o.server.kill()
	require.NoError(t, o.server.start(t.Context()), "it starts without its database")
	pause(t.Context(), away/2-time.Since(gone.Add(away/2)))
	o.pg.Start()
	back := time.Now()
	pause(t.Context(), 3*time.Second)
	close(o.stop)
	<-loading
	o.sends.Wait()
	for o.ledger.pending() > 0 && time.Since(back) < 2*time.Minute {
		pause(t.Context(), 50*time.Millisecond)
	}
	answered := time.Since(back)
	o.settle(t.Context())
	waiting := o.metric("flowdesk_spill_events")
	drained := o.metric("flowdesk_spill_drained_total")
	figures := o.ledger.figures(time.Since(gone))
	require.NoError(t, o.server.stop(t.Context()))
	inverted, doubled, stored := o.inversions()
	t.Logf("PostgreSQL away %s at %d messages/s, one kill -9: sent %d, refused %d (connection refused while the process was dead), stored %d, spilled before the kill %.0f, "+
		"drained after it %.0f, lost %d, doubled %d, inversions %d, last answer %s after PostgreSQL was back, acknowledged p50 %s p99 %s",
		away, outageRate, o.sent, figures.Refused, stored, spilled, drained, figures.Lost, figures.Doubled+doubled, inverted,
		answered.Round(time.Millisecond), figures.Ack.P50.Round(time.Millisecond), figures.Ack.P99.Round(time.Millisecond))
	require.Zero(t, figures.Lost, "%v", figures.LostTexts)
	require.Zero(t, figures.Doubled)
	require.Zero(t, doubled)
	require.Zero(t, inverted)
	require.Zero(t, waiting)
	require.Greater(t, drained, spilled)
	require.Less(t, figures.Refused, o.sent/5)
	require.GreaterOrEqual(t, stored, o.sent-figures.Refused)
}
