package server

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type sessionService struct {
	flowdeskv1.UnimplementedSessionServiceServer
	*Server
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func nameMessage(m *flowdeskv1.Message) *flowdeskv1.Message {
	m.Name = "messages/" + m.GetId()
	return m
}

func (s *Server) message(ctx context.Context, message string) (*flowdeskv1.Message, error) {
	m, err := s.deps.Store.GetMessage(ctx, message)
	if err != nil {
		return nil, err
	}
	return nameMessage(m), nil
}

// session is a session's row with what only its state knows.
func (s *Server) session(ctx context.Context, session string) (*flowdeskv1.Session, error) {
	row, err := s.deps.Store.GetSession(ctx, session)
	if err != nil {
		return nil, err
	}
	record, err := s.deps.Store.LoadSession(ctx, session)
	if err != nil {
		return nil, err
	}
	state, err := runner.Restore(session, record)
	if err != nil {
		return nil, err
	}
	row.Name = "sessions/" + row.GetId()
	row.Interventions, row.Participants, row.Commands = state.GetInterventions(), state.GetParticipants(), ownCommands(ctx, state.GetCommands())
	for _, i := range state.GetInstances() {
		row.WaitingInstances = append(row.WaitingInstances, "instances/"+i.GetId())
	}
	return row, nil
}

func (s *sessionService) ListSessions(ctx context.Context, r *flowdeskv1.ListSessionsRequest) (*flowdeskv1.ListSessionsResponse, error) {
	filter := storage.SessionFilter{
		Title: r.GetQuery(), Kind: r.GetKind(), Held: r.Held, Resolved: r.Resolved, Unanswered: r.GetUnanswered(), Alerted: r.GetAlerted(),
		Unattended: r.GetOrder() == flowdeskv1.SessionOrder_SESSION_ORDER_UNATTENDED,
		Waiting:    r.GetOrder() == flowdeskv1.SessionOrder_SESSION_ORDER_WAITING,
		Sessions:   callerOf(ctx).Groups, Reader: actor(ctx), UnreadSince: s.unreadSince(), Unread: r.GetUnread(),
	}
	token := s.listToken(r.GetPageToken())
	sessions, next, err := s.deps.Store.ListSessions(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, row := range sessions {
		row.Name = "sessions/" + row.GetId()
	}
	return &flowdeskv1.ListSessionsResponse{Sessions: sessions, NextPageToken: next, ResumeToken: token}, nil
}

func (s *sessionService) GetSession(ctx context.Context, r *flowdeskv1.GetSessionRequest) (*flowdeskv1.GetSessionResponse, error) {
	session, err := s.session(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetSessionResponse{Session: session}, s.countUnread(ctx, session)
}

// change lets a request change a session that exists.
func (s *sessionService) change(ctx context.Context, name string, e *flowdeskv1.SessionEvent) (*flowdeskv1.Session, error) {
	session := id(name)
	if _, err := s.deps.Store.GetSession(ctx, session); err != nil {
		return nil, err
	}
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_SessionChange{SessionChange: e}}); err != nil {
		return nil, err
	}
	return s.session(ctx, session)
}

func (s *sessionService) TakeOverSession(ctx context.Context, r *flowdeskv1.TakeOverSessionRequest) (*flowdeskv1.TakeOverSessionResponse, error) {
	if _, err := s.deps.Store.GetSession(ctx, id(r.GetName())); err != nil {
		return nil, err
	}
	person, err := s.responsible(ctx, "person", cmp.Or(r.GetPerson(), self(ctx)))
	if err != nil {
		return nil, err
	}
	session, err := s.change(ctx, r.GetName(), &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: person, Participant: r.GetParticipant(), Until: r.GetUntil(), Reason: r.GetReason(),
	})
	return &flowdeskv1.TakeOverSessionResponse{Session: session}, err
}

func (s *sessionService) HandBackSession(ctx context.Context, r *flowdeskv1.HandBackSessionRequest) (*flowdeskv1.HandBackSessionResponse, error) {
	session, err := s.change(ctx, r.GetName(), &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_HAND_BACK, Participant: r.GetParticipant(), Reason: r.GetReason(),
	})
	return &flowdeskv1.HandBackSessionResponse{Session: session}, err
}

func (s *sessionService) ResolveSession(ctx context.Context, r *flowdeskv1.ResolveSessionRequest) (*flowdeskv1.ResolveSessionResponse, error) {
	session, err := s.change(ctx, r.GetName(), &flowdeskv1.SessionEvent{Action: flowdeskv1.SessionAction_SESSION_ACTION_RESOLVE, Reason: r.GetReason()})
	return &flowdeskv1.ResolveSessionResponse{Session: session}, err
}

func (s *sessionService) ReopenSession(ctx context.Context, r *flowdeskv1.ReopenSessionRequest) (*flowdeskv1.ReopenSessionResponse, error) {
	session, err := s.change(ctx, r.GetName(), &flowdeskv1.SessionEvent{Action: flowdeskv1.SessionAction_SESSION_ACTION_REOPEN, Reason: r.GetReason()})
	return &flowdeskv1.ReopenSessionResponse{Session: session}, err
}

func (s *sessionService) SignalSession(ctx context.Context, r *flowdeskv1.SignalSessionRequest) (*flowdeskv1.SignalSessionResponse, error) {
	session := id(r.GetName())
	if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Signal{Signal: &flowdeskv1.Signal{
		Name: r.GetSignal(), Instance: id(r.GetInstance()), Text: r.GetText(),
	}}})
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.SignalSessionResponse{}
	for _, trace := range turn.GetTraces() {
		answer.Instances = append(answer.Instances, "instances/"+trace.GetInstance())
	}
	return answer, nil
}

func (s *sessionService) ListMessages(ctx context.Context, r *flowdeskv1.ListMessagesRequest) (*flowdeskv1.ListMessagesResponse, error) {
	session := id(r.GetParent())
	if session == "-" { // a hyphen stands for all
		session = ""
	}
	if session != "" {
		if err := s.sessionExists(ctx, session); err != nil {
			return nil, err
		}
	}
	token := s.listToken(r.GetPageToken())
	filter := storage.MessageFilter{Session: session, Role: r.GetRole(), Text: r.GetQuery(), After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil())}
	messages, next, err := s.deps.Store.ListMessages(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		nameMessage(m)
	}
	return &flowdeskv1.ListMessagesResponse{Messages: messages, NextPageToken: next, ResumeToken: token}, nil
}

func (s *sessionService) GetMessage(ctx context.Context, r *flowdeskv1.GetMessageRequest) (*flowdeskv1.GetMessageResponse, error) {
	m, err := s.message(ctx, id(r.GetName()))
	return &flowdeskv1.GetMessageResponse{Message: m}, err
}

func (s *sessionService) WithdrawMessage(ctx context.Context, r *flowdeskv1.WithdrawMessageRequest) (*flowdeskv1.WithdrawMessageResponse, error) {
	m, err := s.message(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: m.GetSession(), Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{
		Message: m.GetId(), Reason: r.GetReason(),
	}}}); err != nil {
		return nil, err
	}
	m, err = s.message(ctx, m.GetId())
	return &flowdeskv1.WithdrawMessageResponse{Message: m}, err
}

func (s *sessionService) WhyMessage(ctx context.Context, r *flowdeskv1.WhyMessageRequest) (*flowdeskv1.WhyMessageResponse, error) {
	d, err := s.why(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.WhyMessageResponse{Derivation: reached(ctx, d)}, nil
}
