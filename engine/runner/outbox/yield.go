package outbox

import (
	"context"
	"time"
)

// Yield lets nothing of partitions set out any more that are about to be another's, and waits until what is on its way to the platform is there
// and stored, or the context ends. Its new owner then need not look up whether it was said. Lost or Gained ends it.
func (o *Outbox) Yield(ctx context.Context, partitions []int32) {
	o.mu.Lock()
	if o.yields == nil {
		o.yields = make(map[int32]bool)
	}
	for _, p := range partitions {
		o.yields[p] = true
	}
	o.mu.Unlock()
	look := time.NewTicker(closeLook)
	defer look.Stop()
	for o.underWay() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		case <-o.ctx.Done():
			return
		}
	}
}

// underWay reports whether a command of a partition that is yielded is between the queue and the platform's answer.
func (o *Outbox) underWay() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.claimed {
		if o.yields[e.partition] {
			return true
		}
	}
	for _, e := range o.entries {
		if o.yields[e.partition] && !e.lost && (e.leaving || e.onWire || e.busy) {
			return true
		}
	}
	return false
}
