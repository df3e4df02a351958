package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

const (
	keepEvery = 10 * time.Minute    // a draft that is being edited is kept by itself this often
	keepFor   = 30 * 24 * time.Hour // what was kept by itself leaves after this time
)

func nameCheckpoint(c *flowdeskv1.FlowCheckpoint) *flowdeskv1.FlowCheckpoint {
	c.Name = "flows/" + c.GetFlow() + "/checkpoints/" + c.GetId()
	return c
}

// checkpointName reads flows/{flow}/checkpoints/{checkpoint}; the form of names has been checked.
func checkpointName(name string) (flow, checkpoint string) {
	parts := strings.Split(name, "/")
	return parts[1], parts[3]
}

// checkpointOf is what a draft is, to be kept under a title, or by itself without one.
func (s *flowService) checkpointOf(ctx context.Context, flow *flowdeskv1.Flow, title string) *flowdeskv1.FlowCheckpoint {
	now := s.deps.Runner.Now()
	c := &flowdeskv1.FlowCheckpoint{
		Id: "c" + s.newID(ctx), Flow: flow.GetId(), Title: title, Automatic: title == "", Author: actor(ctx), CreateTime: engine.Timestamp(now),
		Revision: flow.GetRevision(), Definition: flow.GetDefinition(), Layout: flow.GetLayout(),
	}
	if c.GetAutomatic() { // it is what somebody left, and as old as that
		c.Author, c.CreateTime = flow.GetEditor(), flow.GetUpdateTime()
	}
	return c
}

// keep stores a draft by itself.
func (s *flowService) keep(ctx context.Context, flow *flowdeskv1.Flow) error {
	c := s.checkpointOf(ctx, flow, "")
	err := s.deps.Store.CreateCheckpoint(ctx, c, s.deps.Runner.Now().Add(-keepFor))
	if errors.Is(err, storage.ErrExists) { // the call is repeated
		return nil
	}
	return err
}

// keepBefore stores by itself what a draft was before a change, when nothing was kept of it for a while. Two who save at once may both keep it.
func (s *flowService) keepBefore(ctx context.Context, before, after *flowdeskv1.Flow) error {
	if proto.Equal(before.GetDefinition(), after.GetDefinition()) {
		return nil
	}
	newest, _, err := s.deps.Store.ListCheckpoints(ctx, before.GetId(), storage.Page{Size: 1})
	if err != nil {
		return err
	}
	since := before.GetCreateTime().AsTime()
	if len(newest) > 0 {
		since = newest[0].GetCreateTime().AsTime()
	}
	if s.deps.Runner.Now().Sub(since) < keepEvery {
		return nil
	}
	return s.keep(ctx, before)
}

func (s *flowService) CreateFlowCheckpoint(ctx context.Context, r *flowdeskv1.CreateFlowCheckpointRequest) (*flowdeskv1.CreateFlowCheckpointResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetParent()))
	if err != nil {
		return nil, err
	}
	if r.GetRevision() != 0 && r.GetRevision() != flow.GetRevision() {
		return nil, revisionMismatch()
	}
	c := s.checkpointOf(ctx, flow, r.GetTitle())
	if err := s.deps.Store.CreateCheckpoint(ctx, c, s.deps.Runner.Now().Add(-keepFor)); err != nil && !errors.Is(err, storage.ErrExists) {
		return nil, err
	}
	c.Definition, c.Layout = nil, nil
	c, err = s.authors().checkpoint(ctx, c)
	return &flowdeskv1.CreateFlowCheckpointResponse{FlowCheckpoint: c}, err
}

func (s *flowService) ListFlowCheckpoints(ctx context.Context, r *flowdeskv1.ListFlowCheckpointsRequest) (*flowdeskv1.ListFlowCheckpointsResponse, error) {
	kept, next, err := s.deps.Store.ListCheckpoints(ctx, id(r.GetParent()), page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	if err := s.listed(ctx, r.GetParent(), len(kept)); err != nil {
		return nil, err
	}
	by := s.authors()
	for _, c := range kept {
		if _, err := by.checkpoint(ctx, c); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.ListFlowCheckpointsResponse{FlowCheckpoints: kept, NextPageToken: next}, nil
}

func (s *flowService) GetFlowCheckpoint(ctx context.Context, r *flowdeskv1.GetFlowCheckpointRequest) (*flowdeskv1.GetFlowCheckpointResponse, error) {
	flow, checkpoint := checkpointName(r.GetName())
	c, err := s.deps.Store.GetCheckpoint(ctx, flow, checkpoint)
	if err != nil {
		return nil, err
	}
	c, err = s.authors().checkpoint(ctx, c)
	return &flowdeskv1.GetFlowCheckpointResponse{FlowCheckpoint: c}, err
}

func (s *flowService) DeleteFlowCheckpoint(ctx context.Context, r *flowdeskv1.DeleteFlowCheckpointRequest) (*flowdeskv1.DeleteFlowCheckpointResponse, error) {
	flow, checkpoint := checkpointName(r.GetName())
	return &flowdeskv1.DeleteFlowCheckpointResponse{}, s.deps.Store.DeleteCheckpoint(ctx, flow, checkpoint)
}
