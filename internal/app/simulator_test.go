package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func sayStep(person, text string) *flowdeskv1.CaseStep {
	return &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: person, Text: text}}}
}

func waitStep(by time.Duration) *flowdeskv1.CaseStep {
	return &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_By{By: durationpb.New(by)}}}}
}

func TestSimulationIsWatchedAndReachesNobody(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		client := flowdeskv1.NewSimulatorServiceClient(w.api)
		created, err := client.CreateSimulation(w.t.Context(), &flowdeskv1.CreateSimulationRequest{Choice: &flowdeskv1.FlowChoice{Flow: "flows/unified", Active: true}})
		require.NoError(t, err)
		simulation := created.GetState().GetSimulation()
		require.Equal(t, "flows/unified", simulation.GetFlow())
		require.EqualValues(t, 1, simulation.GetVersion())
		watch, err := client.WatchSimulation(w.t.Context(), &flowdeskv1.WatchSimulationRequest{Name: simulation.GetName()})
		require.NoError(t, err)
		first, err := watch.Recv()
		require.NoError(t, err)
		require.True(t, first.GetState().GetFull())

		played, err := client.PlaySimulation(w.t.Context(), &flowdeskv1.PlaySimulationRequest{
			Name: simulation.GetName(), Steps: []*flowdeskv1.CaseStep{sayStep("张三", "发票怎么开"), waitStep(10 * time.Second)},
		})
		require.NoError(t, err)
		require.EqualValues(t, 2, played.GetPlayed())
		require.Equal(t, invoiceAnswer, played.GetState().GetLines()[1].GetText(), "the organisation's own answers")
		seen := make(map[string]*flowdeskv1.ChatLine)
		for len(seen) < 2 || seen[played.GetState().GetLines()[1].GetId()].GetState() != flowdeskv1.LineState_LINE_STATE_SAID {
			change, err := watch.Recv()
			require.NoError(t, err)
			require.False(t, change.GetState().GetFull())
			for _, line := range change.GetState().GetLines() {
				seen[line.GetId()] = line
			}
		}

		w.advance(time.Hour)
		w.silence()
		require.Empty(t, w.messages())
		require.Empty(t, w.commands())

		w.rest("DELETE", "/v1/"+simulation.GetName(), "", nil)
		for deleted := false; !deleted; {
			last, err := watch.Recv()
			require.NoError(t, err)
			deleted = last.GetDeleted()
		}
	})
}

func TestForgottenSimulationIsRemoved(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		client := flowdeskv1.NewSimulatorServiceClient(w.api)
		count := func() int {
			list, err := client.ListSimulations(w.t.Context(), &flowdeskv1.ListSimulationsRequest{})
			require.NoError(t, err)
			return len(list.GetSimulations())
		}
		created, err := client.CreateSimulation(w.t.Context(), &flowdeskv1.CreateSimulationRequest{})
		require.NoError(t, err)
		w.advance(50 * time.Minute)
		_, err = client.GetSimulation(w.t.Context(), &flowdeskv1.GetSimulationRequest{Name: created.GetState().GetSimulation().GetName()})
		require.NoError(t, err)
		w.advance(50 * time.Minute)
		require.Equal(t, 1, count(), "a look puts the end off")
		w.advance(20 * time.Minute)
		require.Equal(t, 0, count())
	})
}

func TestStoredTestCasesArePlayedOnTheDraft(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		client := flowdeskv1.NewSimulatorServiceClient(w.api)
		created, err := client.CreateSimulation(w.t.Context(), &flowdeskv1.CreateSimulationRequest{Choice: &flowdeskv1.FlowChoice{Flow: "flows/unified"}})
		require.NoError(t, err)
		_, err = client.PlaySimulation(w.t.Context(), &flowdeskv1.PlaySimulationRequest{
			Name: created.GetState().GetSimulation().GetName(), Steps: []*flowdeskv1.CaseStep{sayStep("张三", "你们仓库的叉车是什么牌子的"), waitStep(10 * time.Second)},
		})
		require.NoError(t, err)
		recorded, err := client.RecordTestCase(w.t.Context(), &flowdeskv1.RecordTestCaseRequest{Name: created.GetState().GetSimulation().GetName()})
		require.NoError(t, err)
		_, err = client.CreateTestCase(w.t.Context(), &flowdeskv1.CreateTestCaseRequest{Parent: "flows/unified", TestCaseId: "truck", TestCase: recorded.GetTestCase()})
		require.NoError(t, err)

		var all struct {
			Results []struct {
				TestCase string
				Passed   bool
			}
			Passed bool
		}
		w.rest("POST", "/v1/flows/unified/testCases:runAll", "{}", &all)
		require.True(t, all.Passed)
		require.Len(t, all.Results, 1)
		require.Equal(t, "flows/unified/testCases/truck", all.Results[0].TestCase)

		flows := flowdeskv1.NewFlowServiceClient(w.api)
		got, err := flows.GetFlow(w.t.Context(), &flowdeskv1.GetFlowRequest{Name: "flows/unified"})
		require.NoError(t, err)
		for _, n := range got.GetFlow().GetDefinition().GetNodes() {
			if n.GetAiReplyGenerate() != nil {
				n.GetAiReplyGenerate().NotFoundText = "改过的文案"
			}
		}
		_, err = flows.UpdateFlow(w.t.Context(), &flowdeskv1.UpdateFlowRequest{Flow: got.GetFlow()})
		require.NoError(t, err)
		w.rest("POST", "/v1/flows/unified/testCases:runAll", "{}", &all)
		require.False(t, all.Passed, "the draft says something else now")
		w.rest("POST", "/v1/flows/unified/testCases:runAll", `{"choice": {"flow": "flows/unified", "active": true}}`, &all)
		require.True(t, all.Passed, "what is live does not")

		var scenarios struct{ Scenarios []struct{ Name string } }
		w.rest("GET", "/v1/scenarios", "", &scenarios)
		require.Len(t, scenarios.Scenarios, 12)
	})
}
