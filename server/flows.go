package server

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"

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
	flow := &flowdeskv1.Flow{Id: r.GetFlowId(), Definition: r.GetFlow().GetDefinition(), Layout: r.GetFlow().GetLayout(), Labels: r.GetFlow().GetLabels(), Editor: actor(ctx)}
	if flow.Id == "" {
		flow.Id = "f" + s.newID(ctx)
	}
	if !flowID.MatchString(flow.Id) {
		return nil, invalidField("flow_id", "lower-case letters, digits, - and _, beginning with a letter, at most 63")
	}
	if flow.GetDefinition() == nil {
		return nil, invalidField("flow.definition", "a definition is needed; it may still have errors")
	}
	if flow.GetDefinition().GetTitle() == "" {
		flow.Definition.Title = r.GetFlow().GetTitle()
	}
	if err := s.validDraft(flow); err != nil {
		return nil, err
	}
	flow.CreateTime, flow.UpdateTime = engine.Timestamp(now), engine.Timestamp(now)
	if r.GetValidateOnly() {
		flow, err := s.authors().flow(ctx, flow)
		return &flowdeskv1.CreateFlowResponse{Flow: flow}, err
	}
	if err := s.deps.Store.CreateFlow(ctx, flow); err != nil && !(errors.Is(err, storage.ErrExists) && madeBefore(ctx, r.GetFlowId())) {
		return nil, err
	}
	stored, err := s.deps.Store.GetFlow(ctx, flow.Id)
	if err != nil {
		return nil, err
	}
	stored, err = s.authors().flow(ctx, stored)
	return &flowdeskv1.CreateFlowResponse{Flow: stored}, err
}

func (s *flowService) GetFlow(ctx context.Context, r *flowdeskv1.GetFlowRequest) (*flowdeskv1.GetFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	flow, err = s.authors().flow(ctx, flow)
	return &flowdeskv1.GetFlowResponse{Flow: flow}, err
}

func (s *flowService) UpdateFlow(ctx context.Context, r *flowdeskv1.UpdateFlowRequest) (*flowdeskv1.UpdateFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetFlow().GetName()))
	if err != nil {
		return nil, err
	}
	revision := r.GetFlow().GetRevision()
	if revision == 0 && r.GetFlow().GetEtag() != "" { // the etag changes with a publication too, which is no change of the draft
		if err := checkEtag(ctx, r.GetFlow().GetEtag(), flow.GetEtag()); err != nil {
			return nil, err
		}
		revision = flow.GetRevision()
	}
	switch {
	case revision == 0:
		return nil, invalidField("flow.revision", "the revision or the etag that was read is needed, so that nobody's change is overwritten")
	case revision != flow.GetRevision():
		return nil, revisionMismatch()
	}
	before := proto.CloneOf(flow)
	fields, err := merge(flow, r.GetFlow(), r.GetUpdateMask(), "title", "definition", "layout", "labels")
	if err != nil {
		return nil, err
	}
	entitle(flow, before.GetDefinition().GetTitle(), r.GetFlow().GetTitle(), fields)
	if err := s.validDraft(flow); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		flow, err = s.authors().flow(ctx, flow)
		return &flowdeskv1.UpdateFlowResponse{Flow: flow}, err
	}
	flow.UpdateTime, flow.Editor = engine.Timestamp(s.deps.Runner.Now()), actor(ctx)
	if err := s.keepBefore(ctx, before, flow); err != nil {
		return nil, err
	}
	if err := s.deps.Store.UpdateFlow(ctx, flow, revision); errors.Is(err, storage.ErrConflict) {
		return nil, revisionMismatch()
	} else if err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetFlow(ctx, flow.GetId())
	if err != nil {
		return nil, err
	}
	stored, err = s.authors().flow(ctx, stored)
	return &flowdeskv1.UpdateFlowResponse{Flow: stored}, err
}

// entitle gives the draft the title that an update names. Where the definition brings another one that counts: a title beside it is what was
// read before.
func entitle(flow *flowdeskv1.Flow, before, given string, fields []string) {
	if slices.Contains(fields, "title") && flow.GetDefinition().GetTitle() == before && flow.GetDefinition() != nil {
		flow.Definition.Title = given
	}
	flow.Title = flow.GetDefinition().GetTitle()
}

func (s *flowService) DeleteFlow(ctx context.Context, r *flowdeskv1.DeleteFlowRequest) (*flowdeskv1.DeleteFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if err := checkEtag(ctx, r.GetEtag(), flow.GetEtag()); err != nil {
		return nil, err
	}
	if flow.GetActiveVersion() > 0 {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_FLOW_ACTIVE, "deactivate the flow first")
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.DeleteFlowResponse{}, nil
	}
	return &flowdeskv1.DeleteFlowResponse{}, s.deps.Store.DeleteFlow(ctx, id(r.GetName()))
}

