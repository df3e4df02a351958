package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// The bounds of a flow count what follows a later port once for each visit. A node that goes on by it again and again, because it waits on,
// is followed once.
func TestALaterPortIsTakenOnceInAVisit(t *testing.T) {
	t.Parallel()
	type detect = *flowdeskv1.UserResponseDetect
	type detectOut = *flowdeskv1.UserResponseDetectOutput
	wait := func(run *engine.Run) { run.Wait(&flowdeskv1.NodeWait{AnyMessage: true}) }
	facts := 0
	catalog := engine.NewCatalog(engine.Rules{},
		engine.NewNodeType(func(*engine.Run, *flowdeskv1.TriggerManual) (*flowdeskv1.TriggerManualOutput, engine.Port, error) {
			return nil, engine.Out, nil
		}, engine.Starts[*flowdeskv1.TriggerManual, *flowdeskv1.TriggerManualOutput](func(run *engine.Run, _ *flowdeskv1.TriggerManual) bool {
			return run.Event().GetManual() != nil
		})),
		engine.NewNodeType(func(run *engine.Run, _ detect) (detectOut, engine.Port, error) {
			wait(run)
			return nil, "armed", nil
		}, engine.OnResume[detect, detectOut](func(run *engine.Run, _ detect, _ *engine.Wake) (detectOut, engine.Port, error) {
			wait(run) // and goes on waiting
			return nil, "responded", nil
		})),
		engine.NewNodeType(func(run *engine.Run, _ *flowdeskv1.AnalysisTrigger) (*flowdeskv1.AnalysisTriggerOutput, engine.Port, error) {
			facts++
			return nil, engine.Out, nil
		}))
	program, diagnostics := catalog.Compile("f", 1, &flowdeskv1.FlowDefinition{
		Title: "x", Nodes: []*flowdeskv1.Node{
			{Id: "start", Config: &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}},
			{Id: "detect", Config: &flowdeskv1.Node_UserResponseDetect{UserResponseDetect: &flowdeskv1.UserResponseDetect{Tasks: "['t']"}}},
			{Id: "armed", Config: &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}},
			{Id: "responded", Config: &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}},
		}, Edges: []*flowdeskv1.Edge{
			{From: "start", To: "detect"}, {From: "detect", Port: "armed", To: "armed"}, {From: "detect", Port: "responded", To: "responded"},
		},
	})
	require.NotNil(t, program, "%v", diagnostics)
	env, err := engine.NewEnv(&flowdeskv1.Environment{Settings: &flowdeskv1.Settings{TimeZone: "UTC"}}, "env", catalog.Rules)
	require.NoError(t, err)
	state := engine.NewState("s")
	turn := func(event *flowdeskv1.Event) {
		event.Id, event.Session = "e", "s"
		_, err := catalog.Turn(engine.Input{
			Event: event, Now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC), State: state, Env: env, Programs: []*engine.Program{program},
			Program: func(string, int32) *engine.Program { return program },
		})
		require.NoError(t, err)
	}
	turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Manual{Manual: &flowdeskv1.ManualStart{Flow: "f"}}})
	for range 3 {
		turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{SenderName: "张三", Text: "在"}}})
	}
	require.Equal(t, 2, facts, "behind armed once, behind responded once")
}
