package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// noteText is the longest text of a note, in characters as readers see them: a family of emoji is one.
const noteText = 4000

// notePrefix begins the resource names of notes; no message's id has it.
const notePrefix = "notes/"

// noteTold is how long a change of a note waits until those who watch its session can hear of it.
const noteTold = 2 * time.Second

// tell lets a turn of the session say that a note of it changed: whoever watches the session, here or at another replica, hears of it as of a
// message. The note is kept in any case: who does not hear of it finds it with the next reading.
func (s *sessionService) tell(ctx context.Context, n *flowdeskv1.SessionNote) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTold)
	defer cancel()
	if _, err := s.act(ctx, &flowdeskv1.Event{
		Session: n.GetSession(), Payload: &flowdeskv1.Event_Note{Note: &flowdeskv1.NoteChange{Note: n.GetId()}},
	}); err != nil {
		s.deps.Log.Warn("those who watch a session were not told of its note", "session", n.GetSession(), "note", n.GetId(), "error", err)
	}
}

// noteWords checks the text of a note.
func noteWords(text string) error {
	const field = "session_note.text"
	if strings.TrimSpace(text) == "" {
		return invalidField(field, "a note needs a text")
	}
	if utf8.RuneCountInString(text) <= noteText { // no character has less than one code point
		return nil
	}
	n := 0
	for seen := graphemes.FromString(text); seen.Next(); {
		n++
	}
	if n > noteText {
		return invalidField(field, fmt.Sprintf("it has %d characters; at most 4,000 are taken, so write two notes", n))
	}
	return nil
}

// note is a note as answers give it.
func (a *authors) note(ctx context.Context, n *flowdeskv1.SessionNote) (*flowdeskv1.SessionNote, error) {
	title, err := a.title(ctx, n.GetAuthor())
	n.Name, n.AuthorTitle = notePrefix+n.GetId(), title
	return n, err
}

// ownNote is a note that the caller may change: its author and admins may.
func (s *sessionService) ownNote(ctx context.Context, name, etag string) (*flowdeskv1.SessionNote, error) {
	n, err := s.deps.Store.GetSessionNote(ctx, id(name))
	if err != nil {
		return nil, err
	}
	if c := callerOf(ctx); c.Name != n.GetAuthor() && c.Role != flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN {
		return nil, fmt.Errorf("%w: a note is changed by its author or an admin", access.ErrDenied)
	}
	return n, checkEtag(ctx, etag, n.GetEtag())
}

// CreateSessionNote implements the service.
func (s *sessionService) CreateSessionNote(ctx context.Context, r *flowdeskv1.CreateSessionNoteRequest) (*flowdeskv1.CreateSessionNoteResponse, error) {
	session := id(r.GetParent())
	if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	if err := noteWords(r.GetSessionNote().GetText()); err != nil {
		return nil, err
	}
	now := engine.Timestamp(s.deps.Runner.Now())
	n := &flowdeskv1.SessionNote{
		Id: r.GetNoteId(), Session: session, Text: r.GetSessionNote().GetText(), Author: actor(ctx), CreateTime: now, UpdateTime: now,
	}
	if n.GetId() == "" {
		n.Id = s.newID(ctx)
	}
	err := s.deps.Store.CreateSessionNote(ctx, n)
	if errors.Is(err, storage.ErrExists) {
		if n, err = s.sameNote(ctx, n, err); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	s.tell(ctx, n)
	n, err = s.authors().note(ctx, n)
	return &flowdeskv1.CreateSessionNoteResponse{SessionNote: n}, err
}

// sameNote is the note that is there under an id, when it is the one that was to be made: the call is repeated. Another's is not told.
func (s *sessionService) sameNote(ctx context.Context, made *flowdeskv1.SessionNote, taken error) (*flowdeskv1.SessionNote, error) {
	n, err := s.deps.Store.GetSessionNote(ctx, made.GetId())
	if err != nil {
		return nil, err
	}
	if n.GetSession() != made.GetSession() || n.GetAuthor() != made.GetAuthor() || n.GetText() != made.GetText() {
		return nil, taken
	}
	return n, nil
}

// ListSessionNotes implements the service.
func (s *sessionService) ListSessionNotes(ctx context.Context, r *flowdeskv1.ListSessionNotesRequest) (*flowdeskv1.ListSessionNotesResponse, error) {
	session := id(r.GetParent())
	if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	filter := storage.SessionNoteFilter{Session: session, After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil())}
	notes, next, err := s.deps.Store.ListSessionNotes(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	by := s.authors()
	for _, n := range notes {
		if _, err := by.note(ctx, n); err != nil {
			return nil, err
		}
	}
	return &flowdeskv1.ListSessionNotesResponse{SessionNotes: notes, NextPageToken: next}, nil
}

// GetSessionNote implements the service.
func (s *sessionService) GetSessionNote(ctx context.Context, r *flowdeskv1.GetSessionNoteRequest) (*flowdeskv1.GetSessionNoteResponse, error) {
	n, err := s.deps.Store.GetSessionNote(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	n, err = s.authors().note(ctx, n)
	return &flowdeskv1.GetSessionNoteResponse{SessionNote: n}, err
}

// UpdateSessionNote implements the service.
func (s *sessionService) UpdateSessionNote(ctx context.Context, r *flowdeskv1.UpdateSessionNoteRequest) (*flowdeskv1.UpdateSessionNoteResponse, error) {
	given := r.GetSessionNote()
	n, err := s.ownNote(ctx, given.GetName(), given.GetEtag())
	if err != nil {
		return nil, err
	}
	fields, err := merge(n, given, r.GetUpdateMask(), "text")
	if err != nil {
		return nil, err
	}
	if err := noteWords(n.GetText()); err != nil {
		return nil, err
	}
	if len(fields) > 0 {
		n.UpdateTime = engine.Timestamp(s.deps.Runner.Now())
		if err := s.deps.Store.UpdateSessionNote(ctx, n, n.GetEtag()); err != nil {
			return nil, err
		}
		s.tell(ctx, n)
	}
	n, err = s.authors().note(ctx, n)
	return &flowdeskv1.UpdateSessionNoteResponse{SessionNote: n}, err
}

// DeleteSessionNote implements the service.
func (s *sessionService) DeleteSessionNote(ctx context.Context, r *flowdeskv1.DeleteSessionNoteRequest) (*flowdeskv1.DeleteSessionNoteResponse, error) {
	n, err := s.ownNote(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	if err := s.deps.Store.DeleteSessionNote(ctx, n.GetId(), n.GetEtag()); err != nil {
		return nil, err
	}
	s.tell(ctx, n)
	return &flowdeskv1.DeleteSessionNoteResponse{}, nil
}
