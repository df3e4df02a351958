package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// listToken is where a watch goes on after a list; it must be taken before the list is read. Only the first page has one.
func (s *Server) listToken(pageToken string) string {
	if pageToken != "" {
		return ""
	}
	return s.token(s.feed.now())
}

func (s *Server) token(p place) string { return p.token(time.Now()) }

// reports is what a watch sends.
type reports struct {
	// of names what a turn changed.
	of func(*flowdeskv1.Turn) []string
	// send reports one of them with the token after it.
	send func(id, token string) error
	// beat sends a heartbeat.
	beat func(token string) error
}

// watching is one watch under way.
type watching struct {
	*Server
	reports
	at place // everything up to here was reported
}

// watch reports changes until the client leaves or the server stops. A client that resumes, here or at another replica, misses nothing; it may
// hear of the same thing again.
func (s *Server) watch(ctx context.Context, token string, r reports) error {
	s.feed.watched.Add(1)
	defer s.feed.watched.Add(-1)
	w := &watching{Server: s, reports: r}
	if err := w.resume(ctx, token); err != nil {
		return err
	}
	if err := w.beat(w.token(w.at)); err != nil {
		return err
	}
	silence := time.NewTicker(heartbeatEvery)
	defer silence.Stop()
	number, err := w.catchUp(ctx)
	if err != nil {
		return err
	}
	for {
		entries, more, kept := s.feed.after(number)
		if !kept { // it was slow: what has left memory is read from the log
			if err := s.feed.check(ctx, w.at); err != nil {
				return withReason(codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_WATCH_LAGGED, "changes were missed; list again, and watch from the list's token")
			}
			if number, err = w.catchUp(ctx); err != nil {
				return err
			}
			continue
		}
		for _, e := range entries {
			if err := w.report(ctx, e); err != nil {
				return err
			}
			number++
		}
		if len(entries) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.deps.Stopping:
			return withReason(codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, "the server is shutting down")
		case <-silence.C:
			if err := w.beat(w.token(w.at)); err != nil {
				return err
			}
		case <-more:
		}
	}
}

// resume finds the place of a token; without one it is now.
func (w *watching) resume(ctx context.Context, token string) error {
	if token == "" {
		if err := w.feed.look(ctx); err != nil { // while nobody watched, others were not followed
			return err
		}
		w.at = w.feed.now()
		return nil
	}
	at, err := placeOf(token, time.Now())
	if err != nil {
		return err
	}
	w.at = at
	return w.feed.check(ctx, at)
}

// catchUp reports what lies between the watch's place and what is in memory, and says where it goes on there. Each writer's log is in order; so is
// each session as long as one writer has it, and what is reported is read anew.
func (w *watching) catchUp(ctx context.Context) (number int64, err error) {
	number, upTo, err := w.feed.join(w.at)
	if err != nil {
		return 0, err
	}
	for _, writer := range slices.Sorted(maps.Keys(upTo)) {
		err := w.feed.eachEntry(ctx, writer, w.at[writer], upTo[writer], func(e *feedEntry) error { return w.report(ctx, e) })
		if err != nil {
			return 0, err
		}
		w.at[writer] = max(w.at[writer], upTo[writer])
	}
	return number, nil
}

// report sends what the turns of an entry changed. The token stands behind the entry only with its last report.
func (w *watching) report(ctx context.Context, e *feedEntry) error {
	if e.number <= w.at[e.writer] {
		return nil // reported already
	}
	turns, err := e.read(ctx, w.feed.store)
	if err != nil {
		return err
	}
	var ids []string
	for _, turn := range turns {
		ids = append(ids, w.of(turn)...)
	}
	for i, id := range ids {
		if i == len(ids)-1 {
			w.at[e.writer] = e.number
		}
		if err := w.send(id, w.token(w.at)); err != nil {
			return err
		}
	}
	w.at[e.writer] = e.number
	return nil
}
