package bunstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// deriving lets one at a time make derived rows: others that want the same hours find them done.
type deriving struct {
	mu sync.Mutex
}

// deriveAtOnce is how many hours are derived at once: a day, so that a long range that is seen for the first time fits into memory.
const deriveAtOnce = 24

type derivedHour struct {
	bun.BaseModel `bun:"table:derived_hours"`

	Hour    int64 `bun:",pk"`
	Derived int64
}

// Derive implements storage.AnalyticsStore.
func (s *Store) Derive(ctx context.Context, after, before, now time.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.deriving.mu.Lock()
	defer s.deriving.mu.Unlock()
	first := after.Truncate(time.Hour)
	last := before
	if last.After(now) {
		last = now
	}
	first, err := s.notBeforeData(ctx, first)
	if err != nil {
		return s.fail("derive", err)
	}
	var known []derivedHour
	if err := s.read.NewSelect().Model(&known).Where("hour >= ? AND hour < ?", micros(first), micros(last)).Scan(ctx); err != nil {
		return s.fail("derive", err)
	}
	derived := make(map[int64]int64, len(known))
	for _, h := range known {
		derived[h.Hour] = h.Derived
	}
	var from time.Time // of hours that follow on each other and are all to be derived
	n := 0
	for hour := first; hour.Before(last); hour = hour.Add(time.Hour) {
		at, seen := derived[micros(hour)]
		if wanted := !seen || grownStale(hour, fromMicros(at), now); wanted && n == 0 {
			from, n = hour, 1
		} else if wanted {
			n++
		}
		next := hour.Add(time.Hour)
		at, seen = derived[micros(next)]
		ends := !next.Before(last) || seen && !grownStale(next, fromMicros(at), now)
		if n > 0 && (ends || n == deriveAtOnce) {
			if err := s.deriveHours(ctx, from, from.Add(time.Duration(n)*time.Hour), now); err != nil {
				return s.fail("derive", err)
			}
			n = 0
		}
	}
	return nil
}

// notBeforeData is a time, or the hour of the first message or run where that is later: there is nothing to derive before.
func (s *Store) notBeforeData(ctx context.Context, at time.Time) (time.Time, error) {
	first := time.Time{}
	for _, table := range []string{"session_messages", "flow_instances"} {
		column := "id"
		if table == "session_messages" {
			column = "message"
		}
		var id string
		if err := s.read.NewSelect().TableExpr(table).ColumnExpr("COALESCE(MIN("+column+"), '')").Scan(ctx, &id); err != nil {
			return at, err
		}
		if begin, ok := timeOfID(id); ok && (first.IsZero() || begin.Before(first)) {
			first = begin
		} else if !ok && id != "" {
			return at, nil
		}
	}
	if first = first.Truncate(time.Hour); first.After(at) {
		return first, nil
	}
	return at, nil
}

// grownStale reports whether what was derived of an hour may no longer be true.
func grownStale(hour, derived, now time.Time) bool {
	end := hour.Add(time.Hour)
	switch {
	case !derived.Before(end.Add(storage.DeriveSettles)):
		return false
	case now.Before(end.Add(time.Hour)) || derived.Before(end): // it is under way, or was when it was derived
		return now.Sub(derived) >= storage.DeriveFresh
	default:
		return now.Sub(derived) >= storage.DeriveLater
	}
}

// deriveHours makes the derived rows of some hours anew.
func (s *Store) deriveHours(ctx context.Context, from, to, now time.Time) error {
	traffic, err := s.trafficOf(ctx, from, to)
	if err != nil {
		return err
	}
	runs, err := s.runsOf(ctx, from, to)
	if err != nil {
		return err
	}
	replies, err := s.repliesOf(ctx, from, to)
	if err != nil {
		return err
	}
	var hours []derivedHour
	for hour := from; hour.Before(to); hour = hour.Add(time.Hour) {
		hours = append(hours, derivedHour{Hour: micros(hour), Derived: micros(now)})
	}
	if err := replaceDerived(ctx, s, "slot", from, to, traffic, func(r *trafficRow) any { return slotKey{r.Slot, r.Session} }); err != nil {
		return err
	}
	if err := replaceDerived(ctx, s, "slot", from, to, runs, func(r *runsRow) any { return [3]any{r.Slot, r.Flow, r.Version} }); err != nil {
		return err
	}
	if err := replaceDerived(ctx, s, "time", from, to, replies, func(r *replyRow) any { return slotKey{r.Time, r.ID} }); err != nil {
		return err
	}
	return replaceDerived(ctx, s, "hour", from, to, hours, func(r *derivedHour) any { return r.Hour })
}

// derivedAtOnce is how many derived rows are written in one transaction: the commit of turns waits for it no longer than for one of its own.
const derivedAtOnce = 300

