package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func (s *flowService) ListFlowFigures(ctx context.Context, r *flowdeskv1.ListFlowFiguresRequest) (*flowdeskv1.ListFlowFiguresResponse, error) {
	length := r.GetRange().AsDuration()
	if length == 0 {
		length = defaultCounted
	}
	now := s.deps.Runner.Now()
	since := now.Add(-length).Truncate(storage.Slot)
	if err := s.deps.Store.Derive(ctx, since, now, now); err != nil {
		return nil, err
	}
	ran, err := s.deps.Store.SumRuns(ctx, since, now)
	if err != nil {
		return nil, err
	}
	open, err := s.deps.Store.CountOpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	byFlow := make(map[string]*flowdeskv1.FlowFigures)
	of := func(flow string) *flowdeskv1.FlowFigures {
		if byFlow[flow] == nil {
			byFlow[flow] = &flowdeskv1.FlowFigures{Flow: "flows/" + flow}
		}
		return byFlow[flow]
	}
	for _, flow := range r.GetFlows() {
		of(id(flow))
	}
	wanted := func(flow string) bool { return len(r.GetFlows()) == 0 || byFlow[flow] != nil }
	for _, runs := range ran {
		if wanted(runs.Flow) {
			f := of(runs.Flow)
			f.Runs, f.Failed = f.GetRuns()+runs.Runs, f.GetFailed()+runs.Failed
		}
	}
	for _, runs := range open {
		if wanted(runs.Flow) {
			f := of(runs.Flow)
			f.OpenInstances = append(f.GetOpenInstances(), &flowdeskv1.VersionInstances{Version: runs.Version, Count: runs.Runs})
		}
	}
	answer := &flowdeskv1.ListFlowFiguresResponse{Since: engine.Timestamp(since)}
	for _, f := range byFlow {
		if f.GetRuns() > 0 {
			f.FailureRate = float64(f.GetFailed()) / float64(f.GetRuns())
		}
		slices.SortFunc(f.GetOpenInstances(), func(a, b *flowdeskv1.VersionInstances) int { return int(b.GetVersion() - a.GetVersion()) })
		answer.FlowFigures = append(answer.FlowFigures, f)
	}
	slices.SortFunc(answer.GetFlowFigures(), func(a, b *flowdeskv1.FlowFigures) int {
		return cmp.Or(cmp.Compare(b.GetRuns(), a.GetRuns()), strings.Compare(a.GetFlow(), b.GetFlow()))
	})
	return answer, nil
}
