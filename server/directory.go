package server

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

type directoryService struct {
	flowdeskv1.UnimplementedDirectoryServiceServer
	*Server
}

var personFields = []protoreflect.Name{"title", "role", "names", "group_names", "direct_session", "management", "manual_presence"}

func namePerson(p *flowdeskv1.Person) *flowdeskv1.Person {
	p.Name = "people/" + p.GetId()
	return p
}

// oneRoleInAGroup refuses a person with two roles in one group: nobody could say which of them counts.
func oneRoleInAGroup(p *flowdeskv1.Person) error {
	roles := make(map[string]flowdeskv1.Role)
	for i, n := range p.GetGroupNames() {
		if n.GetRole() == flowdeskv1.Role_ROLE_UNSPECIFIED {
			continue
		}
		if before, known := roles[n.GetGroup()]; known && before != n.GetRole() {
			return invalidField(fmt.Sprintf("person.group_names[%d].role", i), "another name in this group gives another role; give all of them the same, or one alone")
		}
		roles[n.GetGroup()] = n.GetRole()
	}
	return nil
}

// putPerson stores a person whose stored etag is still the given one, and gives it as it then is.
func (s *directoryService) putPerson(ctx context.Context, p *flowdeskv1.Person, etag string) (*flowdeskv1.Person, error) {
	p.Name, p.UpdateTime = "", engine.Timestamp(s.deps.Runner.Now())
	if err := s.deps.Store.PutPerson(ctx, p, etag); err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	return s.person(ctx, p.GetId())
}

// person is a directory entry with what is known of the person now.
func (s *directoryService) person(ctx context.Context, person string) (*flowdeskv1.Person, error) {
	p, err := s.deps.Store.GetPerson(ctx, person)
	if err != nil {
		return nil, err
	}
	return s.present(p), nil
}

// present adds presence and last activity, which change by the minute and are no part of the entry.
func (s *directoryService) present(p *flowdeskv1.Person) *flowdeskv1.Person {
	env := s.deps.Runner.Env()
	if seen := env.Person(p.GetId()); seen != nil {
		p.LastActive, p.OpenTasks = seen.GetLastActive(), seen.GetOpenTasks()
		facts := desk.FactsOf(seen)
		p.Presence = desk.PresenceOf(facts, env.GetSettings(), env.Zone, s.deps.Runner.Now())
	}
	return namePerson(p)
}

func (s *directoryService) UpdatePerson(ctx context.Context, r *flowdeskv1.UpdatePersonRequest) (*flowdeskv1.UpdatePersonResponse, error) {
	p, err := s.deps.Store.GetPerson(ctx, id(r.GetPerson().GetName()))
	if err != nil {
		return nil, err
	}
	etag := p.GetEtag()
	if err := checkEtag(ctx, r.GetPerson().GetEtag(), etag); err != nil {
		return nil, err
	}
	if _, err := merge(p, r.GetPerson(), r.GetUpdateMask(), personFields...); err != nil {
		return nil, err
	}
	if err := s.valid(p); err != nil {
		return nil, err
	}
	if err := oneRoleInAGroup(p); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.UpdatePersonResponse{Person: s.present(p)}, nil
	}
	p, err = s.putPerson(ctx, p, etag)
	return &flowdeskv1.UpdatePersonResponse{Person: p}, err
}

func (s *directoryService) SetPresence(ctx context.Context, r *flowdeskv1.SetPresenceRequest) (*flowdeskv1.SetPresenceResponse, error) {
	p, err := s.deps.Store.GetPerson(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	p.ManualPresence = r.GetPresence()
	p, err = s.putPerson(ctx, p, p.GetEtag())
	return &flowdeskv1.SetPresenceResponse{Person: p}, err
}

func (s *directoryService) CreatePerson(ctx context.Context, r *flowdeskv1.CreatePersonRequest) (*flowdeskv1.CreatePersonResponse, error) {
	p := &flowdeskv1.Person{Id: r.GetPersonId()}
	if _, err := merge(p, r.GetPerson(), nil, personFields...); err != nil {
		return nil, err
	}
	if err := oneRoleInAGroup(p); err != nil {
		return nil, err
	}
	if p.Id == "" {
		p.Id = "p" + s.newID(ctx)
	}
	if _, err := s.deps.Store.GetPerson(ctx, p.Id); err == nil && !madeBefore(ctx, r.GetPersonId()) {
		return nil, fmt.Errorf("person %s: %w", p.Id, storage.ErrExists)
	}
	p.CreateTime, p.UpdateTime = engine.Timestamp(s.deps.Runner.Now()), engine.Timestamp(s.deps.Runner.Now())
	if r.GetValidateOnly() {
		return &flowdeskv1.CreatePersonResponse{Person: namePerson(p)}, nil
	}
	p, err := s.putPerson(ctx, p, "")
	return &flowdeskv1.CreatePersonResponse{Person: p}, err
}

func (s *directoryService) GetPerson(ctx context.Context, r *flowdeskv1.GetPersonRequest) (*flowdeskv1.GetPersonResponse, error) {
	p, err := s.person(ctx, id(r.GetName()))
	return &flowdeskv1.GetPersonResponse{Person: p}, err
}

func (s *directoryService) ListPeople(ctx context.Context, r *flowdeskv1.ListPeopleRequest) (*flowdeskv1.ListPeopleResponse, error) {
	token, err := rowsToken(ctx, r.GetPageToken(), s.peopleRows)
	if err != nil {
		return nil, err
	}
	filter := storage.PersonFilter{
		Role: r.GetRole(), Name: r.GetQuery(),
		ByName: r.GetOrder() != flowdeskv1.NameOrder_NAME_ORDER_UNSPECIFIED, Reverse: r.GetOrder() == flowdeskv1.NameOrder_NAME_ORDER_BACKWARD,
	}
	people, next, err := s.deps.Store.ListPeople(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		s.present(p)
	}
	return &flowdeskv1.ListPeopleResponse{People: people, NextPageToken: next, ResumeToken: token}, nil
}

func (s *directoryService) DeletePerson(ctx context.Context, r *flowdeskv1.DeletePersonRequest) (*flowdeskv1.DeletePersonResponse, error) {
	p, err := s.deps.Store.GetPerson(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if err := checkEtag(ctx, r.GetEtag(), p.GetEtag()); err != nil {
		return nil, err
	}
	if err := s.deps.Store.DeletePerson(ctx, p.GetId()); err != nil {
		return nil, err
	}
	return &flowdeskv1.DeletePersonResponse{}, s.deps.Runner.Reload(ctx)
}
