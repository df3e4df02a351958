package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// actors is a catalog of a few node types that do just enough to see a program run.
func actors() *engine.Catalog {
	type (
		manual    = *flowdeskv1.TriggerManual
		manualOut = *flowdeskv1.TriggerManualOutput
		wait      = *flowdeskv1.Wait
		waitOut   = *flowdeskv1.WaitOutput
	)
	return engine.NewCatalog(engine.Rules{},
		engine.NewNodeType(func(r *engine.Run, _ manual) (manualOut, engine.Port, error) {
			return &flowdeskv1.TriggerManualOutput{Actor: r.Event().GetActor()}, engine.Out, nil
		}, engine.Starts[manual, manualOut](func(r *engine.Run, _ manual) bool { return r.Event().GetManual() != nil })),
		engine.NewNodeType(actSet),
		engine.NewNodeType(actNotify),
		engine.NewNodeType(actBranch),
		engine.NewNodeType(actIdentify),
		engine.NewNodeType(func(r *engine.Run, c *flowdeskv1.RobotCommandSend) (*flowdeskv1.RobotCommandSendOutput, engine.Port, error) {
			text, err := r.Str(c, "text")
			if err != nil {
				return nil, engine.Pending, err
			}
			id, _ := r.Enqueue(&flowdeskv1.Command{Text: text})
			return &flowdeskv1.RobotCommandSendOutput{Command: id, Reason: text}, engine.Out, nil
		}),
		engine.NewNodeType(func(*engine.Run, *flowdeskv1.AnalysisTrigger) (*flowdeskv1.AnalysisTriggerOutput, engine.Port, error) {
			return nil, engine.Out, nil
		}),
		engine.NewNodeType(func(r *engine.Run, _ wait) (waitOut, engine.Port, error) {
			r.Wait(&flowdeskv1.NodeWait{Kinds: []flowdeskv1.EventKind{flowdeskv1.EventKind_EVENT_KIND_SIGNAL}})
			return nil, "armed", nil
		}, engine.OnResume[wait, waitOut](func(*engine.Run, wait, *engine.Wake) (waitOut, engine.Port, error) {
			return &flowdeskv1.WaitOutput{Event: "signal"}, engine.Out, nil
		})),
	)
}

func actSet(r *engine.Run, c *flowdeskv1.Set) (*flowdeskv1.SetOutput, engine.Port, error) {
	for _, a := range c.GetAssignments() {
		value, err := r.Eval(a, "value")
		if err == nil {
			err = r.Assign(a.GetVariable(), value)
		}
		if err != nil {
			return nil, engine.Pending, err
		}
	}
	return nil, engine.Out, nil
}

func actNotify(r *engine.Run, c *flowdeskv1.Notify) (*flowdeskv1.NotifyOutput, engine.Port, error) {
	text, err := r.Text(c, "text", c.GetText())
	if err != nil {
		return nil, engine.Pending, err
	}
	if text == "fail" {
		return nil, engine.Pending, errors.New("told to fail")
	}
	return &flowdeskv1.NotifyOutput{Commands: []string{text}}, engine.Out, nil
}

// actIdentify shows a field's template that may come from the settings.
func actIdentify(r *engine.Run, c *flowdeskv1.HumanHandoff) (*flowdeskv1.HumanHandoffOutput, engine.Port, error) {
	text, err := r.Text(c, "text", c.GetText(), "nickname", "{now}")
	return &flowdeskv1.HumanHandoffOutput{Task: text}, engine.Out, err
}

func actBranch(r *engine.Run, c *flowdeskv1.ConditionBranch) (*flowdeskv1.ConditionBranchOutput, engine.Port, error) {
	for _, item := range c.GetCases().GetCases() {
		yes, err := r.Bool(item, "when")
		if err != nil {
			return nil, engine.Pending, err
		}
		if yes {
			return &flowdeskv1.ConditionBranchOutput{Port: item.GetPort()}, engine.Port(item.GetPort()), nil
		}
	}
	return nil, "else", nil
}

// stage lets events act on one session with one program.
type stage struct {
	t       *testing.T
	catalog *engine.Catalog
	program *engine.Program
	state   *engine.State
	env     *engine.Env
	n       int
}

func newStage(t *testing.T, program *engine.Program, settings *flowdeskv1.Settings) *stage {
	t.Helper()
	catalog := actors()
	settings.TimeZone = "Asia/Shanghai"
	env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: settings}, "env", catalog.Rules)
	require.NoError(t, err)
	return &stage{t: t, catalog: catalog, program: program, state: engine.NewState("group"), env: env}
}

func (s *stage) turn(event *flowdeskv1.Event) *flowdeskv1.Turn {
	s.t.Helper()
	s.n++
	now := time.Date(2026, 3, 1, 1, 2, 3, 0, time.UTC)
	event.Id = engine.NewID(now, uint64(s.n))
	out, err := s.catalog.Turn(engine.Input{
		Event: event, Now: now, State: s.state, Env: s.env, Programs: []*engine.Program{s.program}, Seed: 1,
		Program: func(string, int32) *engine.Program { return s.program },
	})
	require.NoError(s.t, err)
	return out
}

func manual(text string) *flowdeskv1.Event {
	return &flowdeskv1.Event{Actor: "li", Payload: &flowdeskv1.Event_Manual{Manual: &flowdeskv1.ManualStart{Text: text}}}
}

func signal() *flowdeskv1.Event {
	return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{}}}
}

// said is what the notices of a trace said, by node.
func said(t *testing.T, turn *flowdeskv1.Turn) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, trace := range turn.GetTraces() {
		require.Empty(t, trace.GetError())
		for _, step := range trace.GetSteps() {
			n := &flowdeskv1.NotifyOutput{}
			if unmarshal(step.GetOutput(), n) && len(n.GetCommands()) == 1 {
				out[step.GetNode()] = n.GetCommands()[0]
			}
		}
	}
	return out
}
