package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/flowdesk/flowdesk/storage"
)

// limiter slows down guessing: by user and address strictly, by user from anywhere and by address for anyone less so. A person who
// remembers the password at last is not kept out by strangers elsewhere, unless they are many.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// Tries at once, and how long until one more.
const (
	triesHere, againHere       = 5, 10 * time.Second
	triesOfUser, againOfUser   = 50, 2 * time.Second
	triesOfPlace, againOfPlace = 30, 2 * time.Second
	mostBuckets                = 50_000
)

func newLimiter() *limiter { return &limiter{buckets: make(map[string]*rate.Limiter)} }

func (l *limiter) allow(now time.Time, user, address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	address = placeOf(address)
	l.sweep(now)
	// A place that has used up its tries leaves nothing behind: it could else fill the memory until what is known of it is swept away.
	place := l.bucket("place "+address, triesOfPlace, againOfPlace)
	return place.TokensAt(now) >= 1 &&
		l.bucket("here "+user+" "+address, triesHere, againHere).AllowN(now, 1) &&
		l.bucket("user "+user, triesOfUser, againOfUser).AllowN(now, 1) &&
		place.AllowN(now, 1)
}

// sweep forgets those that may try as often as anybody, when there are many; all of them only when that is not enough.
func (l *limiter) sweep(now time.Time) {
	if len(l.buckets) <= mostBuckets {
		return
	}
	maps.DeleteFunc(l.buckets, func(_ string, b *rate.Limiter) bool { return b.TokensAt(now) >= float64(b.Burst()) })
	if len(l.buckets) > mostBuckets/2 {
		clear(l.buckets)
	}
}

// placeOf is an address as far as it tells one place from another: whoever has one of IPv6 has 2^64 of them.
func placeOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func (l *limiter) bucket(name string, burst int, every time.Duration) *rate.Limiter {
	b := l.buckets[name]
	if b == nil {
		b = rate.NewLimiter(rate.Every(every), burst)
		l.buckets[name] = b
	}
	return b
}

// succeeded forgets the tries of who knew the password.
func (l *limiter) succeeded(user, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.buckets, "here "+user+" "+placeOf(address))
}

// sharedLimiter counts tries in the store, with the same bounds, so that whoever goes round the replicas gets no more of them. It stands behind a
// limiter of the process, which keeps a flood away from the store.
type sharedLimiter struct {
	store storage.TryStore

	mu      sync.Mutex
	trimmed time.Time
}

// trimEvery is how often places and users are forgotten whose tries are all back.
const trimEvery = time.Minute

// allow takes a try of the place first: one that has used up its tries leaves nothing behind.
func (l *sharedLimiter) allow(ctx context.Context, now time.Time, user, address string) (bool, error) {
	address = placeOf(address)
	for _, b := range []struct {
		name  string
		burst int
		every time.Duration
	}{
		{"place " + address, triesOfPlace, againOfPlace},
		{"here " + user + " " + address, triesHere, againHere},
		{"user " + user, triesOfUser, againOfUser},
	} {
		answer, err := l.store.TakeUnit(ctx, storage.UnitTake{Address: unitsOf(b.name), Every: b.every, SavedUp: time.Duration(b.burst-1) * b.every})
		if err != nil || answer.Wait > 0 {
			return false, err
		}
	}
	return true, l.trim(ctx, now)
}

func (l *sharedLimiter) succeeded(ctx context.Context, user, address string) error {
	return l.store.ReturnUnits(ctx, unitsOf("here "+user+" "+placeOf(address)))
}

func (l *sharedLimiter) trim(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	due := now.Sub(l.trimmed).Abs() >= trimEvery
	if due {
		l.trimmed = now
	}
	l.mu.Unlock()
	if !due {
		return nil
	}
	return l.store.TrimUnits(ctx)
}

// unitsOf is what a bucket is called in the store, where robots' platforms have units too. Whatever somebody gave as user or address, it is
// short there, and tells nobody who tried.
func unitsOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "sign-in:" + hex.EncodeToString(sum[:16])
}
