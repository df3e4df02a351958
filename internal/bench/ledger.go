package bench

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// ledger knows of every message whether it was acknowledged and whether its reply reached the platform. A person asks one question at a
// time, so that group and person tell which question a reply belongs to.
type ledger struct {
	mu      sync.Mutex
	open    map[asker]*asked
	ended   []*asked
	missing []*asked // never answered, and the person asks again
	strange int      // replies that answer nothing, or an answered question again
}

// asker is a person in a group.
type asker struct{ group, person string }

// asked is one question.
type asked struct {
	asker        asker
	text         string
	sent         time.Time
	acknowledged time.Duration // 0 while it is not
	refused      bool          // answered with an error, or not at all: it may have been taken or not
	replied      time.Duration
	done         chan struct{}
}

func newLedger() *ledger { return &ledger{open: make(map[asker]*asked)} }

// reset forgets what ended, and says how much that was.
func (l *ledger) reset() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.ended)
	l.ended, l.missing, l.strange = nil, nil, 0
	return n
}

// waits reports whether a person has an open question.
func (l *ledger) waits(who asker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open[who] != nil
}

// ask notes a question before it is sent.
func (l *ledger) ask(who asker, text string) *asked {
	a := &asked{asker: who, text: text, sent: time.Now(), done: make(chan struct{})}
	l.mu.Lock()
	if before := l.open[who]; before != nil {
		l.missing = append(l.missing, before)
	}
	l.open[who] = a
	l.mu.Unlock()
	return a
}

// answered notes the answer to a callback.
func (l *ledger) answered(a *asked, good bool) {
	took := time.Since(a.sent)
	l.mu.Lock()
	defer l.mu.Unlock()
	if good {
		a.acknowledged = took
	} else {
		a.refused = true
	}
}

// heard notes a command that the platform accepted.
func (l *ledger) heard(e standin.Entry) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(e.Targets) != 1 || len(e.At) != 1 {
		l.strange++
		return
	}
	who := asker{e.Targets[0], e.At[0]}
	a := l.open[who]
	if a == nil {
		l.strange++
		return
	}
	a.replied = now.Sub(a.sent)
	delete(l.open, who)
	l.ended = append(l.ended, a)
	close(a.done)
}

// pending is how many acknowledged questions have no reply yet.
func (l *ledger) pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.open {
		if a.acknowledged > 0 {
			n++
		}
	}
	return n
}

// lostShown is how many lost questions are shown.
const lostShown = 5

// figures sums up what happened in a time.
func (l *ledger) figures(elapsed time.Duration) Figures {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := Figures{Flows: len(l.ended), Elapsed: elapsed, Doubled: l.strange}
	var replies, acks []time.Duration
	for _, a := range l.ended {
		replies = append(replies, a.replied)
		f.Slowest = max(f.Slowest, a.replied)
		if a.acknowledged > 0 {
			acks = append(acks, a.acknowledged)
		}
	}
	for _, a := range append(slices.Collect(maps.Values(l.open)), l.missing...) {
		if a.acknowledged > 0 {
			f.Lost++
			if len(f.LostTexts) < lostShown {
				f.LostTexts = append(f.LostTexts, a.text)
			}
		} else {
			f.Refused++
		}
	}
	f.Reply, f.Ack = quantiles(replies), quantiles(acks)
	return f
}

// Quantiles of a time.
type Quantiles struct{ P50, P99 time.Duration }

// quantiles by the nearest rank.
func quantiles(times []time.Duration) Quantiles {
	if len(times) == 0 {
		return Quantiles{}
	}
	slices.Sort(times)
	at := func(q float64) time.Duration { return times[int(math.Ceil(q*float64(len(times))))-1] }
	return Quantiles{P50: at(0.5), P99: at(0.99)}
}
