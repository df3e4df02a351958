package simulator

import (
	"context"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
)

// CreateSimulation implements the service.
func (m *Manager) CreateSimulation(ctx context.Context, r *flowdeskv1.CreateSimulationRequest) (*flowdeskv1.CreateSimulationResponse, error) {
	setup := r.GetSetup()
	var steps []*flowdeskv1.CaseStep
	if r.GetTestCase() != "" {
		c, err := m.testCase(ctx, r.GetTestCase())
		if err != nil {
			return nil, err
		}
		if setup == nil {
			setup = c.GetSetup()
		}
		if !r.GetSetupOnly() {
			steps = c.GetSteps()
		}
	}
	what, diagnostics, fit, err := m.choose(ctx, r.GetChoice())
	if err != nil || !fit {
		return &flowdeskv1.CreateSimulationResponse{Diagnostics: diagnostics}, err
	}
	w, err := m.open(ctx, what, setup)
	if err != nil {
		return nil, err
	}
	for _, step := range steps {
		if err := w.play(ctx, step); err != nil {
			return nil, joinClose(err, w)
		}
	}
	s, err := m.keep(w, r.GetTestCase())
	if err != nil {
		return nil, joinClose(err, w)
	}
	state, _, err := s.state(ctx)
	return &flowdeskv1.CreateSimulationResponse{State: state, Diagnostics: diagnostics}, err
}

// joinClose ends a world that is of no use, and gives the error that made it so.
func joinClose(err error, w *world) error {
	_ = w.close() // the first error tells more
	return err
}

// GetSimulation implements the service.
func (m *Manager) GetSimulation(ctx context.Context, r *flowdeskv1.GetSimulationRequest) (*flowdeskv1.GetSimulationResponse, error) {
	state, err := m.stateOf(ctx, r.GetName())
	return &flowdeskv1.GetSimulationResponse{State: state}, err
}

func (m *Manager) stateOf(ctx context.Context, name string) (*flowdeskv1.SimulationState, error) {
	s, err := m.find(name)
	if err != nil {
		return nil, err
	}
	state, _, err := s.state(ctx)
	return state, err
}

// ListSimulations implements the service.
func (m *Manager) ListSimulations(context.Context, *flowdeskv1.ListSimulationsRequest) (*flowdeskv1.ListSimulationsResponse, error) {
	answer := &flowdeskv1.ListSimulationsResponse{Limit: int32(m.options.Limit)}
	for _, s := range m.all() {
		summary := s.summary()
		summary.Debug.Done, summary.Debug.Session = nil, nil
		answer.Simulations = append(answer.Simulations, summary)
	}
	return answer, nil
}

// DeleteSimulation implements the service.
func (m *Manager) DeleteSimulation(_ context.Context, r *flowdeskv1.DeleteSimulationRequest) (*flowdeskv1.DeleteSimulationResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	m.remove(s)
	return &flowdeskv1.DeleteSimulationResponse{}, nil
}

// ResetSimulation implements the service.
func (m *Manager) ResetSimulation(ctx context.Context, r *flowdeskv1.ResetSimulationRequest) (*flowdeskv1.ResetSimulationResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	old := s.world
	s.mu.Unlock()
	what, setup := old.subject, proto.CloneOf(old.began)
	if old.borrowed {
		setup.Settings = nil // the organisation may have changed them since
	}
	if r.GetSetup() != nil {
		setup = r.GetSetup()
	}
	answer := &flowdeskv1.ResetSimulationResponse{}
	if r.GetChoice() != nil {
		var fit bool
		if what, answer.Diagnostics, fit, err = m.choose(ctx, r.GetChoice()); err != nil || !fit {
			return answer, err
		}
	}
	kept := old.played(int(r.GetKeepSteps()))
	stops, _ := old.debug.state()
	old.debug.end() // a turn that is held is forgotten with the rest
	if err := s.do(ctx, func(ctx context.Context, _ *world) error {
		w, err := m.open(ctx, what, setup)
		if err != nil {
			return err
		}
		for _, step := range kept {
			if err := w.play(ctx, step); err != nil {
				return joinClose(err, w)
			}
		}
		w.debug.set(stops.GetBreakpoints(), stops.GetEveryNode())
		return s.replace(w)
	}); err != nil {
		return nil, err
	}
	answer.State, _, err = s.state(ctx)
	return answer, err
}

