package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// self is the caller as tasks, alerts and conversations name who is responsible: the entry of the directory that an account is, or the account
// itself where it is none.
func self(ctx context.Context) string {
	c := callerOf(ctx)
	if c.Entry != "" {
		return id(c.Entry)
	}
	return c.ID()
}

// responsible is the id of the person whom a request makes responsible, given by id or resource name. Work for somebody whom nobody knows would
// never be done: it is refused, unless it is the caller. Empty names nobody.
func (s *Server) responsible(ctx context.Context, field, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	person := id(name)
	if person == self(ctx) {
		return person, nil
	}
	if !strings.HasPrefix(name, "users/") {
		if s.deps.Runner.Env().Person(person) != nil {
			return person, nil
		}
		if _, err := s.deps.Store.GetPerson(ctx, person); !errors.Is(err, storage.ErrNotFound) { // one that another replica made just now, too
			return person, err
		}
	}
	if s.deps.Closed && !strings.HasPrefix(name, "people/") {
		switch record, err := s.deps.Store.GetUser(ctx, person); {
		case err == nil && record.User.GetPerson() != "":
			return id(record.User.GetPerson()), nil
		case !errors.Is(err, storage.ErrNotFound):
			return person, err
		}
	}
	return "", nobody(field, name)
}

// entry gives an account that names its person's entry of the directory the name of that entry, which must be there.
func (s *Server) entry(ctx context.Context, user *flowdeskv1.User, fields []string) error {
	if user.GetPerson() == "" || !slices.Contains(fields, "person") {
		return nil
	}
	_, err := s.deps.Store.GetPerson(ctx, id(user.GetPerson()))
	if errors.Is(err, storage.ErrNotFound) {
		return nobody("user.person", user.GetPerson())
	}
	user.Person = "people/" + id(user.GetPerson())
	return err
}

func nobody(field, name string) error {
	return invalidField(field, "nobody is known as "+name+"; take an id of the list of people, or add the person to the directory first")
}
