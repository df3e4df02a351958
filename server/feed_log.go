package server

import (
	"context"
	"maps"
	"time"

	"github.com/flowdesk/flowdesk/storage"
)

// begin puts the feed behind everything that is committed.
func (f *feed) begin(ctx context.Context) error {
	ends, err := f.store.TurnLogEnds(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for writer, span := range ends {
		f.floor[writer], f.end[writer] = span.Last, max(f.end[writer], span.Last)
	}
	return nil
}

// lookAround follows the logs of other processes, if there may be any, at each hint and from time to time, and keeps the log short, until the
// context ends.
func (f *feed) lookAround(ctx context.Context, wake <-chan struct{}, others bool) {
	every := lookEvery
	if !others {
		every = logTrim
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	trimmed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-wake:
		}
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.log.Warn("turns of other replicas", "error", err)
		}
		if time.Since(trimmed) >= logTrim {
			trimmed = time.Now()
			if _, err := f.store.TrimTurnLog(ctx, time.Now().Add(-logKept), trimAtOnce); err != nil && ctx.Err() == nil {
				f.log.Warn("trim the log of turns", "error", err)
			}
		}
	}
}

// look takes over what others committed, and what the feed missed of our own: it hears of that by itself, but not of the last batch of a rush. While
// nobody watches, it only notes how far the others are.
func (f *feed) look(ctx context.Context) error {
	if f.own == 0 {
		return nil
	}
	f.looking.Lock()
	defer f.looking.Unlock()
	ends, err := f.store.TurnLogEnds(ctx)
	if err != nil {
		return err
	}
	for writer, span := range ends {
		f.mu.Lock()
		last, known := f.end[writer]
		f.mu.Unlock()
		switch {
		case writer == f.own && !f.missed(last, span.Last):
		case span.Last <= last:
		case f.watched.Load() == 0 || known && last < span.Trimmed:
			f.skip(writer, span.Last)
		default:
			_ = f.readLog(ctx, writer, last, span.Last) // what is missing is read at the next look
		}
	}
	f.forget(ends)
	return nil
}

// missed reports whether the feed has not heard of batches of our own that stood in the log at the look before already; those since are on their way.
// Only looks call it.
func (f *feed) missed(heard, stored int64) bool {
	before := f.stored
	f.stored = stored
	return heard < before && f.watched.Load() > 0
}

// skip goes on behind a number of a writer. Whoever stands before it reads the log.
func (f *feed) skip(writer, to int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end[writer] = to
	f.floor = maps.Clone(f.end)
	f.first += int64(len(f.entries)) + 1
	f.entries, f.turns = nil, 0
	close(f.changed)
	f.changed = make(chan struct{})
}

// forget drops writers that have left the log.
func (f *feed) forget(ends map[int64]storage.LogSpan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for writer := range f.end {
		if _, there := ends[writer]; !there && writer != f.own {
			delete(f.end, writer)
			delete(f.floor, writer)
		}
	}
}

// readLog adds the entries of a writer after a number and up to another.
func (f *feed) readLog(ctx context.Context, writer, after, upTo int64) error {
	err := f.eachEntry(ctx, writer, after, upTo, func(e *feedEntry) error {
		f.add(e)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		f.log.Warn("log of turns", "writer", writer, "error", err)
	}
	return err
}

// eachEntry reads entries of a writer after a number and up to another, in order.
func (f *feed) eachEntry(ctx context.Context, writer, after, upTo int64, do func(*feedEntry) error) error {
	for after < upTo {
		page, err := f.store.ReadTurnLog(ctx, writer, after, logPage)
		if err != nil {
			return err
		}
		for _, entry := range page {
			if after = entry.Number; after > upTo {
				return nil
			}
			if err := do(&feedEntry{writer: entry.Writer, number: entry.Number, refs: entry.Turns}); err != nil {
				return err
			}
		}
		if len(page) < logPage {
			return nil
		}
	}
	return nil
}

// check refuses a place from which not everything is kept, or that no log of ours has reached.
func (f *feed) check(ctx context.Context, at place) error {
	if err := f.look(ctx); err != nil { // a token of another replica may be newer than what is known here
		return err
	}
	var ends map[int64]storage.LogSpan
	if f.own != 0 {
		var err error
		if ends, err = f.store.TurnLogEnds(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for writer, n := range at {
		if span, there := ends[writer]; there && n < span.Trimmed {
			return expired()
		}
	}
	for writer, n := range at {
		if n > max(ends[writer].Last, f.end[writer]) {
			return expired() // of another database, or of one before it was restored
		}
	}
	return nil
}
