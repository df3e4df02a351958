package server

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type settingsService struct {
	flowdeskv1.UnimplementedSettingsServiceServer
	*Server
}

func (s *settingsService) GetSettings(ctx context.Context, r *flowdeskv1.GetSettingsRequest) (*flowdeskv1.GetSettingsResponse, error) {
	stored, err := s.deps.Store.GetSettings(ctx)
	if err != nil || r.GetStoredOnly() {
		return &flowdeskv1.GetSettingsResponse{Settings: stored}, err
	}
	filled := proto.CloneOf(s.deps.Runner.Env().GetSettings())
	filled.Etag = stored.GetEtag()
	return &flowdeskv1.GetSettingsResponse{Settings: filled}, nil
}

func (s *settingsService) UpdateSettings(ctx context.Context, r *flowdeskv1.UpdateSettingsRequest) (*flowdeskv1.UpdateSettingsResponse, error) {
	stored, err := s.deps.Store.GetSettings(ctx)
	if err != nil {
		return nil, err
	}
	etag := stored.GetEtag()
	if err := checkEtag(ctx, r.GetSettings().GetEtag(), etag); err != nil {
		return nil, err
	}
	if _, err := merge(stored, r.GetSettings(), r.GetUpdateMask(), settingsFields()...); err != nil {
		return nil, err
	}
	stored.Etag = ""
	filled, err := s.judge(ctx, stored)
	if err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		filled.Etag = etag
		return &flowdeskv1.UpdateSettingsResponse{Settings: filled}, nil
	}
	if err := s.deps.Store.PutSettings(ctx, stored, etag); err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	answer, err := s.GetSettings(ctx, &flowdeskv1.GetSettingsRequest{})
	return &flowdeskv1.UpdateSettingsResponse{Settings: answer.GetSettings()}, err
}

// settingsFields are all fields but the etag.
func settingsFields() []protoreflect.Name {
	fields := (&flowdeskv1.Settings{}).ProtoReflect().Descriptor().Fields()
	var names []protoreflect.Name
	for i := range fields.Len() {
		if name := fields.Get(i).Name(); name != "etag" {
			names = append(names, name)
		}
	}
	return names
}

// judge fills new settings with their defaults and refuses those under which the product or an active flow could not run.
func (s *settingsService) judge(ctx context.Context, stored *flowdeskv1.Settings) (*flowdeskv1.Settings, error) {
	if err := s.valid(stored); err != nil {
		return nil, err
	}
	filled := desk.FillSettings(proto.CloneOf(stored))
	env := proto.CloneOf(s.deps.Runner.Env().Environment)
	env.Settings = filled
	if _, err := engine.NewEnv(env, "", s.deps.Runner.Catalog().Rules); err != nil {
		return nil, invalidField("settings.time_zone", err.Error())
	}
	if problems := desk.CheckDelayTable(filled.GetDelayRules()); len(problems) > 0 {
		return nil, invalidField("settings.delay_rules", problems[0].Text().GetEn())
	}
	versions, err := s.deps.Store.ActiveVersions(ctx)
	if err != nil {
		return nil, err
	}
	broken := &flowdeskv1.FlowDiagnostics{}
	for _, v := range versions {
		if program, diagnostics := s.deps.Runner.Compile(v.GetFlow(), v.GetVersion(), v.GetDefinition()); program == nil {
			broken.Flows = append(broken.Flows, &flowdeskv1.FlowFindings{Flow: "flows/" + v.GetFlow(), Version: v.GetVersion(), Diagnostics: diagnostics})
		}
	}
	if len(broken.GetFlows()) > 0 {
		return nil, withReason(codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_BREAKS_FLOWS, "active flows would break", protoadapt.MessageV1Of(broken))
	}
	return filled, nil
}
