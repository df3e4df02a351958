package server

import (
	"context"
	"errors"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// authors are the titles of users and keys by their names, each read once for an answer.
type authors struct {
	store storage.Store
	known map[string]string
}

func (s *Server) authors() *authors {
	return &authors{store: s.deps.Store, known: make(map[string]string)}
}

// title is the title of a user or key; empty for a name that is neither's, and for one that is gone.
func (a *authors) title(ctx context.Context, name string) (string, error) {
	if title, ok := a.known[name]; ok {
		return title, nil
	}
	title, err := a.read(ctx, name)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	a.known[name] = title
	return title, nil
}

// flow is a flow as answers give it.
func (a *authors) flow(ctx context.Context, f *flowdeskv1.Flow) (*flowdeskv1.Flow, error) {
	title, err := a.title(ctx, f.GetEditor())
	f.EditorTitle = title
	return nameFlow(f), err
}

// version is a version as answers give it.
func (a *authors) version(ctx context.Context, v *flowdeskv1.FlowVersion) (*flowdeskv1.FlowVersion, error) {
	title, err := a.title(ctx, v.GetAuthor())
	v.AuthorTitle = title
	return nameVersion(v), err
}

// checkpoint is a checkpoint as answers give it.
func (a *authors) checkpoint(ctx context.Context, c *flowdeskv1.FlowCheckpoint) (*flowdeskv1.FlowCheckpoint, error) {
	title, err := a.title(ctx, c.GetAuthor())
	c.AuthorTitle = title
	return nameCheckpoint(c), err
}

// job is a job as answers give it.
func (a *authors) job(ctx context.Context, j *flowdeskv1.Job) (*flowdeskv1.Job, error) {
	creator, err := a.title(ctx, j.GetCreator())
	if err != nil {
		return nil, err
	}
	canceller, err := a.title(ctx, j.GetCanceller())
	j.CreatorTitle, j.CancellerTitle = creator, canceller
	return nameJob(j), err
}

func (a *authors) read(ctx context.Context, name string) (string, error) {
	if user, ok := strings.CutPrefix(name, "users/"); ok {
		record, err := a.store.GetUser(ctx, user)
		if err != nil {
			return "", err
		}
		return record.User.GetTitle(), nil
	}
	if person, ok := strings.CutPrefix(name, "people/"); ok { // of demo data
		p, err := a.store.GetPerson(ctx, person)
		return p.GetTitle(), err
	}
	if key, ok := strings.CutPrefix(name, "apiKeys/"); ok {
		record, err := a.store.GetKey(ctx, key)
		if err != nil {
			return "", err
		}
		return record.Key.GetTitle(), nil
	}
	return "", nil
}