func (s *flowService) ValidateFlow(ctx context.Context, r *flowdeskv1.ValidateFlowRequest) (*flowdeskv1.ValidateFlowResponse, error) {
	definition, place := r.GetDefinition(), func([]*flowdeskv1.Diagnostic) {}
	var layout *flowdeskv1.FlowLayout
	switch {
	case r.GetSource() != "":
		var faults []*flowdeskv1.Diagnostic
		if definition, layout, place, faults = s.deps.ReadFlow([]byte(r.GetSource())); len(faults) > 0 {
			return &flowdeskv1.ValidateFlowResponse{Diagnostics: faults}, nil // what the compiler says of half a flow would mislead
		}
	case r.GetName() != "":
		flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
		if err != nil {
			return nil, err
		}
		definition = flow.GetDefinition()
	}
	program, diagnostics := s.deps.Runner.Compile("draft", 0, definition)
	place(diagnostics)
	answer := &flowdeskv1.ValidateFlowResponse{Diagnostics: diagnostics, Valid: program != nil, Digest: engine.DefinitionDigest(definition)}
	if program != nil {
		answer.Bounds = program.Bounds
	}
	if r.GetSource() != "" {
		answer.Definition, answer.Layout = definition, layout
	}
	return answer, nil
}

// runnable refuses a version that this server cannot run.
func (s *flowService) runnable(ctx context.Context, flow string, version int32) error {
	v, err := s.deps.Store.GetVersion(ctx, flow, version)
	if err != nil {
		return err
	}
	if program, diagnostics := s.deps.Runner.Compile(flow, version, v.GetDefinition()); program == nil {
		return invalidFlow(flow, version, diagnostics)
	}
	return nil
}

// setActive activates a version, or deactivates the flow with 0, and gives the flow as it then is.
func (s *flowService) setActive(ctx context.Context, flow string, version int32) (*flowdeskv1.Flow, error) {
	if version > 0 {
		if err := s.runnable(ctx, flow, version); err != nil {
			return nil, err
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
	return s.authors().flow(ctx, stored)
}

// flowAt is a flow whose etag is the given one.
func (s *flowService) flowAt(ctx context.Context, name, etag string) (*flowdeskv1.Flow, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(name))
	if err != nil {
		return nil, err
	}
	if err := checkEtag(ctx, etag, flow.GetEtag()); err != nil {
		return nil, err
	}
	return s.authors().flow(ctx, flow)
}

func (s *flowService) ActivateFlow(ctx context.Context, r *flowdeskv1.ActivateFlowRequest) (*flowdeskv1.ActivateFlowResponse, error) {
	flow, err := s.flowAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	version := r.GetVersion()
	if version == 0 {
		version = flow.GetLatestVersion()
	}
	if version == 0 {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED, "publish the flow first")
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.ActivateFlowResponse{Flow: flow}, s.runnable(ctx, flow.GetId(), version)
	}
	flow, err = s.setActive(ctx, flow.GetId(), version)
	return &flowdeskv1.ActivateFlowResponse{Flow: flow}, err
}

func (s *flowService) DeactivateFlow(ctx context.Context, r *flowdeskv1.DeactivateFlowRequest) (*flowdeskv1.DeactivateFlowResponse, error) {
	flow, err := s.flowAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	flow, err = s.setActive(ctx, flow.GetId(), 0)
	return &flowdeskv1.DeactivateFlowResponse{Flow: flow}, err
}

// listed refuses a list of what a flow has when there is no such flow. Where something was found, there is one.
func (s *flowService) listed(ctx context.Context, flow string, found int) error {
	if found > 0 {
		return nil
	}
	_, err := s.deps.Store.GetFlow(ctx, id(flow))
	return err
}

func (s *flowService) ListFlowVersions(ctx context.Context, r *flowdeskv1.ListFlowVersionsRequest) (*flowdeskv1.ListFlowVersionsResponse, error) {
	versions, next, err := s.deps.Store.ListVersions(ctx, id(r.GetParent()), page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	if err := s.listed(ctx, r.GetParent(), len(versions)); err != nil {
		return nil, err
	}
	by := s.authors()
	for _, v := range versions {
		if _, err := by.version(ctx, v); err != nil {
			return nil, err
		}
		if v.OpenInstances, err = s.deps.Store.CountInstances(ctx, v.GetFlow(), v.GetVersion()); err != nil {
			return nil, err
		}
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
	v, err = s.authors().version(ctx, v)
	return &flowdeskv1.GetFlowVersionResponse{FlowVersion: v}, err
}

func revisionMismatch() error {
	return withReason(codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_REVISION_MISMATCH, "the draft has changed meanwhile; read it again")
}

// invalidFlow refuses a definition with all that was found in it.
func invalidFlow(flow string, version int32, diagnostics []*flowdeskv1.Diagnostic) error {
	message := "the flow has errors"
	for _, d := range diagnostics {
		if d.GetSeverity() == flowdeskv1.Severity_SEVERITY_ERROR {
			message += ": " + d.GetMessage()
			break
		}
	}
	return withReason(codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FLOW, message, protoadapt.MessageV1Of(
		&flowdeskv1.FlowDiagnostics{Flows: []*flowdeskv1.FlowFindings{{Flow: "flows/" + flow, Version: version, Diagnostics: diagnostics}}}))
}

// validDraft applies the field rules to what is not the definition: a draft may be wrong, it is judged when it is published.
func (s *flowService) validDraft(flow *flowdeskv1.Flow) error {
	bare := proto.CloneOf(flow)
	bare.Definition = nil
	return s.valid(bare)
}
