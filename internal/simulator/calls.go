package simulator

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// keptCalls bounds the calls that are shown.
const keptCalls = 200

// outside takes the place of models, hosts and notification channels: it answers with what was given for a node. A call without an answer
// fails, as if the outside were away; a notice arrives.
type outside struct {
	now func() time.Time

	mu      sync.Mutex
	answers map[string]*flowdeskv1.CallAnswer // by node
	calls   []*flowdeskv1.SimulatedCall
	models  int
}

func newOutside(now func() time.Time) *outside {
	return &outside{now: now, answers: make(map[string]*flowdeskv1.CallAnswer)}
}

// give says what a node's calls are answered from now on.
func (o *outside) give(a *flowdeskv1.TestAnswer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answers[a.GetNode()] = proto.CloneOf(a.GetAnswer())
}

// Perform implements runner.Performer.
func (o *outside) Perform(_ context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer {
	o.mu.Lock()
	defer o.mu.Unlock()
	given := o.answers[call.GetNode()]
	answer := proto.CloneOf(given)
	switch {
	case given != nil:
	case call.GetKind() == flowdeskv1.CallKind_CALL_KIND_NOTICE:
		answer = &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK}
	default:
		answer = &flowdeskv1.CallAnswer{
			Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: "the simulation has no answer for node " + call.GetNode(),
		}
	}
	if answer.GetOutcome() == flowdeskv1.CallOutcome_CALL_OUTCOME_UNSPECIFIED {
		answer.Outcome = flowdeskv1.CallOutcome_CALL_OUTCOME_OK
	}
	if call.GetKind() == flowdeskv1.CallKind_CALL_KIND_MODEL {
		o.models++
	}
	o.calls = append(o.calls, &flowdeskv1.SimulatedCall{Call: call, Answer: proto.CloneOf(answer), Given: given != nil, Time: engine.Timestamp(o.now())})
	if len(o.calls) > keptCalls {
		o.calls = slices.Clone(o.calls[len(o.calls)-keptCalls:])
	}
	return answer
}

// made are the calls so far, and how many went to models.
func (o *outside) made() ([]*flowdeskv1.SimulatedCall, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls), o.models
}
