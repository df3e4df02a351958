package runner

import (
	"context"
	"slices"
	"sync"
)

// door lets events wait while the last ones that were spilled are stored, which could never end otherwise: meanwhile more would arrive. When it
// opens they go through one by one, in the order in which they came; whoever went through lets the next one follow.
type door struct {
	mu     sync.Mutex
	closed bool            // who comes waits in the line
	held   bool            // nobody goes through
	hand   int             // counts the closings: who opens late opens no later one
	line   []chan struct{} // who waits, in order
}

// hold closes the door, unless it is closed or some are still going through. Later is to open it after a time, whatever happens.
func (d *door) hold(later func(open func())) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.closed, d.held = true, true
	d.hand++
	hand := d.hand
	d.mu.Unlock()
	later(func() { d.open(hand) })
}

// release opens the door if it is held.
func (d *door) release() {
	d.mu.Lock()
	hand := d.hand
	d.mu.Unlock()
	d.open(hand)
}

func (d *door) open(hand int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held && d.hand == hand {
		d.held = false
		d.next()
	}
}

// next lets the first in the line go through; behind the last one the door is open. The lock is held.
func (d *door) next() {
	if len(d.line) == 0 {
		d.closed = false
		return
	}
	close(d.line[0])
	d.line = d.line[1:]
}

// enter waits while the door is closed. Whoever it tells so must let the next one follow, with pass.
func (d *door) enter(ctx context.Context) (passes bool, err error) {
	d.mu.Lock()
	if !d.closed {
		d.mu.Unlock()
		return false, nil
	}
	turn := make(chan struct{})
	d.line = append(d.line, turn)
	d.mu.Unlock()
	select {
	case <-turn:
		return true, nil
	case <-ctx.Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.line, turn); i >= 0 {
		d.line = slices.Delete(d.line, i, i+1)
	} else {
		d.next()
	}
	return false, ctx.Err()
}

// pass lets the next one follow.
func (d *door) pass(passes bool) {
	if !passes {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next()
}
