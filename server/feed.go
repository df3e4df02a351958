package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Limits of the feed.
const (
	keptTurns    = 256     // turns that a watch can be behind, about 7 KB of memory each: some seconds of a busy desk
	keptVersions = 100_000 // sessions whose last turn is remembered, to see gaps
)

// feed numbers the turns that were committed while this process runs, so that a watch can go on where it left off. When turns were missed
// it begins a new era: tokens of earlier ones have expired, and clients list again.
type feed struct {
	mu       sync.Mutex
	era      string
	first    uint64 // number of turns[0]
	turns    []*flowdeskv1.Turn
	versions map[string]int64
	changed  chan struct{} // closed when something was added
}

func newFeed() *feed {
	return &feed{era: rand.Text(), versions: make(map[string]int64), changed: make(chan struct{})}
}

// follow takes turns until there are no more.
func (f *feed) follow(turns <-chan *flowdeskv1.Turn) {
	for turn := range turns {
		f.add(turn)
	}
}

func (f *feed) add(turn *flowdeskv1.Turn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	session := turn.GetEvent().GetSession()
	if last, seen := f.versions[session]; seen && turn.GetSessionVersion() != last+1 {
		f.era, f.first, f.turns = rand.Text(), f.first+uint64(len(f.turns)), nil
	}
	if len(f.versions) >= keptVersions {
		clear(f.versions)
	}
	f.versions[session] = turn.GetSessionVersion()
	f.turns = append(f.turns, turn)
	if len(f.turns) >= 2*keptTurns { // the older half at once, so that adding stays cheap
		f.first += keptTurns
		f.turns = append([]*flowdeskv1.Turn(nil), f.turns[keptTurns:]...)
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// position is a place in the feed.
type position struct {
	era  string
	next uint64
}

func (p position) token() string { return fmt.Sprintf("%s.%d", p.era, p.next) }

// now is the place after the last turn.
func (f *feed) now() position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return position{f.era, f.first + uint64(len(f.turns))}
}

// resume reads a token; the empty one begins now.
func (f *feed) resume(token string) (position, error) {
	if token == "" {
		return f.now(), nil
	}
	era, number, ok := strings.Cut(token, ".")
	next, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return position{}, withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_RESUME_TOKEN, "the resume token is not one of ours")
	}
	return position{era, next}, nil
}

// after gives the turns from a place on, and what is closed when there are more.
func (f *feed) after(p position) ([]*flowdeskv1.Turn, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.era != f.era || p.next < f.first || p.next > f.first+uint64(len(f.turns)) {
		return nil, nil, withReason(codes.OutOfRange, flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED,
			"changes after the resume token are no longer kept; list again, and watch from the list's token")
	}
	return f.turns[p.next-f.first:], f.changed, nil
}

// listToken is where a watch goes on after a list; it must be taken before the list is read. Only the first page has one.
func (s *Server) listToken(pageToken string) string {
	if pageToken != "" {
		return ""
	}
	return s.feed.now().token()
}

// reports is what a watch sends.
type reports struct {
	// of names what a turn changed.
	of func(*flowdeskv1.Turn) []string
	// send reports one of them with the token after it.
	send func(id, token string) error
	// beat sends a heartbeat.
	beat func(token string) error
}

// watch reports changes until the client leaves or the server stops.
func (s *Server) watch(ctx context.Context, token string, r reports) error {
	at, err := s.feed.resume(token)
	if err != nil {
		return err
	}
	turns, more, err := s.feed.after(at)
	if err != nil {
		return err
	}
	if err := r.beat(at.token()); err != nil {
		return err
	}
	silence := time.NewTicker(heartbeatEvery)
	defer silence.Stop()
	for {
		for _, turn := range turns {
			at.next++
			for _, id := range r.of(turn) {
				if err := r.send(id, at.token()); err != nil {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.deps.Stopping:
			return withReason(codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, "the server is shutting down")
		case <-silence.C:
			if err := r.beat(at.token()); err != nil {
				return err
			}
		case <-more:
		}
		if turns, more, err = s.feed.after(at); err != nil {
			return withReason(codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_WATCH_LAGGED, "changes were missed; list again, and watch from the list's token")
		}
	}
}
