package server

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Limits of the feed.
const (
	keptTurns  = 256                        // in memory, about 7 KB each: a second of a busy desk; older ones are read from the log
	logPage    = 100                        // entries of the log at once
	lookEvery  = time.Second                // between looks at the logs of others without a hint
	tokenGood  = time.Hour                  // how long a token is good for
	logKept    = tokenGood + 10*time.Minute // so that what left the log is older than every token that is good
	logTrim    = time.Minute                // between trims
	trimAtOnce = 10_000                     // entries
	hintEvery  = 20 * time.Millisecond
)

// TurnHints tell other replicas that turns were committed. A hint that is lost costs a second.
type TurnHints interface {
	// Send tells the others. It must return at once.
	Send()
	// Listen calls f at each hint of another; f returns at once.
	Listen(f func()) (stop func())
}

// feedStore is what the feed needs of the store.
type feedStore interface {
	storage.TurnLogStore
}

// feed are the turns as they were committed, by this process and by the others. Each process has a log with numbers of its own, in which no entry
// becomes visible behind a later one; so a place in the feed is how far one has come in each.
type feed struct {
	store feedStore
	log   *slog.Logger
	own   int64 // our writer; 0 when the store keeps no log

	looking sync.Mutex // one looks at the logs at a time
	stored  int64      // the last number of our own log at the look before; guarded by looking
	watched atomic.Int32

	mu      sync.Mutex
	entries []*feedEntry
	turns   int   // in entries
	first   int64 // number of entries[0], in the feed
	floor   place // before entries[0]
	end     place
	changed chan struct{} // closed when something was added
}

// place is how far one has come, by writer.
type place map[int64]int64

// feedEntry is one committed batch.
type feedEntry struct {
	writer, number int64
	refs           []storage.TurnRef
	size           int // turns, when it was added

	mu    sync.Mutex
	turns []*flowdeskv1.Turn // of our own at once; of others when somebody wants them
}

func newFeed(store feedStore, own int64, log *slog.Logger) *feed {
	return &feed{store: store, own: own, log: log, floor: place{}, end: place{}, changed: make(chan struct{})}
}

// start follows what is committed, here and elsewhere, until the context ends.
func (f *feed) start(ctx context.Context, deps Deps) error {
	batches := deps.Runner.Committed(ctx)
	if f.own != 0 {
		if err := f.begin(ctx); err != nil {
			return fmt.Errorf("read the log of turns: %w", err)
		}
		wake := make(chan struct{}, 1)
		if deps.TurnHints != nil {
			stop := deps.TurnHints.Listen(func() {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
			context.AfterFunc(ctx, stop)
		}
		go f.lookAround(ctx, wake, deps.TurnHints != nil)
	}
	go f.follow(ctx, batches, deps.TurnHints)
	return nil
}

// read gives the turns of an entry. Those that are gone are left out.
func (e *feedEntry) read(ctx context.Context, store feedStore) ([]*flowdeskv1.Turn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns != nil || len(e.refs) == 0 {
		return e.turns, nil
	}
	data, err := store.ReadTurns(ctx, e.refs)
	if err != nil {
		return nil, err
	}
	turns := make([]*flowdeskv1.Turn, len(data))
	for i := range data {
		turns[i] = &flowdeskv1.Turn{}
		if err := proto.Unmarshal(data[i], turns[i]); err != nil {
			return nil, err
		}
	}
	e.turns = turns
	return turns, nil
}

// follow takes our own batches until there are no more.
func (f *feed) follow(ctx context.Context, batches <-chan runner.Commit, hints TurnHints) {
	var hinted time.Time
	for batch := range batches {
		f.mu.Lock()
		last := f.end[batch.Writer]
		f.mu.Unlock()
		if batch.Number > last+1 && f.own != 0 { // what was missed stands in the log, if it held turns
			if err := f.readLog(ctx, f.own, last, batch.Number-1); err != nil {
				f.skip(f.own, batch.Number-1) // whoever watches reads it from the log himself: behind this batch nobody would miss it
			}
		}
		f.add(&feedEntry{writer: batch.Writer, number: batch.Number, turns: batch.Turns})
		if hints != nil && time.Since(hinted) >= hintEvery {
			hinted = time.Now()
			time.AfterFunc(hintEvery, hints.Send) // what is committed until then is meant as well
		}
	}
}

// add appends an entry that follows on its writer's last one.
func (f *feed) add(e *feedEntry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.number <= f.end[e.writer] {
		return
	}
	f.end[e.writer] = e.number
	f.entries = append(f.entries, e)
	e.size = max(1, len(e.turns), len(e.refs))
	f.turns += e.size
	for f.turns > keptTurns && len(f.entries) > 1 {
		old := f.entries[0]
		f.floor[old.writer] = old.number
		f.entries = f.entries[1:]
		f.turns -= old.size
		f.first++
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// now is the place after the last batch.
func (f *feed) now() place {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.end)
}

// after gives the entries from a number of the feed on, and what is closed when there are more. kept is false when they are not all in memory.
func (f *feed) after(number int64) (entries []*feedEntry, more <-chan struct{}, kept bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if number < f.first {
		return nil, nil, false
	}
	return f.entries[number-f.first:], f.changed, true
}

// join is where the entries after a place begin in memory, and the places in between that must be read from the log: both are of one moment.
func (f *feed) join(at place) (number int64, upTo place, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	inMemory := true
	for writer, n := range f.floor {
		inMemory = inMemory && at[writer] >= n
	}
	switch {
	case inMemory:
		return f.first, nil, nil
	case f.own == 0:
		return 0, nil, expired()
	default:
		return f.first + int64(len(f.entries)), maps.Clone(f.end), nil
	}
}

// expired is what a watch is told whose token is too old.
func expired() error {
	return withReason(codes.OutOfRange, flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED,
		"changes after the resume token are no longer kept; list again, and watch from the list's token")
}
