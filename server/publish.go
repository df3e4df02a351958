package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func (s *flowService) PublishFlow(ctx context.Context, r *flowdeskv1.PublishFlowRequest) (*flowdeskv1.PublishFlowResponse, error) {
	release, err := s.locks.acquire(ctx, "flows/"+id(r.GetName())) // of two who publish one draft at once the second finds it published
	if err != nil {
		return nil, err
	}
	defer release()
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if r.GetRevision() != 0 && r.GetRevision() != flow.GetRevision() {
		return nil, revisionMismatch()
	}
	program, diagnostics := s.deps.Runner.Compile(flow.GetId(), flow.GetLatestVersion()+1, flow.GetDefinition())
	if program == nil {
		return nil, invalidFlow(flow.GetId(), 0, diagnostics)
	}
	answer := &flowdeskv1.PublishFlowResponse{Diagnostics: diagnostics}
	if answer.FlowVersion, err = s.published(ctx, flow, program.Digest); err != nil {
		return nil, err
	}
	if answer.GetFlowVersion() != nil {
		answer.Unchanged = true
		return answer, s.goLive(ctx, answer.GetFlowVersion(), r)
	}
	version := &flowdeskv1.FlowVersion{
		Flow: flow.GetId(), Definition: flow.GetDefinition(), Layout: flow.GetLayout(), Digest: program.Digest, Note: r.GetNote(), Author: actor(ctx),
		CreateTime: engine.Timestamp(s.deps.Runner.Now()), Bounds: program.Bounds,
	}
	answer.FlowVersion = version
	if r.GetValidateOnly() {
		version.Version = program.Version
		_, err := s.authors().version(ctx, version)
		return answer, err
	}
	number, err := s.deps.Store.PublishVersion(ctx, version, !r.GetKeepInactive())
	if err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	version.Version, version.Active = number, !r.GetKeepInactive()
	_, err = s.authors().version(ctx, version)
	return answer, err
}

// published is the active or the newest version when it is what the draft says, layout included; nil when neither is.
func (s *flowService) published(ctx context.Context, flow *flowdeskv1.Flow, digest string) (*flowdeskv1.FlowVersion, error) {
	for _, number := range []int32{flow.GetActiveVersion(), flow.GetLatestVersion()} {
		if number == 0 {
			continue
		}
		version, err := s.deps.Store.GetVersion(ctx, flow.GetId(), number)
		if err != nil {
			return nil, err
		}
		if says(version, digest, flow.GetLayout()) {
			return s.authors().version(ctx, version)
		}
	}
	return nil, nil //nolint:nilnil // no version is an answer
}

// says reports whether a version has that content, layout included.
func says(version *flowdeskv1.FlowVersion, digest string, layout *flowdeskv1.FlowLayout) bool {
	return version.GetDigest() == digest && proto.Equal(version.GetLayout(), layout)
}

// goLive activates a version that a publication found already there, if the publication would have activated a new one.
func (s *flowService) goLive(ctx context.Context, version *flowdeskv1.FlowVersion, r *flowdeskv1.PublishFlowRequest) error {
	if r.GetKeepInactive() || r.GetValidateOnly() || version.GetActive() {
		return nil
	}
	if _, err := s.setActive(ctx, version.GetFlow(), version.GetVersion()); err != nil {
		return err
	}
	version.Active = true
	return nil
}
