package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// A node can do only what its type declares: each act of a type that declares facts alone fails the run, and leaves no effect.
func TestUndeclaredActsAreRefused(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(run *engine.Run){
		"a message":     func(run *engine.Run) { run.StoreMessage(&flowdeskv1.Message{Id: "m"}) },
		"a note on one": func(run *engine.Run) { run.AnnotateMessage(&flowdeskv1.AnnotateMessage{Message: "m"}) },
		"a command":     func(run *engine.Run) { run.Enqueue(&flowdeskv1.Command{Text: "x"}) },
		"a cancel":      func(run *engine.Run) { run.Cancel("c", "x") },
		"a task":        func(run *engine.Run) { run.PutTask(&flowdeskv1.TrackTask{}, 0) },
		"no task more":  func(run *engine.Run) { run.DeleteTask("t") },
		"an alert":      func(run *engine.Run) { run.PutAlert(&flowdeskv1.Alert{}, 0) },
		"a participant": func(run *engine.Run) { run.PutParticipant(&flowdeskv1.Participant{Id: "p"}) },
		"the session":   func(run *engine.Run) { run.PutSession(&flowdeskv1.PutSession{}) },
		"a take-over":   func(run *engine.Run) { run.TakeOver(&flowdeskv1.Intervention{}) },
		"a hand-back":   func(run *engine.Run) { run.HandBack("p", "x") },
		"a wait":        func(run *engine.Run) { run.Wait(&flowdeskv1.NodeWait{}) },
		"a timer":       func(run *engine.Run) { run.Timer(run.Now()) },
		"a call":        func(run *engine.Run) { run.Ask(&flowdeskv1.Call{Kind: flowdeskv1.CallKind_CALL_KIND_HTTP}) },
		"a notice":      func(run *engine.Run) { run.Ask(&flowdeskv1.Call{Kind: flowdeskv1.CallKind_CALL_KIND_NOTICE}) },
		"an event":      func(run *engine.Run) { run.SendEvent(&flowdeskv1.Event{Session: "s"}) },
		"presence":      func(run *engine.Run) { run.RecordPresence(&flowdeskv1.PresenceFact{Person: "p"}) },
		"a variable":    func(run *engine.Run) { _ = run.SetVariable("v", "1") },
		"the context":   func(run *engine.Run) { run.TrimContext(&flowdeskv1.TrimContext{}) },
		"a question":    func(run *engine.Run) { run.OpenQuestion(&flowdeskv1.OpenQuestion{Message: "m"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			catalog := engine.NewCatalog(engine.Rules{},
				engine.NewNodeType(func(*engine.Run, *flowdeskv1.TriggerManual) (*flowdeskv1.TriggerManualOutput, engine.Port, error) {
					return nil, engine.Out, nil
				}, engine.Starts[*flowdeskv1.TriggerManual, *flowdeskv1.TriggerManualOutput](func(run *engine.Run, _ *flowdeskv1.TriggerManual) bool {
					return run.Event().GetManual() != nil
				})),
				engine.NewNodeType(func(run *engine.Run, _ *flowdeskv1.AnalysisTrigger) (*flowdeskv1.AnalysisTriggerOutput, engine.Port, error) {
					act(run)
					return nil, engine.Out, nil
				}))
			program, diagnostics := catalog.Compile("f", 1, &flowdeskv1.FlowDefinition{
				Title: "x", Nodes: []*flowdeskv1.Node{
					{Id: "start", Config: &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}},
					{Id: "act", Config: &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}},
				}, Edges: []*flowdeskv1.Edge{{From: "start", To: "act"}},
			})
			require.NotNil(t, program, "%v", diagnostics)
			env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: &flowdeskv1.Settings{TimeZone: "UTC"}}, "env", catalog.Rules)
			require.NoError(t, err)
			turn, err := catalog.Turn(engine.Input{
				Event: &flowdeskv1.Event{Id: "e", Session: "s", Payload: &flowdeskv1.Event_Manual{Manual: &flowdeskv1.ManualStart{Flow: "f"}}},
				Now:   time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC), State: engine.NewState("s"), Env: env, Programs: []*engine.Program{program},
				Program: func(string, int32) *engine.Program { return program },
			})
			require.NoError(t, err)
			require.Equal(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, turn.GetTraces()[0].GetStatus())
			require.Contains(t, turn.GetTraces()[0].GetError(), engine.ErrUndeclared.Error())
			require.Empty(t, turn.GetEffects())
		})
	}
}