// PlaySimulation implements the service.
func (m *Manager) PlaySimulation(ctx context.Context, r *flowdeskv1.PlaySimulationRequest) (*flowdeskv1.PlaySimulationResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	played := make(chan struct{}, len(r.GetSteps()))
	if err := s.do(ctx, func(ctx context.Context, w *world) error {
		for _, step := range r.GetSteps() {
			play := w.play
			if r.GetJoinTime() && w.join(step) {
				play = w.follow
			}
			if err := play(ctx, step); err != nil {
				return err
			}
			played <- struct{}{}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	state, _, err := s.state(ctx)
	return &flowdeskv1.PlaySimulationResponse{State: state, Played: int32(len(played))}, err
}

// DebugSimulation implements the service.
func (m *Manager) DebugSimulation(ctx context.Context, r *flowdeskv1.DebugSimulationRequest) (*flowdeskv1.DebugSimulationResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.world
	s.mu.Unlock()
	for _, node := range r.GetBreakpoints() {
		if !w.has(node) {
			return nil, server.RefuseField("breakpoints", "the flow has no node "+node)
		}
	}
	w.debug.set(r.GetBreakpoints(), r.GetEveryNode())
	s.touch()
	state, _, err := s.state(ctx)
	return &flowdeskv1.DebugSimulationResponse{State: state}, err
}

// StepSimulation implements the service.
func (m *Manager) StepSimulation(ctx context.Context, r *flowdeskv1.StepSimulationRequest) (*flowdeskv1.StepSimulationResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	if r.GetMode() == flowdeskv1.StepMode_STEP_MODE_RUN_TO && r.GetNode() == "" {
		return nil, server.RefuseField("node", "name the node to run to")
	}
	if err := s.step(ctx, r.GetMode(), r.GetNode()); err != nil {
		return nil, err
	}
	state, _, err := s.state(ctx)
	return &flowdeskv1.StepSimulationResponse{State: state}, err
}

// OrderSimulatedCommand implements the service.
func (m *Manager) OrderSimulatedCommand(ctx context.Context, r *flowdeskv1.OrderSimulatedCommandRequest) (*flowdeskv1.OrderSimulatedCommandResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.do(ctx, func(ctx context.Context, w *world) error {
		order := &flowdeskv1.OrderStep{Command: r.GetCommand(), Action: r.GetAction(), Text: r.GetText()}
		c, err := w.store.GetCommand(ctx, r.GetCommand())
		if err != nil {
			return err
		}
		if err := mayOrder(c, order); err != nil {
			return err
		}
		return w.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Order{Order: order}})
	}); err != nil {
		return nil, err
	}
	state, _, err := s.state(ctx)
	return &flowdeskv1.OrderSimulatedCommandResponse{State: state}, err
}

// WhySimulated implements the service.
func (m *Manager) WhySimulated(ctx context.Context, r *flowdeskv1.WhySimulatedRequest) (*flowdeskv1.WhySimulatedResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	s.life.RLock()
	defer s.life.RUnlock()
	s.mu.Lock()
	w := s.world
	s.mu.Unlock()
	var d *flowdeskv1.Derivation
	switch {
	case r.GetLine() != "":
		d, err = w.why(ctx, id(r.GetLine()))
	case r.GetInstance() != "":
		d, err = w.explain.Instance(ctx, id(r.GetInstance()))
	default:
		err = server.RefuseField("line", "name a line or an instance")
	}
	return &flowdeskv1.WhySimulatedResponse{Derivation: d}, err
}
