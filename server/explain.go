package server

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Explainer tells what happened in a store, as the services do. It serves stores that have no services, such as a simulation's.
type Explainer struct{ server *Server }

// NewExplainer makes an explainer of what a runner did in a store.
func NewExplainer(store storage.Store, r *runner.Runner) *Explainer {
	return &Explainer{&Server{deps: Deps{Store: store, Runner: r}}}
}

// Message says why a message was answered as it was, or was not.
func (e *Explainer) Message(ctx context.Context, message string) (*flowdeskv1.Derivation, error) {
	return e.server.why(ctx, message)
}

// Instance says what an instance did.
func (e *Explainer) Instance(ctx context.Context, instance string) (*flowdeskv1.Derivation, error) {
	return e.server.derive(ctx, instance, nil)
}

// Run is what an instance did: its steps, and its variables with their last values.
func (e *Explainer) Run(ctx context.Context, instance string) (*flowdeskv1.SimulatedRun, error) {
	h, err := e.server.history(ctx, instance)
	if err != nil {
		return nil, err
	}
	run := &flowdeskv1.SimulatedRun{Instance: h.instance, Path: h.steps}
	for _, turn := range h.turns {
		for _, trace := range turn.GetTraces() {
			if trace.GetInstance() == instance {
				run.Variables = lastValues(run.GetVariables(), trace.GetVariables())
			}
		}
	}
	return run, nil
}

func lastValues(known, written []*flowdeskv1.VariableValue) []*flowdeskv1.VariableValue {
next:
	for _, v := range written {
		for i, k := range known {
			if k.GetName() == v.GetName() {
				known[i] = v
				continue next
			}
		}
		known = append(known, v)
	}
	return known
}

// Steps are the steps of one trace of a turn as they are shown to people.
func Steps(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace, nodes []*flowdeskv1.Node, catalog *engine.Catalog) []*flowdeskv1.TraceStep {
	h := &history{}
	h.add(turn, trace, nodesByID(&flowdeskv1.FlowDefinition{Nodes: nodes}), catalog)
	return h.steps
}

// why explains what became of a message.
func (s *Server) why(ctx context.Context, message string) (*flowdeskv1.Derivation, error) {
	m, err := s.message(ctx, message)
	if err != nil {
		return nil, err
	}
	switch {
	case m.GetFlowInstance() != "":
		return s.derive(ctx, m.GetFlowInstance(), proto.CloneOf(m))
	case m.GetCommand() != "":
		return s.deriveByHand(ctx, m)
	default:
		return &flowdeskv1.Derivation{
			Subject: m.GetName(), Message: m, Outcome: flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_UNMATCHED,
			Summary: &flowdeskv1.Text{Zh: "没有流程处理这条消息", En: "no flow took this message"},
		}, nil
	}
}

// Refuse is an error that says in which state something had to be.
func Refuse(reason flowdeskv1.ErrorReason, message string) error {
	return failedPrecondition(reason, message)
}

// RefuseMore is an error that says that there is too much of something.
func RefuseMore(message string) error {
	return withReason(codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_RATE_LIMITED, message)
}

// RefuseField is an error about one field of the request.
func RefuseField(field, description string) error { return invalidField(field, description) }

// RefuseUnoffered is an error about what this configuration does not offer.
func RefuseUnoffered(message string) error {
	return withReason(codes.Unimplemented, flowdeskv1.ErrorReason_ERROR_REASON_NOT_OFFERED, message)
}

// RefuseEtag is an error about something that is not as the caller read it.
func RefuseEtag() error { return etagMismatch() }
