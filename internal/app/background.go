package app

import (
	"context"
	"sync"
)

// background is work that outlives the request that began it, and not the product.
type background struct {
	mu     sync.Mutex
	ctx    context.Context //nolint:containedctx // the life of the work
	cancel context.CancelFunc
	work   sync.WaitGroup
	ended  bool
}

func newBackground() *background {
	b := &background{}
	b.ctx, b.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // it outlives whatever request began it
	return b
}

// begin runs a function on a goroutine of its own, unless the end has begun.
func (b *background) begin(f func(ctx context.Context)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.work.Go(func() { f(b.ctx) })
	}
}

// end cancels what is under way and waits for it.
func (b *background) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}
