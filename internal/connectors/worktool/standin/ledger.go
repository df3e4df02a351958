package standin

import "time"

// State is what became of an accepted command.
type State string

// The states of a command at a phone.
const (
	Waiting   State = "waiting"   // in the phone's queue, or running
	Done      State = "done"      // said, or whatever else was asked
	Failed    State = "failed"    // for at least one target
	Cleared   State = "cleared"   // removed by 304
	Collapsed State = "collapsed" // equal to an earlier command of its batch
)

// Entry is a command in the ledger. (MessageID, Position) identifies it.
type Entry struct {
	Seq        int64     `json:"seq"`
	MessageID  string    `json:"messageId"`
	Position   int       `json:"position"`
	RobotID    string    `json:"robotId"`
	Type       int       `json:"type"`
	Targets    []string  `json:"targets,omitempty"`
	Groups     []string  `json:"groups,omitempty"` // true names of the targets that were found
	Content    string    `json:"content,omitempty"`
	At         []string  `json:"at,omitempty"`
	AcceptedAt time.Time `json:"acceptedAt"`
	State      State     `json:"state"`
	Code       int       `json:"code,omitempty"`
	FailList   []string  `json:"failList,omitempty"`
	EndedAt    time.Time `json:"endedAt,omitzero"`
}

// Counts sums up what happened. Accepted = Waiting + Done + Failed + Cleared + Collapsed.
type Counts struct {
	Calls           int64 `json:"calls"`
	Limited         int64 `json:"limited"`
	Batches         int64 `json:"batches"`
	Accepted        int64 `json:"accepted"`
	Waiting         int64 `json:"waiting"`
	Done            int64 `json:"done"`
	Failed          int64 `json:"failed"`
	Cleared         int64 `json:"cleared"`
	Collapsed       int64 `json:"collapsed"`
	CallbacksPosted int64 `json:"callbacksPosted"` // answered with a good status
	CallbacksFailed int64 `json:"callbacksFailed"` // not answered within three seconds, or badly
	CallbacksLost   int64 `json:"callbacksLost"`   // on purpose, or for want of room
	Blurted         int64 `json:"blurted"`         // answers that made a robot say an error text in a chat
}

// ledger keeps the newest commands. Seq grows by one with each, so an entry's place follows from it.
type ledger struct {
	kept ring[*Entry]
	seq  int64
}

func newLedger(most int) ledger { return ledger{kept: ring[*Entry]{most: max(most, 0)}} }

func (l *ledger) add(e *Entry) {
	l.seq++
	e.Seq = l.seq
	l.kept.add(e)
}

// LedgerQuery selects entries. Zero fields select all.
type LedgerQuery struct {
	RobotID string
	Group   string // a true name, or a target as it was written
	After   int64  // entries with a greater Seq
	Limit   int    // 0 means 1,000
}

// Ledger lists commands in the order of their acceptance.
func (s *Sim) Ledger(q LedgerQuery) []Entry {
	if q.Limit <= 0 {
		q.Limit = 1000
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Entry{}
	s.ledger.kept.oldest(func(p **Entry) bool {
		e := *p
		if e.Seq <= q.After || q.RobotID != "" && e.RobotID != q.RobotID || q.Group != "" && !e.concerns(q.Group) {
			return true
		}
		list = append(list, *e)
		return len(list) < q.Limit
	})
	return list
}

// Counts sums up what happened so far.
func (s *Sim) Counts() Counts {
	s.mu.Lock()
	counts := s.counts
	s.mu.Unlock()
	s.post.addTo(&counts)
	return counts
}

func (e *Entry) concerns(group string) bool {
	for _, list := range [][]string{e.Groups, e.Targets} {
		for _, name := range list {
			if name == group {
				return true
			}
		}
	}
	return false
}

// end records what the phone did with a command.
func (s *Sim) end(e *Entry, state State, now time.Time) {
	e.State, e.EndedAt = state, now
	s.counts.Waiting--
	switch state {
	case Waiting: // not an end
	case Done:
		s.counts.Done++
	case Failed:
		s.counts.Failed++
	case Cleared:
		s.counts.Cleared++
	case Collapsed:
		s.counts.Collapsed++
	}
}