// replaceDerived makes the derived rows of a range what they should be. Only rows that differ are written, so that looking again costs the
// writer nothing.
func replaceDerived[R comparable](ctx context.Context, s *Store, column string, from, to time.Time, wanted []R, key func(*R) any) error {
	var there []R
	if err := s.read.NewSelect().Model(&there).Where(column+" >= ? AND "+column+" < ?", micros(from), micros(to)).Scan(ctx); err != nil {
		return err
	}
	old := make(map[any]R, len(there))
	for i := range there {
		old[key(&there[i])] = there[i]
	}
	var fresh, gone []R
	for i := range wanted {
		k := key(&wanted[i])
		before, known := old[k]
		delete(old, k)
		if known && before == wanted[i] {
			continue
		}
		if known {
			gone = append(gone, before)
		}
		fresh = append(fresh, wanted[i])
	}
	for _, r := range old {
		gone = append(gone, r)
	}
	for len(fresh)+len(gone) > 0 {
		leaves, comes := gone[:min(derivedAtOnce, len(gone))], []R(nil)
		if gone = gone[len(leaves):]; len(gone) == 0 {
			comes = fresh[:min(derivedAtOnce, len(fresh))]
			fresh = fresh[len(comes):]
		}
		if err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			for i := range leaves {
				if _, err := tx.NewDelete().Model(&leaves[i]).WherePK().Exec(ctx); err != nil {
					return err
				}
			}
			return failpoint.Over(insertAll(ctx, tx, comes), "store.derive.write", storage.ErrUnavailable)
		}); err != nil {
			return err
		}
	}
	return nil
}

// insertAll inserts rows, some hundred with one statement.
func insertAll[R any](ctx context.Context, tx bun.Tx, rows []R) error {
	const atOnce = 500
	for len(rows) > 0 {
		some := rows[:min(atOnce, len(rows))]
		if _, err := tx.NewInsert().Model(&some).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		rows = rows[len(some):]
	}
	return nil
}

// ForgetDerived implements storage.AnalyticsStore.
func (s *Store) ForgetDerived(ctx context.Context) error {
	s.deriving.mu.Lock()
	defer s.deriving.mu.Unlock()
	return s.change(ctx, "forget derived rows", func(ctx context.Context, tx bun.Tx) error { return forgetDerived(ctx, tx) })
}

func forgetDerived(ctx context.Context, tx bun.Tx) error {
	for _, table := range []string{"derived_hours", "derived_traffic", "derived_runs", "derived_replies"} {
		if _, err := tx.NewDelete().TableExpr(table).Where("1 = 1").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

type trafficRow struct {
	bun.BaseModel `bun:"table:derived_traffic"`

	Slot                  int64  `bun:",pk"`
	Session               string `bun:",pk"`
	Received, Said, Moods int64
	MoodSum               float64
}

type slotKey struct {
	slot    int64
	session string
}

// trafficOf counts the messages of some hours. A message that was read back after an outage counts when it came.
func (s *Store) trafficOf(ctx context.Context, from, to time.Time) ([]trafficRow, error) {
	var heard, said []trafficRow
	customers := fmt.Sprintf("sender_role = %d AND sentiment IS NOT NULL", flowdeskv1.Role_ROLE_USER)
	if err := s.read.NewSelect().TableExpr("messages").ColumnExpr("session, receive_time / ? AS slot, count(*) AS received", storage.Slot.Microseconds()).
		ColumnExpr("sum(CASE WHEN "+customers+" THEN 1 ELSE 0 END) AS moods").
		ColumnExpr("COALESCE(sum(CASE WHEN "+customers+" THEN sentiment ELSE 0.0 END), 0.0) AS mood_sum").
		Where("id >= ? AND id < ?", idFrom(from), idFrom(to)).GroupExpr("1, 2").Scan(ctx, &heard); err != nil {
		return nil, err
	}
	if err := s.read.NewSelect().TableExpr("session_messages").ColumnExpr("session, said_time / ? AS slot, count(*) AS said", storage.Slot.Microseconds()).
		Where("message >= ? AND message < ? AND said_time IS NOT NULL", idFrom(from), idFrom(to)).GroupExpr("1, 2").Scan(ctx, &said); err != nil {
		return nil, err
	}
	byKey := make(map[slotKey]int, len(heard))
	var rows []trafficRow
	for _, r := range append(heard, said...) {
		r.Slot = clampSlot(r.Slot, from, to)
		key := slotKey{r.Slot, r.Session}
		i, ok := byKey[key]
		if !ok {
			i = len(rows)
			byKey[key] = i
			rows = append(rows, trafficRow{Slot: r.Slot, Session: r.Session})
		}
		rows[i].Received += r.Received
		rows[i].Said += r.Said
		rows[i].Moods += r.Moods
		rows[i].MoodSum += r.MoodSum
	}
	return rows, nil
}

// clampSlot is the beginning of a slot in microseconds, moved into the hours by whose ids it was found.
func clampSlot(slot int64, from, to time.Time) int64 {
	width := storage.Slot.Microseconds()
	return min(max(slot*width, micros(from)), micros(to)-width)
}
