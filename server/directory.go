package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type directoryService struct {
	flowdeskv1.UnimplementedDirectoryServiceServer
	*Server
}

func namePerson(p *flowdeskv1.Person) *flowdeskv1.Person {
	p.Name = "people/" + p.GetId()
	return p
}

func nameGroup(g *flowdeskv1.Group) *flowdeskv1.Group {
	g.Name = "groups/" + g.GetId()
	return g
}

func (s *directoryService) CreatePerson(ctx context.Context, r *flowdeskv1.CreatePersonRequest) (*flowdeskv1.CreatePersonResponse, error) {
	p := proto.CloneOf(r.GetPerson())
	p.Id, p.Name = r.GetPersonId(), ""
	if p.Id == "" {
		p.Id = "p" + s.deps.Runner.NewEventID()
	}
	if _, err := s.deps.Store.GetPerson(ctx, p.Id); err == nil {
		return nil, storage.ErrExists
	}
	p.CreateTime, p.UpdateTime = engine.Timestamp(s.deps.Runner.Now()), engine.Timestamp(s.deps.Runner.Now())
	if !r.GetValidateOnly() {
		if err := s.deps.Store.PutPerson(ctx, p, ""); err != nil {
			return nil, err
		}
		if err := s.deps.Runner.Reload(ctx); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.CreatePersonResponse{Person: namePerson(p)}, nil
}

func (s *directoryService) GetPerson(ctx context.Context, r *flowdeskv1.GetPersonRequest) (*flowdeskv1.GetPersonResponse, error) {
	p, err := s.deps.Store.GetPerson(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetPersonResponse{Person: namePerson(p)}, nil
}

func (s *directoryService) ListPeople(ctx context.Context, r *flowdeskv1.ListPeopleRequest) (*flowdeskv1.ListPeopleResponse, error) {
	people, next, err := s.deps.Store.ListPeople(ctx, storage.PersonFilter{Role: r.GetRole(), Name: r.GetQuery()}, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		namePerson(p)
	}
	return &flowdeskv1.ListPeopleResponse{People: people, NextPageToken: next}, nil
}

func (s *directoryService) DeletePerson(ctx context.Context, r *flowdeskv1.DeletePersonRequest) (*flowdeskv1.DeletePersonResponse, error) {
	if err := s.deps.Store.DeletePerson(ctx, id(r.GetName())); err != nil {
		return nil, err
	}
	return &flowdeskv1.DeletePersonResponse{}, s.deps.Runner.Reload(ctx)
}

func (s *directoryService) CreateGroup(ctx context.Context, r *flowdeskv1.CreateGroupRequest) (*flowdeskv1.CreateGroupResponse, error) {
	g := proto.CloneOf(r.GetGroup())
	g.Id, g.Name = "g"+s.deps.Runner.NewEventID(), ""
	g.CreateTime, g.UpdateTime = engine.Timestamp(s.deps.Runner.Now()), engine.Timestamp(s.deps.Runner.Now())
	if !r.GetValidateOnly() {
		if err := s.deps.Store.PutGroup(ctx, g, ""); err != nil {
			return nil, err
		}
		if err := s.deps.Runner.Reload(ctx); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.CreateGroupResponse{Group: nameGroup(g)}, nil
}

func (s *directoryService) GetGroup(ctx context.Context, r *flowdeskv1.GetGroupRequest) (*flowdeskv1.GetGroupResponse, error) {
	g, err := s.deps.Store.GetGroup(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetGroupResponse{Group: nameGroup(g)}, nil
}

func (s *directoryService) ListGroups(ctx context.Context, r *flowdeskv1.ListGroupsRequest) (*flowdeskv1.ListGroupsResponse, error) {
	groups, next, err := s.deps.Store.ListGroups(ctx, storage.GroupFilter{Title: r.GetQuery()}, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		nameGroup(g)
	}
	return &flowdeskv1.ListGroupsResponse{Groups: groups, NextPageToken: next}, nil
}

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
	etag := r.GetSettings().GetEtag()
	given, merged := r.GetSettings().ProtoReflect(), stored.ProtoReflect()
	fields := merged.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		named := false
		for _, path := range r.GetUpdateMask().GetPaths() {
			named = named || path == string(field.Name())
		}
		if r.GetUpdateMask() == nil && given.Has(field) || named && given.Has(field) {
			merged.Set(field, given.Get(field))
		} else if named {
			merged.Clear(field)
		}
	}
	stored.Etag = ""
	if !r.GetValidateOnly() {
		if err := s.deps.Store.PutSettings(ctx, stored, etag); err != nil {
			return nil, err
		}
		if err := s.deps.Runner.Reload(ctx); err != nil {
			return nil, err
		}
	}
	answer, err := s.GetSettings(ctx, &flowdeskv1.GetSettingsRequest{})
	return &flowdeskv1.UpdateSettingsResponse{Settings: answer.GetSettings()}, err
}

type textService struct {
	flowdeskv1.UnimplementedTextServiceServer
	*Server
}

func (s *textService) Understand(_ context.Context, r *flowdeskv1.UnderstandRequest) (*flowdeskv1.UnderstandResponse, error) {
	return &flowdeskv1.UnderstandResponse{Understanding: s.deps.Understand(s.deps.Runner.Env(), r.GetText(), r.GetLocale())}, nil
}

type catalogService struct {
	flowdeskv1.UnimplementedCatalogServiceServer
	*Server
}

func nodeType(t *engine.NodeType) *flowdeskv1.NodeType {
	return &flowdeskv1.NodeType{
		Name: "nodeTypes/" + string(t.Kind), Kind: string(t.Kind), Arm: string(t.Arm.Name()), Number: int32(t.Arm.Number()), Spec: t.Spec,
		ConfigMessage: string(t.Config.FullName()), OutputMessage: string(t.Output.Descriptor().FullName()), Available: !t.Planned(),
	}
}

func (s *catalogService) ListNodeTypes(context.Context, *flowdeskv1.ListNodeTypesRequest) (*flowdeskv1.ListNodeTypesResponse, error) {
	answer := &flowdeskv1.ListNodeTypesResponse{}
	for _, t := range s.deps.Runner.Catalog().Types() {
		answer.NodeTypes = append(answer.NodeTypes, nodeType(t))
	}
	return answer, nil
}

func (s *catalogService) GetNodeType(_ context.Context, r *flowdeskv1.GetNodeTypeRequest) (*flowdeskv1.GetNodeTypeResponse, error) {
	t := s.deps.Runner.Catalog().Type(engine.Kind(id(r.GetName())))
	if t == nil {
		return nil, storage.ErrNotFound
	}
	return &flowdeskv1.GetNodeTypeResponse{NodeType: nodeType(t)}, nil
}
