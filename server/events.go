package server

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type eventService struct {
	flowdeskv1.UnimplementedEventServiceServer
	*Server
}

func (s *eventService) ListUnmatchedEvents(ctx context.Context, r *flowdeskv1.ListUnmatchedEventsRequest) (*flowdeskv1.ListUnmatchedEventsResponse, error) {
	turns, next, err := s.deps.Store.ListUnmatched(ctx, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ListUnmatchedEventsResponse{NextPageToken: next}
	for _, data := range turns {
		turn := &flowdeskv1.Turn{}
		if err := proto.Unmarshal(data, turn); err != nil {
			return nil, err
		}
		answer.UnmatchedEvents = append(answer.UnmatchedEvents, unmatched(turn))
	}
	return answer, nil
}

func unmatched(turn *flowdeskv1.Turn) *flowdeskv1.UnmatchedEvent {
	u := &flowdeskv1.UnmatchedEvent{
		Event: turn.GetEvent(), Session: "sessions/" + turn.GetEvent().GetSession(), Time: turn.GetNow(), Notes: turn.GetNotes(),
		Flows: turn.GetPrograms(),
	}
	switch {
	case len(turn.GetPrograms()) == 0:
		u.Reason = &flowdeskv1.Text{En: "no flow was active", Zh: "当时没有启用任何流程"}
	case len(turn.GetNotes()) > 0:
		u.Reason = &flowdeskv1.Text{En: "no flow was started; the notes say why", Zh: "没有流程被启动，原因见备注"}
	default:
		u.Reason = &flowdeskv1.Text{En: "no trigger of an active flow takes it", Zh: "已启用流程的触发条件都不匹配"}
	}
	return u
}

func quarantined(e *storage.QuarantineEntry) *flowdeskv1.QuarantinedEvent {
	q := &flowdeskv1.QuarantinedEvent{
		Name: "quarantinedEvents/" + e.Event.GetId(), Event: e.Event, Reason: e.Reason, Tries: e.Tries, Time: engine.Timestamp(e.Time),
	}
	if d := e.Dismissal; d != nil {
		q.Dismissal = &flowdeskv1.Dismissal{Actor: d.Actor, Reason: d.Reason, Time: engine.Timestamp(d.Time)}
	}
	return q
}

func (s *eventService) ListQuarantinedEvents(ctx context.Context, r *flowdeskv1.ListQuarantinedEventsRequest) (*flowdeskv1.ListQuarantinedEventsResponse, error) {
	entries, next, err := s.deps.Store.ListQuarantine(ctx, storage.QuarantineFilter{Dismissed: r.GetDismissed()}, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ListQuarantinedEventsResponse{NextPageToken: next}
	for _, e := range entries {
		answer.QuarantinedEvents = append(answer.QuarantinedEvents, quarantined(e))
	}
	return answer, nil
}

func (s *eventService) quarantinedEvent(ctx context.Context, name string) (*flowdeskv1.QuarantinedEvent, error) {
	e, err := s.deps.Store.GetQuarantine(ctx, id(name))
	if err != nil {
		return nil, err
	}
	return quarantined(e), nil
}

func (s *eventService) GetQuarantinedEvent(ctx context.Context, r *flowdeskv1.GetQuarantinedEventRequest) (*flowdeskv1.GetQuarantinedEventResponse, error) {
	q, err := s.quarantinedEvent(ctx, r.GetName())
	return &flowdeskv1.GetQuarantinedEventResponse{QuarantinedEvent: q}, err
}

func (s *eventService) RedriveQuarantinedEvent(ctx context.Context, r *flowdeskv1.RedriveQuarantinedEventRequest) (*flowdeskv1.RedriveQuarantinedEventResponse, error) {
	turn, err := s.deps.Runner.Redrive(ctx, id(r.GetName()))
	if errors.Is(err, runner.ErrQuarantined) { // that it failed again is what was asked
		q, err := s.quarantinedEvent(ctx, r.GetName())
		return &flowdeskv1.RedriveQuarantinedEventResponse{QuarantinedEvent: q}, err
	}
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.RedriveQuarantinedEventResponse{Unmatched: turn.GetUnmatched()}
	for _, trace := range turn.GetTraces() {
		answer.Instances = append(answer.Instances, "instances/"+trace.GetInstance())
	}
	return answer, nil
}

func (s *eventService) DismissQuarantinedEvent(ctx context.Context, r *flowdeskv1.DismissQuarantinedEventRequest) (*flowdeskv1.DismissQuarantinedEventResponse, error) {
	dismissal := storage.Dismissal{Actor: actor(ctx), Reason: r.GetReason(), Time: s.deps.Runner.Now()}
	if err := s.deps.Store.DismissQuarantine(ctx, id(r.GetName()), dismissal); err != nil {
		if errors.Is(err, storage.ErrConflict) {
			return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "it was dismissed before")
		}
		return nil, err
	}
	q, err := s.quarantinedEvent(ctx, r.GetName())
	return &flowdeskv1.DismissQuarantinedEventResponse{QuarantinedEvent: q}, err
}
