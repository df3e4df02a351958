package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
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
	if len(l.buckets) > mostBuckets {
		clear(l.buckets)
	}
	return l.bucket("here "+user+" "+address, triesHere, againHere).AllowN(now, 1) &&
		l.bucket("user "+user, triesOfUser, againOfUser).AllowN(now, 1) &&
		l.bucket("place "+address, triesOfPlace, againOfPlace).AllowN(now, 1)
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
	delete(l.buckets, "here "+user+" "+address)
}
