package redis

import (
	"sync"
	"time"
)

// goneAfter is how long a replica may be silent before the others look into its stream.
const goneAfter = 5 * time.Second

// peers are the others as they were last heard. What is heard may be invented, so that their number is bounded, and all that follows from it is
// that we look into the database or into a stream.
type peers struct {
	mu    sync.Mutex
	known map[peerKey]*peer
}

type peerKey struct {
	name string
	life uint64
}

type peer struct {
	heard time.Time
	all   uint64 // the last number to all that we heard
	one   uint64 // and to us
}

// hint notes a hint and reports whether one before it is missing. Of somebody new everything is missing that it sent before.
func (p *peers) hint(e *envelope, toUs bool, now time.Time) (gap bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.peer(e, now)
	last := &known.all
	if toUs {
		last = &known.one
	}
	gap = e.number > *last+1
	*last = max(*last, e.number)
	return gap
}

// beat notes that somebody lives, and reports whether a hint from it is missing.
func (p *peers) beat(e *envelope, now time.Time) (gap bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.peer(e, now)
	gap = e.number > known.all
	known.all = max(known.all, e.number)
	if e.leaving {
		known.heard = time.Time{}
	}
	return gap
}

func (p *peers) peer(e *envelope, now time.Time) *peer {
	if p.known == nil || len(p.known) >= peersKept {
		p.known = make(map[peerKey]*peer)
	}
	key := peerKey{e.sender, e.life}
	known := p.known[key]
	if known == nil {
		known = &peer{}
		p.known[key] = known
	}
	known.heard = now
	return known
}

// gone forgets those who have been silent for too long, and names them.
func (p *peers) gone(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for key, known := range p.known {
		if now.Sub(known.heard) > goneAfter {
			delete(p.known, key)
			names = append(names, key.name)
		}
	}
	return names
}
