package bubble_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/flowdesk/flowdesk/internal/bubble"
)

// Without the one processor, the race detector dies of this within a second.
func TestTimersThatAreDueAtOnce(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 2_000 {
					<-time.NewTimer(0).C
					ctx, cancel := context.WithTimeout(t.Context(), 1)
					<-ctx.Done()
					cancel()
				}
			})
		}
		group.Wait()
	})
}
