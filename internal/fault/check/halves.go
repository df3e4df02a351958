package check

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// halves looks for what has lost its other half: an effect of a turn without its row, and a row without the turn that made it.
func (j *judge) halves() {
	messages, commands, began := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	keys := make(map[[2]string]string)
	for _, c := range j.commands {
		key := [2]string{c.row.Instance, c.row.Key}
		if other := keys[key]; other != "" {
			j.Doubled++
			j.breaks(3, "commands %s and %s have one key", other, c.id)
		}
		keys[key] = c.id
	}
	for session, turns := range j.turns {
		for version, turn := range turns {
			for _, e := range turn.GetEffects() {
				if m := e.GetStoreMessage(); m != nil && !m.GetOutgoing() {
					messages[m.GetId()] = true
					if _, there := j.rowsOf[m.GetId()]; !there {
						j.orphan("turn %d of session %s stored message %s, which is not there", version, session, m.GetId())
					}
				}
				if c := e.GetEnqueueCommand(); c != nil {
					commands[c.GetId()] = true
					if j.commands[c.GetId()] == nil && keys[[2]string{c.GetInstance(), c.GetKey()}] == "" {
						j.orphan("turn %d of session %s enqueued command %s, which is not there", version, session, c.GetId())
					}
				}
				if t := e.GetPutTask(); t != nil && !slices.ContainsFunc(j.tasks, func(o *flowdeskv1.TrackTask) bool { return o.GetId() == t.GetId() }) {
					j.orphan("turn %d of session %s made task %s, which is not there", version, session, t.GetId())
				}
			}
			for _, trace := range turn.GetTraces() {
				if trace.GetBegan() {
					began[trace.GetInstance()] = true
					if _, there := j.instances[trace.GetInstance()]; !there {
						j.orphan("turn %d of session %s began run %s, which is not there", version, session, trace.GetInstance())
					}
				}
			}
		}
	}
	for id := range j.rowsOf {
		if !messages[id] {
			j.orphan("message %s has no turn", id)
		}
	}
	for id, c := range j.commands {
		if !commands[id] && c.row.Instance != "" {
			j.orphan("command %s has no turn", id)
		}
	}
	for id := range j.instances {
		if !began[id] {
			j.orphan("run %s has no turn", id)
		}
	}
	for id := range j.attempts {
		if j.commands[id] == nil {
			j.orphan("an attempt of command %s, which is not there", id)
		}
	}
}

func (j *judge) orphan(format string, args ...any) {
	j.Orphans++
	j.breaks(3, format, args...)
}

// alerts: invariant 10. Times of an alert's history never go back, and one that ended says when, and by whom or why.
func (j *judge) alerts() {
	for _, a := range j.allAlerts {
		history := a.GetHistory()
		if len(history) == 0 {
			j.breaks(10, "alert %s has no history", a.GetId())
		}
		for i := 1; i < len(history); i++ {
			if history[i].GetTime().AsTime().Before(history[i-1].GetTime().AsTime()) {
				j.breaks(10, "the history of alert %s goes back in time", a.GetId())
			}
		}
		if ended := a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED; ended != (a.GetResolveTime() != nil) {
			j.breaks(10, "alert %s is %s, its end is %v", a.GetId(), a.GetState(), a.GetResolveTime())
		}
	}
}

// leases: invariant 7, as far as one look can tell: a partition has one lease, and its number has begun.
func (j *judge) leases() {
	seen := make(map[int64]bool)
	for _, l := range j.held {
		if seen[l.Partition] || l.Number < 1 {
			j.breaks(7, "partition %d has lease %d", l.Partition, l.Number)
		}
		seen[l.Partition] = true
	}
}
