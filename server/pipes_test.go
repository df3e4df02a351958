package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

// begun is an answer of which only the beginning counts.
type begun struct {
	*httptest.ResponseRecorder

	once  sync.Once
	first chan int // its status
}

// WriteHeader implements http.ResponseWriter.
func (b *begun) WriteHeader(code int) {
	b.once.Do(func() { b.first <- code })
	b.ResponseRecorder.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (b *begun) Write(data []byte) (int, error) {
	b.once.Do(func() { b.first <- http.StatusOK })
	return len(data), nil
}

// However many watches there are, requests pass; a watch too many is refused and does not wait; and one that ends makes room.
func TestWatchesOverRESTLeaveRoomForRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all sync.WaitGroup
	defer all.Wait()
	watch := func() (code int, end func()) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &begun{ResponseRecorder: httptest.NewRecorder(), first: make(chan int, 1)}
		all.Go(func() {
			f.web.Handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/v1/messages:watch", nil))
		})
		select {
		case code = <-w.first:
		case <-time.After(time.Minute):
			require.Fail(t, "nothing is answered")
		}
		return code, cancel
	}
	code, endFirst := watch()
	require.Equal(t, http.StatusOK, code)
	defer endFirst()
	for range server.MostWatchesByREST - 1 {
		code, end := watch()
		require.Equal(t, http.StatusOK, code)
		defer end()
	}
	f.ok(http.MethodGet, "/v1/flows", "")
	code, end := watch()
	defer end()
	require.Equal(t, http.StatusTooManyRequests, code)
	endFirst()
	require.Eventually(t, func() bool {
		code, end := watch()
		end()
		return code == http.StatusOK
	}, time.Minute, 10*time.Millisecond)
}

// One caller cannot take all the places, whichever way the watches come.
func TestACallerHasSoManyWatches(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	greedy, other := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil)), f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil))
	watch := func(ctx context.Context) (context.CancelFunc, error) {
		ctx, end := context.WithCancel(ctx)
		t.Cleanup(end)
		stream, err := flowdeskv1.NewSessionServiceClient(f.conn).WatchMessages(ctx, &flowdeskv1.WatchMessagesRequest{})
		require.NoError(t, err)
		_, err = stream.Recv()
		return end, err
	}
	endFirst, err := watch(greedy)
	require.NoError(t, err)
	for range server.MostWatchesOfCaller - 1 {
		_, err := watch(greedy)
		require.NoError(t, err)
	}
	_, err = watch(greedy)
	refused(t, err, codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED)
	_, err = watch(other)
	require.NoError(t, err)
	endFirst()
	require.Eventually(t, func() bool {
		_, err := watch(greedy)
		return status.Code(err) == codes.OK
	}, time.Minute, 10*time.Millisecond)
}
