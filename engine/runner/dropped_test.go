package runner

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
)

type counting struct{ made chan string }

func (c counting) Perform(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer {
	c.made <- call.GetId()
	<-ctx.Done()
	return &flowdeskv1.CallAnswer{}
}

// awayStore stores nothing.
type awayStore struct{ storage.Store }

func (awayStore) LoadSession(context.Context, string) (*storage.SessionRecord, error) {
	return nil, storage.ErrUnavailable
}

// A call that nobody awaits any more while it waits for a worker is not made: it may change something, and it costs.
func TestACallThatIsDroppedWhileItWaitsIsNotMade(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		made := make(chan string, 100)
		r := New(engine.NewCatalog(engine.Rules{}), awayStore{}, Options{Performer: counting{made}})
		r.calls.start()
		for n := range 2 * otherLaneWorkers {
			r.calls.add(&flowdeskv1.Call{Id: fmt.Sprint(n), Effectful: true, Timeout: durationpb.New(time.Minute)})
		}
		synctest.Wait()
		waiting := fmt.Sprint(2*otherLaneWorkers - 1)
		r.calls.drop(&flowdeskv1.SettleCall{Call: waiting, Dropped: true})
		require.Len(t, made, otherLaneWorkers)
		<-time.After(90 * time.Second)
		synctest.Wait()
		require.Len(t, made, 2*otherLaneWorkers-1)
		r.halt()
	})
}

func TestTheTimeForACallIsBounded(t *testing.T) {
	t.Parallel()
	retry := &flowdeskv1.RetryPolicy{MaxRetries: proto.Int32(100), Backoff: durationpb.New(time.Hour)}
	for name, c := range map[string]struct {
		call *flowdeskv1.Call
		want time.Duration
	}{
		"none":      {&flowdeskv1.Call{}, longestCall},
		"one":       {&flowdeskv1.Call{Timeout: durationpb.New(time.Second)}, time.Second},
		"too long":  {&flowdeskv1.Call{Timeout: durationpb.New(time.Hour)}, longestCall},
		"retries":   {&flowdeskv1.Call{Timeout: durationpb.New(time.Second), Retry: retry}, longestCall},
		"effectful": {&flowdeskv1.Call{Timeout: durationpb.New(time.Second), Retry: retry, Effectful: true}, time.Second},
	} {
		require.Equal(t, c.want, allowance(c.call), name)
	}
}
