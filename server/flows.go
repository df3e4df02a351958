package server

import (
	"context"
	"regexp"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type flowService struct {
	flowdeskv1.UnimplementedFlowServiceServer
	*Server
}

var flowID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

func nameFlow(f *flowdeskv1.Flow) *flowdeskv1.Flow {
	f.Name = "flows/" + f.GetId()
	return f
}

func nameVersion(v *flowdeskv1.FlowVersion) *flowdeskv1.FlowVersion {
	v.Name = "flows/" + v.GetFlow() + "/versions/" + itoa(v.GetVersion())
	return v
}

func (s *flowService) CreateFlow(ctx context.Context, r *flowdeskv1.CreateFlowRequest) (*flowdeskv1.CreateFlowResponse, error) {
	now := s.deps.Runner.Now()
	flow := proto.CloneOf(r.GetFlow())
	flow.Id = r.GetFlowId()
	if flow.Id == "" {
		flow.Id = "f" + s.deps.Runner.NewEventID()
	}
	if !flowID.MatchString(flow.Id) {
		return nil, invalidField("flow_id", "lower-case letters, digits, - and _, beginning with a letter, at most 63")
	}
	flow.CreateTime, flow.UpdateTime = engine.Timestamp(now), engine.Timestamp(now)
	if r.GetValidateOnly() {
		return &flowdeskv1.CreateFlowResponse{Flow: nameFlow(flow)}, nil
	}
	if err := s.deps.Store.CreateFlow(ctx, flow); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetFlow(ctx, flow.Id)
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CreateFlowResponse{Flow: nameFlow(stored)}, nil
}

func (s *flowService) GetFlow(ctx context.Context, r *flowdeskv1.GetFlowRequest) (*flowdeskv1.GetFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetFlowResponse{Flow: nameFlow(flow)}, nil
}

func (s *flowService) ListFlows(ctx context.Context, r *flowdeskv1.ListFlowsRequest) (*flowdeskv1.ListFlowsResponse, error) {
	filter := storage.FlowFilter{Title: r.GetQuery(), Active: r.Active, Label: r.GetLabel()}
	flows, next, err := s.deps.Store.ListFlows(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, f := range flows {
		nameFlow(f)
	}
	return &flowdeskv1.ListFlowsResponse{Flows: flows, NextPageToken: next}, nil
}

func (s *flowService) UpdateFlow(ctx context.Context, r *flowdeskv1.UpdateFlowRequest) (*flowdeskv1.UpdateFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetFlow().GetName()))
	if err != nil {
		return nil, err
	}
	wants := func(field string, set bool) bool {
		paths := r.GetUpdateMask().GetPaths()
		if len(paths) == 0 {
			return set
		}
		for _, p := range paths {
			if p == field {
				return true
			}
		}
		return false
	}
	if wants("definition", r.GetFlow().GetDefinition() != nil) {
		flow.Definition = r.GetFlow().GetDefinition()
	}
	if wants("layout", r.GetFlow().GetLayout() != nil) {
		flow.Layout = r.GetFlow().GetLayout()
	}
	if wants("labels", len(r.GetFlow().GetLabels()) > 0) {
		flow.Labels = r.GetFlow().GetLabels()
	}
	if r.GetFlow().GetRevision() == 0 {
		return nil, invalidField("flow.revision", "the revision that was read is needed, so that nobody's change is overwritten")
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.UpdateFlowResponse{Flow: nameFlow(flow)}, nil
	}
	flow.UpdateTime = engine.Timestamp(s.deps.Runner.Now())
	if err := s.deps.Store.UpdateFlow(ctx, flow, r.GetFlow().GetRevision()); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetFlow(ctx, flow.GetId())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.UpdateFlowResponse{Flow: nameFlow(stored)}, nil
}

func (s *flowService) DeleteFlow(ctx context.Context, r *flowdeskv1.DeleteFlowRequest) (*flowdeskv1.DeleteFlowResponse, error) {
	if r.GetValidateOnly() {
		_, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
		return &flowdeskv1.DeleteFlowResponse{}, err
	}
	return &flowdeskv1.DeleteFlowResponse{}, s.deps.Store.DeleteFlow(ctx, id(r.GetName()))
}

func (s *flowService) ValidateFlow(ctx context.Context, r *flowdeskv1.ValidateFlowRequest) (*flowdeskv1.ValidateFlowResponse, error) {
	definition := r.GetDefinition()
	switch {
	case r.GetSource() != "":
		var err error
		if definition, err = s.deps.ReadFlow([]byte(r.GetSource())); err != nil {
			return nil, invalidField("source", err.Error())
		}
	case r.GetName() != "":
		flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
		if err != nil {
			return nil, err
		}
		definition = flow.GetDefinition()
	}
	program, diagnostics := s.deps.Runner.Compile("draft", 0, definition)
	answer := &flowdeskv1.ValidateFlowResponse{Diagnostics: diagnostics, Valid: program != nil, Digest: engine.DefinitionDigest(definition)}
	if program != nil {
		answer.Bounds = program.Bounds
	}
	if r.GetSource() != "" {
		answer.Definition = definition
	}
	return answer, nil
}

