package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// unreadSince is from when on a session counts that its reader never marked.
func (s *Server) unreadSince() time.Time { return s.deps.Runner.Now().Add(-storage.UnreadWithin) }

// countUnread fills in what the caller has not seen of a session.
func (s *Server) countUnread(ctx context.Context, session *flowdeskv1.Session) (err error) {
	session.Unread, err = s.deps.Store.CountUnread(ctx, actor(ctx), session.GetId(), s.unreadSince())
	return err
}

// MarkSessionRead implements the service.
func (s *sessionService) MarkSessionRead(ctx context.Context, r *flowdeskv1.MarkSessionReadRequest) (*flowdeskv1.MarkSessionReadResponse, error) {
	session := id(r.GetName())
	m, err := s.deps.Store.GetMessage(ctx, id(r.GetMessage()))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	if err != nil || m.GetSession() != session { // of a message elsewhere nothing is told, not even that it is there
		return nil, invalidField("message", "it is no message of this session; name one that ListMessages gives")
	}
	if err := s.deps.Store.MarkRead(ctx, actor(ctx), session, m.GetId()); err != nil {
		return nil, err
	}
	unread, err := s.deps.Store.CountUnread(ctx, actor(ctx), session, s.unreadSince())
	return &flowdeskv1.MarkSessionReadResponse{Unread: unread}, err
}

// MarkSessionUnread implements the service.
func (s *sessionService) MarkSessionUnread(ctx context.Context, r *flowdeskv1.MarkSessionUnreadRequest) (*flowdeskv1.MarkSessionUnreadResponse, error) {
	session := id(r.GetName())
	if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	err := s.deps.Store.MarkUnread(ctx, actor(ctx), session, s.unreadSince())
	if errors.Is(err, storage.ErrNotFound) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "nobody has said anything in this session that could be unread")
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", r.GetName(), err)
	}
	unread, err := s.deps.Store.CountUnread(ctx, actor(ctx), session, s.unreadSince())
	return &flowdeskv1.MarkSessionUnreadResponse{Unread: unread}, err
}
