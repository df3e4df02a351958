package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
)

// What others may wait for while the database is away: three times of what is promised, and of what the platform waits for a callback, since
// the machine may have other work. What it took is in the log.
const (
	refusedWithin  = 3 * 2 * time.Second
	toldWithin     = 3 * 5 * time.Second
	backWithin     = 3 * 10 * time.Second
	takenWithin    = 3 * 3 * time.Second
	answeredWithin = 3 * time.Minute // of the database's return; what is doubtful is looked up first
)

// status asks for a page and gives what came back, and how long it took.
func (o *outage) status(path string) (code int, took time.Duration) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.server.http+path, nil)
	require.NoError(o.t, err)
	began := time.Now()
	answer, err := http.DefaultClient.Do(request)
	require.NoError(o.t, err)
	require.NoError(o.t, answer.Body.Close())
	return answer.StatusCode, time.Since(began)
}

// readyIn waits until readiness says something, and gives how long that took.
func (o *outage) readyIn(what string, within time.Duration) time.Duration {
	o.t.Helper()
	began := time.Now()
	for {
		text, err := o.server.get(o.t.Context(), "/readyz")
		if err == nil && strings.HasPrefix(text, what) {
			return time.Since(began)
		}
		require.Less(o.t, time.Since(began), within, "readiness: %q %v", text, err)
		pause(o.t.Context(), 20*time.Millisecond)
	}
}

// servedIn waits until a page is served: on a slow machine the database may fall silent once more between a sign of readiness and a question.
func (o *outage) servedIn(path string, within time.Duration) {
	o.t.Helper()
	for began := time.Now(); ; {
		code, _ := o.status(path)
		if code == http.StatusOK {
			return
		}
		require.Equal(o.t, http.StatusServiceUnavailable, code, path)
		require.Less(o.t, time.Since(began), within, path)
		pause(o.t.Context(), 20*time.Millisecond)
	}
}

// answersIn waits for the answers. Settling may give up earlier: results that came while nobody could store them are looked up much later.
func (o *outage) answersIn(within time.Duration) {
	o.t.Helper()
	for began := time.Now(); o.ledger.pending() > 0 && time.Since(began) < within; {
		pause(o.t.Context(), 50*time.Millisecond)
	}
}

// When PostgreSQL is cut off, and when it swallows everything and answers nothing, robots' callbacks are taken, everybody else is refused at
// once, liveness holds and readiness tells. When it is back everything works by itself.
func TestEverybodyHearsAtOnceThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	connection, err := o.server.dial()
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	flows := flowdeskv1.NewFlowServiceClient(connection)
	o.readyIn("ready\n", toldWithin)
	asked := 0
	before := o.metric("go_goroutines")
	for _, how := range []struct {
		name       string
		away, back func()
	}{
		{"cut off", o.pg.Stop, o.pg.Start},
		{"silent", o.pg.Freeze, o.pg.Thaw},
	} {
		how.away()
		took := make(chan time.Duration, 1)
		code := make(chan codes.Code, 1)
		go func() { // asked before anybody knows
			began := time.Now()
			_, err := flows.ListFlows(t.Context(), &flowdeskv1.ListFlowsRequest{})
			took <- time.Since(began)
			code <- status.Code(err)
		}()
		told := o.readyIn("ready, degraded", toldWithin)
		first := <-took
		require.Equal(t, codes.Unavailable, <-code, how.name)
		require.Less(t, first, refusedWithin, how.name)
		refused, later := o.status("/v1/flows")
		require.Equal(t, http.StatusServiceUnavailable, refused, how.name)
		require.Less(t, later, refusedWithin, how.name)
		alive, _ := o.status("/healthz")
		require.Equal(t, http.StatusOK, alive, how.name)
		var longest time.Duration
		for range 30 {
			q := o.question(asked)
			asked++
			a := o.ledger.ask(q.who, q.text)
			began := time.Now()
			require.True(t, o.world.post(t.Context(), q), "%s: a callback is taken", how.name)
			longest = max(longest, time.Since(began))
			o.ledger.answered(a, true)
		}
		require.Less(t, longest, takenWithin, how.name)
		how.back()
		back := o.readyIn("ready\n", backWithin)
		o.servedIn("/v1/flows", backWithin)
		t.Logf("%s: refused after %s and %s, told after %s, callbacks within %s, back after %s", how.name, first.Round(time.Millisecond),
			later.Round(time.Millisecond), told.Round(time.Millisecond), longest.Round(time.Millisecond), back.Round(time.Millisecond))
	}
	o.answersIn(answeredWithin)
	o.settle(t.Context()) // what is said twice is said late
	figures := o.ledger.figures(time.Second)
	require.Zero(t, figures.Lost, "%s", o.remains())
	require.Zero(t, figures.Doubled)
	require.Equal(t, asked, figures.Flows)
	for deadline := time.Now().Add(answeredWithin); o.metric("go_goroutines") >= before+50; { // what was under way may end
		require.True(t, time.Now().Before(deadline), "nothing piled up: %v", o.metric("go_goroutines"))
		pause(t.Context(), 100*time.Millisecond)
	}
	require.NoError(t, o.server.stop(t.Context()))
}

// remains says where questions stand that were not answered: in the inbox, in quarantine, or as commands in some state; and what the server said last.
func (o *outage) remains() string {
	setting := o.server.setting()
	setting.Postgres.Shared = true // the server works still
	store, err := database.Open(o.t.Context(), setting)
	require.NoError(o.t, err)
	defer func() { require.NoError(o.t, store.Close()) }()
	pending, err := store.PendingEvents(o.t.Context(), 0, 1000)
	require.NoError(o.t, err)
	quarantined, _, err := store.ListQuarantine(o.t.Context(), storage.QuarantineFilter{}, storage.Page{Size: storage.MaxPageSize})
	require.NoError(o.t, err)
	commands, _, err := store.ListCommands(o.t.Context(), storage.CommandFilter{}, storage.Page{Size: storage.MaxPageSize})
	require.NoError(o.t, err)
	states := make(map[string]int)
	for _, c := range commands {
		states[c.GetState().String()+" "+c.GetReason()]++
	}
	log, err := os.ReadFile(filepath.Join(o.server.dir, "server.log"))
	require.NoError(o.t, err)
	return fmt.Sprintf("%d in the inbox, %d in quarantine, commands %v; the end of the log:\n%s",
		len(pending), len(quarantined), states, log[max(0, len(log)-8000):])
}
