package simulator

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// RecordTestCase implements the service.
func (m *Manager) RecordTestCase(ctx context.Context, r *flowdeskv1.RecordTestCaseRequest) (*flowdeskv1.RecordTestCaseResponse, error) {
	s, err := m.find(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.world
	s.mu.Unlock()
	c := &flowdeskv1.TestCase{Setup: proto.CloneOf(w.began)}
	for _, step := range w.played(maxSteps) {
		c.Steps = append(c.Steps, proto.CloneOf(step))
	}
	for _, step := range c.GetSteps() {
		if said := step.GetSay(); said != nil {
			c.Title = &flowdeskv1.Text{Zh: said.GetText(), En: said.GetText()}
			break
		}
	}
	if !r.GetWithoutExpectations() {
		if err := m.foretell(ctx, w.subject, c); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.RecordTestCaseResponse{TestCase: c}, nil
}

// maxSteps is how many steps a test case may have.
const maxSteps = 500

// foretell plays a test case again and writes down as expectations what each step led to: the same setup, seed and steps lead to the same.
func (m *Manager) foretell(ctx context.Context, what subject, c *flowdeskv1.TestCase) (err error) {
	w, err := m.open(ctx, what, c.GetSetup())
	if err != nil {
		return err
	}
	defer func() {
		if failed := w.close(); err == nil {
			err = failed
		}
	}()
	before := &sight{state: &flowdeskv1.SimulationState{}}
	for _, step := range c.GetSteps() {
		said, err := w.mark(ctx)
		if err != nil {
			return err
		}
		if err := w.play(ctx, step); err != nil {
			return err
		}
		now, err := w.sight(ctx, said)
		if err != nil {
			return err
		}
		step.Expect = foretold(step, before, now)
		before = now
	}
	return nil
}

// foretold is what a step led to, as expectations.
func foretold(step *flowdeskv1.CaseStep, before, now *sight) []*flowdeskv1.Expectation {
	var all []*flowdeskv1.Expectation
	one := int32(1)
	for _, line := range now.said {
		if len(all) == maxForetold {
			break
		}
		x := &flowdeskv1.LineExpectation{Group: line.GetGroup(), Robot: line.GetRobot(), AnyOf: []string{line.GetText()}}
		if len(line.GetMentions()) > 0 {
			x.Mention = line.GetMentions()[0]
		} else {
			x.Count = &one
		}
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Line{Line: x}})
	}
	if len(now.said) == 0 && step.GetAdvance() != nil {
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Silence{Silence: &flowdeskv1.SilenceExpectation{Group: anyGroup}}})
	}
	if step.GetSay() != nil {
		all = append(all, way(now)...)
	}
	for _, t := range fresh(before.state.GetTasks(), now.state.GetTasks(), (*flowdeskv1.TrackTask).GetId) {
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Task{Task: &flowdeskv1.TaskExpectation{
			State: t.GetState(), Origin: t.GetOrigin(), Kind: t.GetKind(), Target: t.GetTargetName(),
		}}})
	}
	for _, a := range fresh(before.state.GetAlerts(), now.state.GetAlerts(), (*flowdeskv1.Alert).GetId) {
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Alert{Alert: &flowdeskv1.AlertExpectation{
			Level: a.GetLevel(), Category: a.GetCategory(), State: a.GetState(),
		}}})
	}
	return all[:min(len(all), maxForetold)]
}

// maxForetold bounds the expectations of one step.
const maxForetold = 50

// way is the way of what was said last, and what became of it.
func way(now *sight) []*flowdeskv1.Expectation {
	var all []*flowdeskv1.Expectation
	var nodes []string
	for _, step := range now.run().GetPath() {
		nodes = append(nodes, strings.TrimSpace(step.GetNode()+" "+step.GetPort()))
	}
	if len(nodes) > 0 && len(nodes) <= 200 && now.last().GetInstance() != "" {
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Path{Path: &flowdeskv1.PathExpectation{Nodes: nodes}}})
	}
	if outcome := now.last().GetOutcome(); outcome != flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_UNSPECIFIED {
		all = append(all, &flowdeskv1.Expectation{Expectation: &flowdeskv1.Expectation_Outcome{Outcome: &flowdeskv1.OutcomeExpectation{
			AnyOf: []flowdeskv1.DerivationOutcome{outcome},
		}}})
	}
	return all
}

// fresh are the things that are new or changed.
func fresh[T proto.Message](before, now []T, key func(T) string) []T {
	missing := false
	return different(&missing, before, now, key)
}