func (s *flowService) PublishFlow(ctx context.Context, r *flowdeskv1.PublishFlowRequest) (*flowdeskv1.PublishFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if r.GetRevision() != 0 && r.GetRevision() != flow.GetRevision() {
		return nil, withReason(codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_REVISION_MISMATCH, "the draft has changed meanwhile; read it again")
	}
	program, diagnostics := s.deps.Runner.Compile(flow.GetId(), flow.GetLatestVersion()+1, flow.GetDefinition())
	if program == nil {
		details := &flowdeskv1.ValidateFlowResponse{Diagnostics: diagnostics}
		return nil, withReason(codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW, "the flow has errors: "+diagnostics[0].GetMessage(),
			protoadaptOf(details))
	}
	version := &flowdeskv1.FlowVersion{
		Flow: flow.GetId(), Definition: flow.GetDefinition(), Layout: flow.GetLayout(), Digest: program.Digest, Note: r.GetNote(), Author: "api",
		CreateTime: engine.Timestamp(s.deps.Runner.Now()), Bounds: program.Bounds,
	}
	if r.GetValidateOnly() {
		version.Version = program.Version
		return &flowdeskv1.PublishFlowResponse{FlowVersion: nameVersion(version), Diagnostics: diagnostics}, nil
	}
	number, err := s.deps.Store.PublishVersion(ctx, version, !r.GetKeepInactive())
	if err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	version.Version, version.Active = number, !r.GetKeepInactive()
	return &flowdeskv1.PublishFlowResponse{FlowVersion: nameVersion(version), Diagnostics: diagnostics}, nil
}

// setActive activates a version, or deactivates the flow with 0, and gives the flow as it then is.
func (s *flowService) setActive(ctx context.Context, flow string, version int32) (*flowdeskv1.Flow, error) {
	if version > 0 {
		v, err := s.deps.Store.GetVersion(ctx, flow, version)
		if err != nil {
			return nil, err
		}
		if program, diagnostics := s.deps.Runner.Compile(flow, version, v.GetDefinition()); program == nil {
			return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW, diagnostics[0].GetMessage())
		}
	}
	if err := s.deps.Store.SetActive(ctx, flow, version); err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetFlow(ctx, flow)
	if err != nil {
		return nil, err
	}
	return nameFlow(stored), nil
}

func (s *flowService) ActivateFlow(ctx context.Context, r *flowdeskv1.ActivateFlowRequest) (*flowdeskv1.ActivateFlowResponse, error) {
	version := r.GetVersion()
	if version == 0 {
		flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
		if err != nil {
			return nil, err
		}
		if version = flow.GetLatestVersion(); version == 0 {
			return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED, "publish the flow first")
		}
	}
	flow, err := s.setActive(ctx, id(r.GetName()), version)
	return &flowdeskv1.ActivateFlowResponse{Flow: flow}, err
}

func (s *flowService) DeactivateFlow(ctx context.Context, r *flowdeskv1.DeactivateFlowRequest) (*flowdeskv1.DeactivateFlowResponse, error) {
	flow, err := s.setActive(ctx, id(r.GetName()), 0)
	return &flowdeskv1.DeactivateFlowResponse{Flow: flow}, err
}

func (s *flowService) RollbackFlow(ctx context.Context, r *flowdeskv1.RollbackFlowRequest) (*flowdeskv1.RollbackFlowResponse, error) {
	flow, err := s.setActive(ctx, id(r.GetName()), r.GetVersion())
	return &flowdeskv1.RollbackFlowResponse{Flow: flow}, err
}

func (s *flowService) ListFlowVersions(ctx context.Context, r *flowdeskv1.ListFlowVersionsRequest) (*flowdeskv1.ListFlowVersionsResponse, error) {
	versions, next, err := s.deps.Store.ListVersions(ctx, id(r.GetParent()), page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if v.OpenInstances, err = s.deps.Store.CountInstances(ctx, v.GetFlow(), v.GetVersion()); err != nil {
			return nil, err
		}
		nameVersion(v)
	}
	return &flowdeskv1.ListFlowVersionsResponse{FlowVersions: versions, NextPageToken: next}, nil
}

func (s *flowService) GetFlowVersion(ctx context.Context, r *flowdeskv1.GetFlowVersionRequest) (*flowdeskv1.GetFlowVersionResponse, error) {
	flow, version, err := versionName(r.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.deps.Store.GetVersion(ctx, flow, version)
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetFlowVersionResponse{FlowVersion: nameVersion(v)}, nil
}
