package runner

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
)

// passage is who went through the door, in order.
type passage struct {
	mu   sync.Mutex
	list []int
}

func (p *passage) note(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, n)
}

func (p *passage) all() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.list)
}

// line lets some come to the door, and notes in which order they go through. Whoever went through lets the next one follow after a while.
func line(ctx context.Context, d *door, from, to int, through *passage) {
	for n := from; n < to; n++ {
		go func() {
			passes, err := d.enter(ctx)
			if err != nil {
				return
			}
			through.note(n)
			if passes {
				time.Sleep(time.Millisecond) // virtual time: the others must wait for it
				d.pass(true)
			}
		}()
		synctest.Wait()
	}
}

func counted(from, to int) (list []int) {
	for n := from; n < to; n++ {
		list = append(list, n)
	}
	return list
}

func TestWhoWaitsAtTheDoorGoesThroughInOrder(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		var d door
		var through passage
		line(t.Context(), &d, 0, 3, &through)
		require.Equal(t, counted(0, 3), through.all(), "it is open")
		var open func()
		d.hold(func(f func()) { open = f })
		line(t.Context(), &d, 3, 20, &through)
		leaving, leave := context.WithCancel(t.Context())
		line(leaving, &d, 1000, 1005, &through)
		line(t.Context(), &d, 20, 30, &through)
		require.Equal(t, counted(0, 3), through.all(), "it is held")
		leave()
		synctest.Wait()
		d.release()
		open() // late: it is open already
		line(t.Context(), &d, 30, 40, &through)
		require.Less(t, len(through.all()), 10, "who comes later stands behind the others")
		<-time.After(time.Second)
		synctest.Wait()
		require.Equal(t, counted(0, 40), through.all())
		line(t.Context(), &d, 40, 41, &through)
		require.Equal(t, counted(0, 41), through.all())
	})
}

func TestADoorThatNobodyReleasesOpensByItself(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		var d door
		var through passage
		d.hold(func(open func()) { time.AfterFunc(time.Second, open) })
		line(t.Context(), &d, 0, 5, &through)
		d.hold(func(func()) { require.Fail(t, "it is held already") })
		<-time.After(2 * time.Second)
		synctest.Wait()
		require.Equal(t, counted(0, 5), through.all())
		d.release() // it is not held
		line(t.Context(), &d, 5, 6, &through)
		require.Equal(t, counted(0, 6), through.all())
	})
}
