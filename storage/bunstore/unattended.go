package bunstore

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// The list with unanswered sessions first is two lists, one after the other: one statement would sort all sessions for every page. A token
// says which of them it goes on in, and where.

// unattendedPart is one of the two lists; it is what their tokens are bound to.
type unattendedPart struct {
	Filter   storage.SessionFilter
	Answered bool
}

const (
	partUnanswered = "unanswered"
	partAnswered   = "answered"
)

func (s *Store) listUnattendedFirst(ctx context.Context, filter storage.SessionFilter, page storage.Page) ([]*flowdeskv1.Session, string, error) {
	keys, err := storage.DecodeToken(filter, page.Token, 2)
	if err != nil {
		return nil, "", err
	}
	part, inner := partUnanswered, ""
	if keys != nil {
		part, inner = keys[0], keys[1]
	}
	var out []*flowdeskv1.Session
	if part == partUnanswered {
		some, next, err := s.listPart(ctx, filter, false, storage.Page{Size: page.Limit(), Token: inner})
		if err != nil {
			return nil, "", err
		}
		out, inner = some, ""
		if next != "" {
			return out, storage.EncodeToken(filter, partUnanswered, next), nil
		}
		if len(out) >= page.Limit() {
			return out, storage.EncodeToken(filter, partAnswered, ""), nil
		}
	}
	if filter.Unanswered {
		return out, "", nil
	}
	some, next, err := s.listPart(ctx, filter, true, storage.Page{Size: page.Limit() - len(out), Token: inner})
	if err != nil {
		return nil, "", err
	}
	out = append(out, some...)
	if next == "" {
		return out, "", nil
	}
	return out, storage.EncodeToken(filter, partAnswered, next), nil
}

func (s *Store) listPart(ctx context.Context, filter storage.SessionFilter, answered bool, page storage.Page) ([]*flowdeskv1.Session, string, error) {
	l := &listing{filter: unattendedPart{filter, answered}, page: page, keys: []key{{"last_message_time", true}, {"id", false}}}
	if answered {
		l.and("unanswered = 0")
	} else {
		l.and("unanswered > 0")
	}
	return s.listSessions(ctx, l, filter)
}
