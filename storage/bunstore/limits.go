package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage"
)

type pauseRow struct {
	bun.BaseModel `bun:"table:request_pauses"`

	Scope                        string
	Until, Length, Tripped, Left int64
}

// takeUnit moves the time by which all units will have come back (sends) by one unit, where it is near enough. The clock is read before the row is
// locked: so a unit is never taken too early.
const takeUnit = `INSERT INTO request_limits AS l (address, sends, look_ups)
	SELECT ?0, n.now + ?1, CASE WHEN ?3 > 0 THEN n.now + ?3 ELSE 0 END FROM (SELECT ?5 AS now) AS n
	WHERE NOT EXISTS (SELECT 1 FROM request_pauses AS p WHERE p.scope IN (?4) AND (p.until > n.now OR p.tripped <> 0 AND ?6))
	ON CONFLICT (address) DO UPDATE SET
		sends = CASE WHEN l.sends > excluded.sends - ?1 THEN l.sends + ?1 ELSE excluded.sends END,
		look_ups = CASE WHEN ?3 > 0 THEN excluded.look_ups ELSE l.look_ups END
	WHERE l.sends - ?2 <= excluded.sends - ?1 AND (?3 = 0 OR l.look_ups <= excluded.sends - ?1)
	RETURNING sends`

// TakeUnit implements storage.LimitStore.
func (s *Store) TakeUnit(ctx context.Context, take storage.UnitTake) (*storage.UnitAnswer, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if take.Every > 0 {
		if taken, err := s.takeUnit(ctx, take, true); err != nil {
			return nil, s.fail("take unit", err)
		} else if taken {
			return &storage.UnitAnswer{}, nil
		}
	}
	answer, trip, err := s.whyNoUnit(ctx, take)
	if err != nil || answer.Wait > 0 || trip == "" {
		return answer, s.fail("take unit", err)
	}
	if take.Every > 0 {
		if taken, err := s.takeUnit(ctx, take, false); err != nil || !taken {
			return &storage.UnitAnswer{Wait: soon}, s.fail("take unit", err)
		}
	}
	first, err := s.probe(ctx, trip)
	if err != nil {
		return nil, s.fail("take unit", err)
	}
	if !first {
		return &storage.UnitAnswer{Wait: soon, Paused: true}, nil
	}
	return &storage.UnitAnswer{Probe: true}, nil
}

// soon is the wait of whoever was just too late.
const soon = 50 * time.Millisecond

func (s *Store) takeUnit(ctx context.Context, take storage.UnitTake, heedTrips bool) (bool, error) {
	var sends int64
	scopes := cleanTexts(take.Scopes)
	err := s.write.NewRaw(takeUnit, clean(take.Address), take.Every.Microseconds(), take.SavedUp.Microseconds(), take.LookUps.Microseconds(),
		bun.List(scopes), bun.Safe(s.dialect.Clock), heedTrips).Scan(ctx, &sends)
	if isNoRows(err) {
		return false, nil
	}
	return err == nil, err
}

// whyNoUnit says what a unit waits for. Where it is nothing but a trip whose pause is over, it names that.
func (s *Store) whyNoUnit(ctx context.Context, take storage.UnitTake) (answer *storage.UnitAnswer, trip string, err error) {
	var pauses []pauseRow
	if err := s.write.NewRaw("SELECT scope, tripped, until - ? AS left FROM request_pauses WHERE scope IN (?)",
		bun.Safe(s.dialect.Clock), bun.List(cleanTexts(take.Scopes))).Scan(ctx, &pauses); err != nil && !isNoRows(err) {
		return nil, "", err
	}
	answer = &storage.UnitAnswer{}
	for _, p := range pauses {
		if p.Left > 0 {
			answer.Wait, answer.Paused = max(answer.Wait, microseconds(p.Left)), true
		} else if p.Tripped != 0 {
			trip = p.Scope
		}
	}
	if answer.Paused || take.Every == 0 {
		return answer, trip, nil
	}
	var next struct{ Sends, LookUps int64 }
	err = s.write.NewRaw("SELECT sends - ?0 AS sends, look_ups - ?0 AS look_ups FROM request_limits WHERE address = ?1",
		bun.Safe(s.dialect.Clock), clean(take.Address)).Scan(ctx, &next)
	if err != nil && !isNoRows(err) {
		return nil, "", err
	}
	answer.Wait = microseconds(next.Sends) - take.SavedUp
	if take.LookUps > 0 {
		answer.Wait = max(answer.Wait, microseconds(next.LookUps))
	}
	if answer.Wait = max(answer.Wait, 0); answer.Wait == 0 && trip == "" {
		answer.Wait = soon // there is one by now
	}
	return answer, trip, nil
}

