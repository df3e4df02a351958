package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/reasons"
)

// keptLines bounds the lines that a result shows.
const keptLines = 200

// Run plays a test case in a world of its own and says how it went. An error is one of the machinery; a case that cannot be played has failed.
func (m *Manager) Run(ctx context.Context, choice *flowdeskv1.FlowChoice, c *flowdeskv1.TestCase) (*flowdeskv1.TestCaseResult, error) {
	select {
	case m.playing <- struct{}{}:
		defer func() { <-m.playing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	begun := time.Now()
	result := &flowdeskv1.TestCaseResult{TestCase: c.GetName(), Title: c.GetTitle()}
	what, diagnostics, fit, err := m.choose(ctx, choice)
	if err != nil {
		return nil, err
	}
	if result.Diagnostics = diagnostics; !fit {
		result.Error, result.ErrorZh = "the definition has errors", "流程有错误，先在编辑器里改好"
		return result, nil
	}
	w, err := m.open(ctx, what, c.GetSetup())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, caseLimit)
	defer cancel()
	err = w.check(ctx, c, result)
	if err == nil {
		err = w.conclude(ctx, c, result)
	}
	if failed := w.close(); failed != nil {
		m.log.Error("remove a test case's world", "error", failed)
	}
	if err != nil {
		result.Passed, result.Error = false, err.Error()
		var failed *failedRunError
		if errors.As(err, &failed) {
			result.ErrorZh = failed.chinese()
		}
	}
	result.Duration = durationpb.New(time.Since(begun))
	return result, nil
}

// caseLimit is the real time that a test case may take.
const caseLimit = time.Minute

// check plays the steps and looks after each whether what is expected is so. It goes on after what is not, so that one run tells everything.
func (w *world) check(ctx context.Context, c *flowdeskv1.TestCase, result *flowdeskv1.TestCaseResult) error {
	result.Passed = true
	for i, step := range c.GetSteps() {
		before, err := w.mark(ctx)
		if err != nil {
			return err
		}
		if err := w.play(ctx, step); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if len(step.GetExpect()) == 0 {
			continue
		}
		s, err := w.sight(ctx, before)
		if err != nil {
			return err
		}
		for n, e := range step.GetExpect() {
			got := s.judge(e)
			got.Step, got.Number = int32(i), int32(n)
			result.Expectations = append(result.Expectations, got)
			result.Passed = result.GetPassed() && got.GetPassed()
		}
	}
	return nil
}

// conclude adds what the whole case looked like. A run that failed fails the case, unless the case expects failed runs.
func (w *world) conclude(ctx context.Context, c *flowdeskv1.TestCase, result *flowdeskv1.TestCaseResult) error {
	state, err := w.state(ctx)
	if err != nil {
		return err
	}
	result.Lines = state.GetLines()[max(0, len(state.GetLines())-keptLines):]
	result.Turns = state.GetSimulation().GetTurns()
	result.VirtualDuration = durationpb.New(w.clock.Now().Sub(w.setup.GetStartTime().AsTime()))
	for _, run := range state.GetRuns() {
		if run.GetInstance().GetStatus() == flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED && !expectsFailures(c) {
			return &failedRunError{node: run.GetInstance().GetFailedNode(), reason: run.GetInstance().GetError()}
		}
	}
	return nil
}

// failedRunError is the error of a case in which a run failed that was not expected to.
type failedRunError struct{ node, reason string }

// Error implements error.
func (f *failedRunError) Error() string {
	return "a run failed at node " + f.node + ": " + reasons.In(reasons.English, f.reason)
}

func (f *failedRunError) chinese() string {
	return "运行在节点 " + f.node + " 失败：" + reasons.In(reasons.Chinese, f.reason)
}

func expectsFailures(c *flowdeskv1.TestCase) bool {
	for _, step := range c.GetSteps() {
		for _, e := range step.GetExpect() {
			if e.GetRun().GetStatus() == flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED {
				return true
			}
		}
	}
	return false
}
