package runner

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// recoverPage is how much is read at once when earlier work is taken up.
const recoverPage = 1000

// recover takes up what an earlier process left: events of the inbox in their order, then calls. A repeatable call is made again; of an
// effectful one it cannot be known whether it was made, and its answer says so.
func (r *Runner) recover(ctx context.Context) error {
	if err := r.recoverInbox(ctx); err != nil {
		return err
	}
	return r.recoverCalls(ctx, func(string) bool { return true })
}

// takeUpCalls takes up the calls of partitions that are ours from now on, until it has or they are not ours any more.
func (r *Runner) takeUpCalls(gained partitionSet) {
	for {
		err := r.recoverCalls(r.ctx, func(session string) bool { return gained.has(session) && r.owns(session) })
		if err == nil || r.ctx.Err() != nil {
			return
		}
		r.log.Error("take up calls", "error", err)
		r.pause(restFor)
	}
}

func (r *Runner) recoverCalls(ctx context.Context, ours func(session string) bool) error {
	for after := ""; ; {
		calls, err := r.store.PendingCalls(ctx, after, recoverPage)
		if err != nil {
			return err
		}
		for _, call := range calls {
			after = call.GetId()
			if !ours(call.GetSession()) || r.calls.here(call.GetId()) {
				continue
			}
			if call.GetEffectful() {
				r.calls.answer(call, &flowdeskv1.CallAnswer{
					Call: call.GetId(), Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN, Reason: "the process ended while it was under way",
				})
				continue
			}
			r.calls.add(call)
		}
		if len(calls) < recoverPage {
			return nil
		}
	}
}

// recoverInbox takes up the inbox: as many events as memory may hold, and the rest later. None has its turn before all were read, because what
// turns put into the inbox goes on its way from memory.
func (r *Runner) recoverInbox(ctx context.Context) error {
	var left []*flowdeskv1.Event
	for after := int64(0); ; {
		events, err := r.store.PendingEvents(ctx, after, recoverPage)
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Sequence
			if !r.backlog.follows(e.Event, len(left) >= r.options.QueueLimit) {
				left = append(left, e.Event)
			}
		}
		if len(events) < recoverPage {
			break
		}
	}
	for _, event := range left {
		r.carry(event, true, nil)
	}
	return nil
}
