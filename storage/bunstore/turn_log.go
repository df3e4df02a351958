package bunstore

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

var turnLogTable = insertInto("turn_log", "writer int, number int, time int, data bytes", "ON CONFLICT DO NOTHING")

// logged gathers the entry of a batch: which turns it committed.
func (h *hot) logged(batch *storage.Batch, won []bool) {
	if batch.Log == nil {
		return
	}
	var data []byte
	var last int64
	for i, w := range batch.Turns {
		if won[i] {
			data = binary.AppendUvarint(data, uint64(len(w.Session)))
			data = append(data, w.Session...)
			data = binary.AppendUvarint(data, uint64(w.Expect))
			last = micros(w.Time)
		}
	}
	if data != nil {
		h.log.add(batch.Log.Writer, batch.Log.Number, last, data)
	}
}

type turnLogRow struct {
	bun.BaseModel `bun:"table:turn_log"`

	Writer, Number, Time int64
	Data                 []byte
}

var errTurnLog = errors.New("an entry of the log of turns is broken")

func (r *turnLogRow) entry() (*storage.LogEntry, error) {
	e := &storage.LogEntry{Writer: r.Writer, Number: r.Number}
	for data := r.Data; len(data) > 0; {
		length, n := binary.Uvarint(data)
		if n <= 0 || uint64(len(data)-n) < length {
			return nil, errTurnLog
		}
		session := string(data[n : n+int(length)])
		data = data[n+int(length):]
		version, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errTurnLog
		}
		data = data[n:]
		e.Turns = append(e.Turns, storage.TurnRef{Session: session, Version: int64(version)})
	}
	return e, nil
}

type writerRow struct {
	bun.BaseModel `bun:"table:turn_writers"`

	ID      int64 `bun:",pk,autoincrement"`
	Name    string
	Time    int64
	Trimmed int64 // the last number that was removed
}

// NewWriter implements storage.TurnLogStore.
func (s *Store) NewWriter(ctx context.Context, name string) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	var id int64
	err := s.write.NewRaw("INSERT INTO turn_writers (name, time, trimmed) VALUES (?, ?, 0) RETURNING id", clean(name), bun.Safe(s.dialect.Clock)).Scan(ctx, &id)
	return id, s.fail("new writer", err)
}

// TurnLogEnds implements storage.TurnLogStore. The ends are found in the index, writer by writer.
func (s *Store) TurnLogEnds(ctx context.Context) (map[int64]storage.LogSpan, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []struct{ ID, Trimmed, Last int64 }
	if err := s.read.NewRaw(`SELECT w.id, w.trimmed, COALESCE(
			(SELECT number FROM turn_log AS l WHERE l.writer = w.id ORDER BY number DESC LIMIT 1), w.trimmed) AS last
		FROM turn_writers AS w`).Scan(ctx, &rows); err != nil && !isNoRows(err) {
		return nil, s.fail("ends of the log of turns", err)
	}
	ends := make(map[int64]storage.LogSpan, len(rows))
	for _, r := range rows {
		if r.Last == r.Trimmed {
			continue
		}
		ends[r.ID] = storage.LogSpan{Trimmed: r.Trimmed, Last: r.Last}
	}
	return ends, nil
}

// ReadTurnLog implements storage.TurnLogStore.
func (s *Store) ReadTurnLog(ctx context.Context, writer, after int64, limit int) ([]storage.LogEntry, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []turnLogRow
	if err := s.read.NewSelect().Model(&rows).Where("writer = ? AND number > ?", writer, after).OrderExpr("number").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.fail("read the log of turns", err)
	}
	entries := make([]storage.LogEntry, len(rows))
	for i := range rows {
		entry, err := rows[i].entry()
		if err != nil {
			return nil, err
		}
		entries[i] = *entry
	}
	return entries, nil
}

// TrimTurnLog implements storage.TurnLogStore. Entries of a writer are as old as their numbers say, so that only those to be removed are read.
// Writers leave a day after their last entry.
func (s *Store) TrimTurnLog(ctx context.Context, before time.Time, limit int) (int64, error) {
	ends, err := s.TurnLogEnds(ctx)
	if err != nil {
		return 0, err
	}
	trimmed := int64(0)
	for writer := range ends {
		var rows []turnLogRow
		if err := s.read.NewSelect().Model(&rows).Column("number", "time").Where("writer = ?", writer).OrderExpr("number").
			Limit(int64(limit)).Scan(ctx); err != nil {
			return trimmed, s.fail("trim the log of turns", err)
		}
		old := slices.IndexFunc(rows, func(r turnLogRow) bool { return r.Time >= micros(before) })
		if old < 0 {
			old = len(rows)
		}
		if old == 0 {
			continue
		}
		if err := s.trimWriter(ctx, writer, rows[old-1].Number); err != nil {
			return trimmed, s.fail("trim the log of turns", err)
		}
		trimmed += int64(old)
	}
	_, err = s.write.NewRaw("DELETE FROM turn_writers WHERE time < ? AND NOT EXISTS (SELECT 1 FROM turn_log WHERE writer = turn_writers.id)",
		micros(before.Add(-writersKept))).Exec(ctx)
	return trimmed, s.fail("trim writers", err)
}

// trimWriter removes a writer's entries up to a number, and says so first: nobody must think that there were none.
func (s *Store) trimWriter(ctx context.Context, writer, upTo int64) error {
	if _, err := s.write.NewUpdate().Model((*writerRow)(nil)).Set("trimmed = ?", upTo).Where("id = ? AND trimmed < ?", writer, upTo).Exec(ctx); err != nil {
		return err
	}
	_, err := s.write.NewDelete().Model((*turnLogRow)(nil)).Where("writer = ? AND number <= ?", writer, upTo).Exec(ctx)
	return err
}

// turnsAtOnce bounds one question for turns.
const turnsAtOnce = 200

// ReadTurns implements storage.TurnLogStore.
func (s *Store) ReadTurns(ctx context.Context, refs []storage.TurnRef) ([][]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	turns := make([][]byte, 0, len(refs))
	for some := range slices.Chunk(refs, turnsAtOnce) {
		values := make([]any, 0, 2*len(some))
		for _, r := range some {
			values = append(values, clean(r.Session), r.Version)
		}
		var rows []turnRow
		pairs := "(session, version) IN (VALUES " + strings.Repeat("(?, ?), ", len(some)-1) + "(?, ?))"
		if err := s.read.NewSelect().Model(&rows).Column("data").Where(pairs, values...).Scan(ctx); err != nil {
			return nil, s.fail("read turns", err)
		}
		data, err := unpacked(rows, (*turnRow).data)
		if err != nil {
			return nil, s.fail("read turns", err)
		}
		turns = append(turns, data...)
	}
	return turns, nil
}

// writersKept is how long a writer without entries stays.
const writersKept = 24 * time.Hour
