// Package redislimits lets replicas that share a limit wait without asking the database: Redis holds, for all of them, when the next unit of an
// address will be there. Whether a unit is granted the database alone says, so that no state of Redis, lost or forged, lets more requests out
// than the limit; and whoever was told to wait asks the database all the same before long, so that none keeps them in.
//
// It may import engine/runner/outbox and internal/redislink.
package redislimits

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	"github.com/flowdesk/flowdesk/internal/redislink"
)

// Times of asking Redis.
const (
	answerWithin = 50 * time.Millisecond // more is no help
	restAfter    = time.Second           // after no answer Redis is left alone
	patience     = 6                     // units' times that Redis may keep a replica from asking the database
)

//go:embed units.lua
var source string

// Limits implements outbox.Limits over limits that decide.
type Limits struct {
	outbox.Limits // of the database

	link   *redislink.Link
	script *rueidis.Lua
	base   string
	rests  atomic.Int64 // until when Redis is left alone, in nanoseconds since 1970

	mu    sync.Mutex
	asked map[string]time.Time // by address: when the database was last asked

	spared, put atomic.Int64
}

// New makes limits.
func New(link *redislink.Link, decide outbox.Limits) *Limits {
	return &Limits{
		Limits: decide, link: link, script: rueidis.NewLuaScript(source), base: "flowdesk:" + strconv.Itoa(link.Database()) + ":units:",
		asked: make(map[string]time.Time),
	}
}

// Stats are how often Redis spared the database a question, and how often the database was asked.
func (l *Limits) Stats() (spared, asked int64) { return l.spared.Load(), l.put.Load() }

// Take implements outbox.Limits.
func (l *Limits) Take(ctx context.Context, ask outbox.Ask) (outbox.Grant, error) {
	if ask.PerMinute <= 0 {
		return l.Limits.Take(ctx, ask)
	}
	every, burst := outbox.Spacing(ask.PerMinute)
	u := units{every: every, savedUp: time.Duration(burst-1) * every}
	longest := every
	if ask.LookUp {
		u.between = outbox.LookUpSpacing(ask.PerMinute)
		longest = u.between
	}
	patient := l.patient(ask, longest)
	if patient {
		if wait := min(l.ask(ctx, ask.Address, "take", u, 0), longest); wait > 0 {
			l.spared.Add(1)
			return outbox.Grant{Wait: wait}, nil
		}
	}
	l.put.Add(1)
	grant, err := l.Limits.Take(ctx, ask)
	l.note(ask)
	switch {
	case err != nil || grant.Paused:
	case grant.Wait > 0:
		l.ask(ctx, ask.Address, "wait", u, grant.Wait)
	case !patient: // otherwise it is taken there already
		l.ask(ctx, ask.Address, "took", u, 0)
	}
	return grant, err
}

// patient reports whether the database was asked a short while ago, so that Redis may be believed for a moment.
func (l *Limits) patient(ask outbox.Ask, longest time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.asked[name(ask)]) < patience*longest
}

func (l *Limits) note(ask outbox.Ask) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[name(ask)] = time.Now()
}

// name tells the two kinds of units of an address apart.
func name(ask outbox.Ask) string {
	if ask.LookUp {
		return "look-ups " + ask.Address
	}
	return ask.Address
}

// units are how the units of an address come; between is of look-ups, and 0 for a send.
type units struct{ every, savedUp, between time.Duration }

// ask runs the script. Without an answer, soon, nobody waits.
func (l *Limits) ask(ctx context.Context, address, what string, u units, wait time.Duration) time.Duration {
	client := l.link.Client()
	if client == nil || time.Now().UnixNano() < l.rests.Load() {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sum := sha256.Sum256([]byte(address))
	key := l.base + hex.EncodeToString(sum[:16])
	micros, err := l.script.Exec(ctx, client, []string{key + ":sends", key + ":lookups"}, []string{
		what, number(u.every), number(u.savedUp), number(u.between), number(wait),
	}).AsInt64()
	if err != nil {
		l.rests.Store(time.Now().Add(restAfter).UnixNano())
		return 0
	}
	return time.Duration(max(0, min(micros, time.Hour.Microseconds()))) * time.Microsecond
}

func number(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }
