package nodes_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/turntest"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

// TestAnyHistory lets people talk, withdraw, act on tasks and stay silent at random: no node of the shipped flow fails or does what its type does
// not declare, every turn is folded and replayed, and in the end no instruction waits for an answer.
func TestAnyHistory(t *testing.T) {
	t.Parallel()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	data, err := os.ReadFile("testdata/world.yaml")
	require.NoError(t, err)
	world, err := turntest.World(data)
	require.NoError(t, err)
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			room, err := turntest.NewRoom(nodes.Builtin(), definition, world)
			require.NoError(t, err)
			require.NoError(t, turntest.Live(room, rand.New(rand.NewPCG(seed, 1)), 40))
			_, err = room.Pass(49 * time.Hour)
			require.NoError(t, err)
			for _, turn := range room.Turns {
				for _, trace := range turn.GetTraces() {
					require.NotEqual(t, flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED, trace.GetStatus(), trace.GetError())
				}
			}
			require.Empty(t, room.State.GetInterventions())
			for _, waiting := range room.State.GetInstances() {
				for _, wait := range waiting.GetWaits() {
					kind := room.Program.Node(wait.GetNode()).Type.Kind
					require.NotContains(t, []engine.Kind{"USER_RESPONSE_DETECT", "NO_RESPONSE_NOTIFY"}, kind)
				}
			}
		})
	}
}
