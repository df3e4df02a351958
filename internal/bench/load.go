package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// replyWait bounds the wait for a reply; a question without one counts as lost.
const replyWait = 10 * time.Second

// closed keeps a number of flows going until enough says so, and waits for the last.
func closed(ctx context.Context, r *rig, inFlight int, enough func(sent int64) bool) {
	var sent atomic.Int64
	var work sync.WaitGroup
	for range inFlight {
		work.Go(func() {
			for ctx.Err() == nil {
				if enough(sent.Add(1) - 1) {
					return
				}
				r.flow(ctx)
			}
		})
	}
	work.Wait()
}

// flow asks one question and waits for its reply.
func (r *rig) flow(ctx context.Context) {
	q := r.world.next(r.ledger.waits)
	a := r.ledger.ask(q.who, q.text)
	good := r.world.post(ctx, q)
	r.ledger.answered(a, good)
	if !good {
		r.afterRefusal(ctx, a)
		return
	}
	timer := time.NewTimer(replyWait)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// afterRefusal pauses. The server may have taken the question all the same: its reply is awaited for a moment only.
func (r *rig) afterRefusal(ctx context.Context, a *asked) {
	select {
	case <-a.done:
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
	}
}

func closedLoop(ctx context.Context, r *rig) {
	until := time.Now().Add(r.options.Duration)
	closed(ctx, r, r.options.InFlight, func(int64) bool { return time.Now().After(until) })
}

// openLoop sends at a steady rate, whatever the server does.
func openLoop(ctx context.Context, r *rig) {
	until := time.Now().Add(r.options.Duration)
	ticks := time.NewTicker(time.Duration(float64(time.Second) / r.options.Rate))
	defer ticks.Stop()
	var work sync.WaitGroup
	for time.Now().Before(until) && ctx.Err() == nil {
		<-ticks.C
		work.Go(func() { r.flow(ctx) })
	}
	work.Wait()
}
