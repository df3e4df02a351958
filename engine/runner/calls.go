package runner

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
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
	running map[string]runningCall
}

// runningCall is a call in memory.
type runningCall struct {
	session string
	cancel  context.CancelFunc // nil while it waits for a worker
}

func newCalls(r *Runner) *calls {
	return &calls{
		runner: r, first: make(chan *flowdeskv1.Call, maxCalls), other: make(chan *flowdeskv1.Call, maxCalls),
		running: make(map[string]runningCall),
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
	c.running[call.GetId()] = runningCall{session: call.GetSession()}
	c.mu.Unlock()
	lane := c.other
	if call.GetPriority() == flowdeskv1.Priority_PRIORITY_HIGH {
		lane = c.first
	}
	select {
	case lane <- call:
	default:
		c.done(call.GetId())
		c.runner.log.Error("too many calls; it is taken up at the next start", "call", call.GetId(), "trace", call.GetTrace())
	}
}

// drop gives up a call whose answer nobody awaits any more. One that waits for a worker is not made at all.
func (c *calls) drop(s *flowdeskv1.SettleCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call, here := c.running[s.GetCall()]
	switch {
	case !here || !s.GetDropped():
	case call.cancel == nil:
		delete(c.running, s.GetCall())
	default:
		call.cancel()
	}
}

// forget leaves the calls of partitions that wait for a worker to whoever has the partitions. The answer of one under way goes there.
func (c *calls) forget(lost partitionSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, call := range c.running {
		if call.cancel == nil && lost.has(call.session) {
			delete(c.running, id)
		}
	}
}

// here reports whether a call is in memory.
func (c *calls) here(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, here := c.running[id]
	return here
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
	_, wanted := c.running[call.GetId()]
	if wanted {
		c.running[call.GetId()] = runningCall{call.GetSession(), cancel}
	}
	c.mu.Unlock()
	if !wanted {
		return
	}
	begun := c.runner.now()
	_ = failpoint.Hit("runner.call.before")
	answer := c.ask(ctx, call)
	_ = failpoint.Hit("runner.call.after")
	if c.runner.ctx.Err() != nil {
		return // the process ends; the call stands in the store for the next one
	}
	answer.Call, answer.Latency = call.GetId(), durationpb.New(max(0, c.runner.now().Sub(begun)))
	c.answer(call, answer)
}

// ask has a call carried out. One performer's trouble is no other's: a panic is the answer of this call.
func (c *calls) ask(ctx context.Context, call *flowdeskv1.Call) (answer *flowdeskv1.CallAnswer) {
	if c.runner.options.Performer == nil {
		return &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "nothing carries out calls"}
	}
	defer func() {
		if p := recover(); p != nil {
			c.runner.log.Error("call panicked", "call", call.GetId(), "trace", call.GetTrace(), "panic", p, "stack", string(debug.Stack()))
			answer = &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "the connector failed"}
			if call.GetEffectful() { // nobody knows how far it came
				answer.Outcome = flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN
			}
		}
	}()
	return c.runner.options.Performer.Perform(ctx, call)
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
	whole, backoff := once, call.GetRetry().GetBackoff().AsDuration()
	for range call.GetRetry().GetMaxRetries() {
		whole += once + backoff
		if backoff *= 2; whole >= longestCall {
			return longestCall
		}
	}
	return whole
}

// answer brings an answer back, again and again until it is stored: a call that was made must not be forgotten, nor made again.
func (c *calls) answer(call *flowdeskv1.Call, answer *flowdeskv1.CallAnswer) {
	c.runner.carry(&flowdeskv1.Event{
		Id: c.runner.ids.next(c.runner.now()), Session: call.GetSession(), ReceivedAt: engine.Timestamp(c.runner.now()),
		Source: "call", Trace: call.GetTrace(), Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: answer},
	}, false, func() { c.done(call.GetId()) })
}
