package server

import (
	"context"
	"encoding/hex"
	"hash/fnv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// rowsEvery is how often a watch of things that no turn changes looks for what became different. The database and the environment are the
// truth for every replica, so that it does not matter which of them a change was made at.
const rowsEvery = time.Second

// rows are things that no turn changes, such as groups and robots, as they are now: each by its id, with what tells that it changed.
type rows[T proto.Message] struct {
	order []string
	by    map[string]T
	marks map[string]uint64
	token string
}

// rowsOf marks things. What is about to be shown decides that a thing changed; what stable gives, of which a token is made, may be less:
// figures that move all the time would make every token stale at once.
func rowsOf[T proto.Message](things []T, id func(T) string, shown, stable func(T) proto.Message) *rows[T] {
	r := &rows[T]{by: make(map[string]T, len(things)), marks: make(map[string]uint64, len(things))}
	all := fnv.New128a()
	for _, thing := range things {
		key := id(thing)
		r.order, r.by[key] = append(r.order, key), thing
		r.marks[key] = markOf(shown(thing))
		_, _ = all.Write([]byte(key))
		_, _ = all.Write(marked(stable(thing)))
	}
	r.token = hex.EncodeToString(all.Sum(nil))
	return r
}

func marked(m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return []byte(err.Error()) // equal things fail equally
	}
	return data
}

func markOf(m proto.Message) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(marked(m))
	return h.Sum64()
}

// rowReports is what a watch of rows sends.
type rowReports[T proto.Message] struct {
	// look gives the rows as they are; the same pointer says that nothing changed.
	look func(ctx context.Context) (*rows[T], error)
	// send reports one of them.
	send func(row T, token string) error
	// gone reports that one is no longer there.
	gone func(id, token string) error
	// beat sends a heartbeat.
	beat func(token string) error
	// whole sends all rows at first, because their figures may have moved since the list.
	whole bool
}

// watchRows reports changes of rows until the client leaves or the server stops.
func watchRows[T proto.Message](ctx context.Context, s *Server, token string, r rowReports[T]) error {
	known, err := r.look(ctx)
	if err != nil {
		return err
	}
	if token != "" && token != known.token {
		return withReason(codes.OutOfRange, flowdeskv1.ErrorReason_ERROR_REASON_RESUME_TOKEN_EXPIRED,
			"something changed after the resume token; list again, and watch from the list's token")
	}
	if err := r.beat(known.token); err != nil {
		return err
	}
	if r.whole {
		if err := r.changes(&rows[T]{}, known); err != nil {
			return err
		}
	}
	ticks, silent := time.NewTicker(rowsEvery), time.Duration(0)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.deps.Stopping:
			return withReason(codes.Unavailable, flowdeskv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, "the server is shutting down")
		case <-ticks.C:
		}
		now, err := r.look(ctx)
		if err != nil {
			return err
		}
		if silent += rowsEvery; silent >= heartbeatEvery {
			silent = 0
			if err := r.beat(now.token); err != nil {
				return err
			}
		}
		if now == known {
			continue
		}
		if err := r.changes(known, now); err != nil {
			return err
		}
		known = now
	}
}

// changes reports what is different, in the order of the rows.
func (r rowReports[T]) changes(before, now *rows[T]) error {
	for _, id := range now.order {
		if mark, seen := before.marks[id]; seen && mark == now.marks[id] {
			continue
		}
		if err := r.send(now.by[id], now.token); err != nil {
			return err
		}
	}
	for _, id := range before.order {
		if _, there := now.by[id]; there {
			continue
		}
		if err := r.gone(id, now.token); err != nil {
			return err
		}
	}
	return nil
}
