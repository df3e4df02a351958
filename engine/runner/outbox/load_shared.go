package outbox

import (
	"encoding/json"
	"time"
)

// Times of what replicas tell each other of their loads.
const (
	loadsEvery = 2 * time.Second
	loadsKept  = 3 * loadsEvery // what a replica said that says nothing any more
)

// loadsOf is what another replica said last.
type loadsOf struct {
	sequence int64 // of its row: rows are read in any order
	heard    time.Time
	robots   map[string]Load
}

// tellLoads tells the other replicas again and again what stands here before robots. Where nothing does it says so once.
func (n *notes) tellLoads() {
	ticker := time.NewTicker(loadsEvery)
	defer ticker.Stop()
	told := false
	for {
		select {
		case <-n.outbox.ctx.Done():
			return
		case <-ticker.C:
		}
		if n.outbox.leases.Members() < 2 {
			continue
		}
		loads := n.outbox.ownLoads()
		for id, load := range loads {
			if load.Waiting == 0 && load.Unconfirmed == 0 { // pauses are known to all
				delete(loads, id)
			}
		}
		if len(loads) == 0 && !told {
			continue
		}
		data, err := json.Marshal(noteRow{Format: notesFormat, From: n.name, Loads: &loads})
		if err == nil {
			err = n.store.PutNotes(n.outbox.ctx, data)
		}
		if err != nil {
			if n.outbox.ctx.Err() == nil {
				n.outbox.log.Warn("loads for other replicas", "error", err)
			}
			continue
		}
		told = len(loads) > 0
		n.hint()
	}
}

// hearLoads notes what another replica has.
func (n *notes) hearLoads(from string, sequence int64, robots map[string]Load) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.loads[from].sequence > sequence {
		return
	}
	n.loads[from] = loadsOf{sequence: sequence, heard: time.Now(), robots: robots}
	n.forgetLoads()
}

// forgetLoads drops what replicas said that say nothing any more. The lock is held.
func (n *notes) forgetLoads() {
	for from, known := range n.loads {
		if time.Since(known.heard) > loadsKept {
			delete(n.loads, from)
		}
	}
}

// loadsElsewhere is what stands at all other replicas.
func (n *notes) loadsElsewhere() map[string]Load {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forgetLoads()
	all := make(map[string]Load)
	for _, known := range n.loads {
		for id, theirs := range known.robots {
			load := all[id]
			load.Waiting += theirs.Waiting
			load.Unconfirmed += theirs.Unconfirmed
			all[id] = load
		}
	}
	return all
}
