package runner

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Workers of each lane: a slow model holds up at most its lane.
const (
	firstLaneWorkers = 4 // operators' matters and complaints
	otherLaneWorkers = 12
	maxCalls         = 10_000 // in memory
	longestCall      = 2 * time.Minute
)

// calls carries out outside calls and brings their answers back as events.
type calls struct {
	runner *Runner
	first  chan *flowdeskv1.Call
	other  chan *flowdeskv1.Call

	mu      sync.Mutex
	running map[string]context.CancelFunc // nil while it waits for a worker
}

func newCalls(r *Runner) *calls {
	return &calls{
		runner: r, first: make(chan *flowdeskv1.Call, maxCalls), other: make(chan *flowdeskv1.Call, maxCalls),
		running: make(map[string]context.CancelFunc),
	}
}

func (c *calls) start() {
	for range firstLaneWorkers {
		c.runner.work.Go(func() { c.work(c.first) })
	}
	for range otherLaneWorkers {
		c.runner.work.Go(func() { c.work(c.other) })
	}
}

func (c *calls) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.running) == 0
}

// add takes a call that was committed. Beyond maxCalls it stays in the store until the next start.
func (c *calls) add(call *flowdeskv1.Call) {
	c.mu.Lock()
	c.running[call.GetId()] = nil
	c.mu.Unlock()
	lane := c.other
	if call.GetPriority() == flowdeskv1.Priority_PRIORITY_HIGH {
		lane = c.first
	}
	select {
	case lane <- call:
	default:
		c.done(call.GetId())
		c.runner.log.Error("too many calls; it is taken up at the next start", "call", call.GetId())
	}
}

// drop gives up a call whose answer nobody awaits any more.
func (c *calls) drop(s *flowdeskv1.SettleCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.running[s.GetCall()]; cancel != nil && s.GetDropped() {
		cancel()
	}
}

func (c *calls) done(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, id)
}

func (c *calls) work(lane chan *flowdeskv1.Call) {
	for {
		select {
		case <-c.runner.ctx.Done():
			return
		case call := <-lane:
			c.perform(call)
		}
	}
}

func (c *calls) perform(call *flowdeskv1.Call) {
	ctx, cancel := context.WithTimeout(c.runner.ctx, allowance(call))
	defer cancel()
	c.mu.Lock()
	c.running[call.GetId()] = cancel
	c.mu.Unlock()
	defer c.done(call.GetId())
	begun := c.runner.now()
	answer := &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "nothing carries out calls"}
	if c.runner.options.Performer != nil {
		answer = c.runner.options.Performer.Perform(ctx, call)
	}
	if c.runner.ctx.Err() != nil {
		return // the process ends; the call stands in the store for the next one
	}
	answer.Call, answer.Latency = call.GetId(), durationpb.New(c.runner.now().Sub(begun))
	c.answer(call, answer)
}

// allowance is the time for a call with all its tries. Only calls that change nothing are tried again.
func allowance(call *flowdeskv1.Call) time.Duration {
	once := call.GetTimeout().AsDuration()
	if once <= 0 || once > longestCall {
		return longestCall
	}
	if call.GetEffectful() {
		return once
	}
	whole := once
	for n := range call.GetRetry().GetMaxRetries() {
		whole += once + call.GetRetry().GetBackoff().AsDuration()<<n
	}
	return min(whole, longestCall)
}

// answer brings an answer back. It waits for its turn, so that a call is never both answered and forgotten.
func (c *calls) answer(call *flowdeskv1.Call, answer *flowdeskv1.CallAnswer) {
	event := &flowdeskv1.Event{
		Id: c.runner.ids.next(c.runner.now()), Session: call.GetSession(), ReceivedAt: engine.Timestamp(c.runner.now()),
		Source: "call", Trace: call.GetTrace(), Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: answer},
	}
	if _, err := c.runner.Submit(c.runner.ctx, event); err != nil && c.runner.ctx.Err() == nil {
		c.runner.log.Error("answer of a call", "call", call.GetId(), "session", call.GetSession(), "trace", call.GetTrace(), "error", err)
	}
}
