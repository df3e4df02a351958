package simulator

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Times of a watch.
const (
	beatEvery = 15 * time.Second
	gather    = 40 * time.Millisecond // changes that come within it come as one
)

// WatchSimulation implements the service.
func (m *Manager) WatchSimulation(r *flowdeskv1.WatchSimulationRequest, stream flowdeskv1.SimulatorService_WatchSimulationServer) error {
	s, err := m.find(r.GetName())
	if err != nil {
		return err
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	var last *flowdeskv1.SimulationState
	for {
		state, changed, err := s.state(stream.Context())
		if errors.Is(err, storage.ErrNotFound) {
			return stream.Send(&flowdeskv1.WatchSimulationResponse{Change: &flowdeskv1.WatchSimulationResponse_Deleted{Deleted: true}})
		} else if err != nil {
			return err
		}
		if err := stream.Send(&flowdeskv1.WatchSimulationResponse{Change: &flowdeskv1.WatchSimulationResponse_State{State: since(last, state)}}); err != nil {
			return err
		}
		last = state
		for waiting := true; waiting; {
			select {
			case <-stream.Context().Done():
				return stream.Context().Err()
			case <-m.options.Stopping:
				return nil
			case <-changed:
				waiting = false
			case now := <-beat.C:
				s.use(now) // somebody looks on
				if err := stream.Send(&flowdeskv1.WatchSimulationResponse{Change: &flowdeskv1.WatchSimulationResponse_Heartbeat{
					Heartbeat: &flowdeskv1.Heartbeat{Time: timestamppb.New(now)},
				}}); err != nil {
					return err
				}
			}
		}
		pause := time.NewTimer(gather)
		select {
		case <-pause.C:
		case <-stream.Context().Done():
			pause.Stop()
		}
	}
}

// since is what of a state is new or changed. A state in which something is gone is given whole.
func since(last, now *flowdeskv1.SimulationState) *flowdeskv1.SimulationState {
	if last == nil {
		return now
	}
	d := &flowdeskv1.SimulationState{Simulation: now.GetSimulation(), Plan: now.GetPlan(), History: now.GetHistory()}
	whole := false
	d.Lines = different(&whole, last.GetLines(), now.GetLines(), (*flowdeskv1.ChatLine).GetId)
	d.Commands = different(&whole, last.GetCommands(), now.GetCommands(), (*flowdeskv1.Command).GetId)
	d.Tasks = different(&whole, last.GetTasks(), now.GetTasks(), (*flowdeskv1.TrackTask).GetId)
	d.Alerts = different(&whole, last.GetAlerts(), now.GetAlerts(), (*flowdeskv1.Alert).GetId)
	d.Runs = different(&whole, last.GetRuns(), now.GetRuns(), func(r *flowdeskv1.SimulatedRun) string { return r.GetInstance().GetId() })
	d.Calls = different(&whole, last.GetCalls(), now.GetCalls(), func(c *flowdeskv1.SimulatedCall) string { return c.GetCall().GetId() })
	if whole {
		return now
	}
	return d
}

// different are the items that are not what they were. Missing is set when an item is gone.
func different[T proto.Message](missing *bool, last, now []T, key func(T) string) []T {
	known := make(map[string]T, len(last))
	for _, item := range last {
		known[key(item)] = item
	}
	var items []T
	for _, item := range now {
		old, ok := known[key(item)]
		if !ok || !proto.Equal(old, item) {
			items = append(items, item)
		}
		delete(known, key(item))
	}
	*missing = *missing || len(known) > 0
	return items
}
