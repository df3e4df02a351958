package runner

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// SubmitOnce is Submit for the event of an API call with a request id: that the event had its turn is stored with the turn, under the method
// and the request id, and SubmittedTurn finds it there. When an event of the same request had its turn before, here or elsewhere, this one has
// none, and that turn is the answer.
func (r *Runner) SubmitOnce(ctx context.Context, event *flowdeskv1.Event, method, request string) (*flowdeskv1.Turn, error) {
	return r.submit(ctx, &job{event: event, request: &storage.RequestMark{Method: method, ID: request}})
}

// SubmittedTurn is the turn of an event that SubmitOnce took earlier, in this process or one before. Without one the error wraps
// storage.ErrNotFound.
func (r *Runner) SubmittedTurn(ctx context.Context, method, request string) (*flowdeskv1.Turn, error) {
	mark, err := r.store.GetRequest(ctx, method, request)
	if err != nil {
		return nil, err
	}
	text, session, _ := strings.Cut(string(mark), " ")
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("turn of request %s: %w", request, err)
	}
	data, err := r.store.GetTurn(ctx, session, version)
	if err != nil {
		return nil, fmt.Errorf("turn of request %s: %w", request, err)
	}
	turn := &flowdeskv1.Turn{}
	if err := proto.Unmarshal(data, turn); err != nil {
		return nil, fmt.Errorf("turn of request %s: %w", request, err)
	}
	return turn, nil
}

// repeated answers for an event whose request had its turn before: with that turn. The event is not needed any more, and the store has dropped it.
func (c *committer) repeated(f *flight) {
	r, j := c.runner, f.job
	c.unclaim(f)
	c.keepNoMore(j)
	r.spawn(func() {
		turn, err := r.SubmittedTurn(r.ctx, j.request.Method, j.request.ID)
		if err != nil {
			err = fmt.Errorf("event %s repeats request %s, whose turn is not to be read: %w", j.event.GetId(), j.request.ID, err)
		}
		r.finish(j, outcome{turn: turn, err: err})
	})
	c.land(f, nil, true)
}

// mark names the turn in the answer that is stored with it.
func mark(request *storage.RequestMark, session string, version int64) *storage.RequestMark {
	if request == nil {
		return nil
	}
	return &storage.RequestMark{Method: request.Method, ID: request.ID, Answer: []byte(strconv.FormatInt(version, 10) + " " + session)}
}