// probe begins the pause of a trip anew, and reports whether nobody else did.
func (s *Store) probe(ctx context.Context, scope string) (bool, error) {
	result, err := s.write.NewRaw("UPDATE request_pauses SET until = ?0 + length WHERE scope = ?1 AND tripped <> 0 AND until <= ?0",
		bun.Safe(s.dialect.Clock), scope).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// pausesKept is how long a pause stays that is over.
const pausesKept = time.Minute

// PutPause implements storage.LimitStore.
func (s *Store) PutPause(ctx context.Context, scope string, length time.Duration, tripped bool) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	now := bun.Safe(s.dialect.Clock)
	_, put := s.write.NewRaw(`INSERT INTO request_pauses AS p (scope, until, length, tripped) VALUES (?0, ?1 + ?2, ?2, ?3)
		ON CONFLICT (scope) DO UPDATE SET
			until = CASE WHEN excluded.until > p.until THEN excluded.until ELSE p.until END,
			length = CASE WHEN p.tripped > excluded.tripped THEN p.length ELSE excluded.length END,
			tripped = CASE WHEN p.tripped > excluded.tripped THEN p.tripped ELSE excluded.tripped END`,
		clean(scope), now, length.Microseconds(), flag(tripped)).Exec(ctx)
	_, trim := s.write.NewRaw("DELETE FROM request_pauses WHERE tripped = 0 AND until < ? - ?", now, pausesKept.Microseconds()).Exec(ctx)
	return s.fail("put pause", errors.Join(put, trim))
}

// ClearPause implements storage.LimitStore.
func (s *Store) ClearPause(ctx context.Context, scope string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewDelete().Model((*pauseRow)(nil)).Where("scope = ?", clean(scope)).Exec(ctx)
	return s.fail("clear pause", err)
}

// ListPauses implements storage.LimitStore.
func (s *Store) ListPauses(ctx context.Context) ([]storage.PauseLeft, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []pauseRow
	if err := s.read.NewRaw("SELECT scope, length, tripped, until - ?0 AS left FROM request_pauses WHERE tripped <> 0 OR until > ?0 ORDER BY scope",
		bun.Safe(s.dialect.Clock)).Scan(ctx, &rows); err != nil && !isNoRows(err) {
		return nil, s.fail("list pauses", err)
	}
	out := make([]storage.PauseLeft, len(rows))
	for i, r := range rows {
		out[i] = storage.PauseLeft{Scope: r.Scope, Left: microseconds(r.Left), Length: microseconds(r.Length), Tripped: r.Tripped != 0}
	}
	return out, nil
}

// ReturnUnits implements storage.TryStore.
func (s *Store) ReturnUnits(ctx context.Context, address string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewRaw("DELETE FROM request_limits WHERE address = ?", clean(address)).Exec(ctx)
	return s.fail("return units", err)
}

// TrimUnits implements storage.TryStore. A row whose times have passed says what no row says.
func (s *Store) TrimUnits(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewRaw("DELETE FROM request_limits WHERE sends <= ?0 AND look_ups <= ?0", bun.Safe(s.dialect.Clock)).Exec(ctx)
	return s.fail("trim units", err)
}

func microseconds(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func cleanTexts(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = clean(t)
	}
	return out
}
