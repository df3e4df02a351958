package server

import (
	"context"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type alertService struct {
	flowdeskv1.UnimplementedAlertServiceServer
	*Server
}

func nameAlert(a *flowdeskv1.Alert) *flowdeskv1.Alert {
	a.Name = "alerts/" + a.GetId()
	if a.GetEtag() == "" {
		a.Etag = strconv.FormatInt(a.GetRevision(), 10)
	}
	return a
}

func (s *alertService) ListAlerts(ctx context.Context, r *flowdeskv1.ListAlertsRequest) (*flowdeskv1.ListAlertsResponse, error) {
	filter := storage.AlertFilter{
		States: r.GetStates(), Levels: r.GetLevels(), Categories: r.GetCategories(), Session: id(r.GetSession()), Participant: r.GetParticipant(),
		After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil()), Assignee: id(r.GetAssignee()), Groups: callerOf(ctx).Groups,
	}
	if r.GetOpen() {
		if len(r.GetStates()) > 0 {
			return nil, invalidField("states", "open names the states itself")
		}
		filter.States = []flowdeskv1.AlertState{flowdeskv1.AlertState_ALERT_STATE_OPEN, flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED}
	}
	switch r.GetOrder() {
	case flowdeskv1.AlertOrder_ALERT_ORDER_GRAVEST:
		if filter.Gravest = true; len(filter.States) == 0 || slices.Contains(filter.States, flowdeskv1.AlertState_ALERT_STATE_RESOLVED) {
			return nil, invalidField("order", "by gravity needs open, or states without resolved")
		}
	case flowdeskv1.AlertOrder_ALERT_ORDER_OLDEST:
		filter.Reverse = true
	case flowdeskv1.AlertOrder_ALERT_ORDER_UNSPECIFIED, flowdeskv1.AlertOrder_ALERT_ORDER_NEWEST:
	}
	if r.Silenced != nil {
		silenced := r.GetSilenced()
		filter.Silenced = &silenced
		filter.Now = s.deps.Runner.Now().Truncate(time.Minute) // so that the token of the next page fits for a while
	}
	token := s.listToken(r.GetPageToken())
	alerts, next, err := s.deps.Store.ListAlerts(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, a := range alerts {
		nameAlert(a)
	}
	return &flowdeskv1.ListAlertsResponse{Alerts: alerts, NextPageToken: next, ResumeToken: token}, nil
}

func (s *alertService) GetAlert(ctx context.Context, r *flowdeskv1.GetAlertRequest) (*flowdeskv1.GetAlertResponse, error) {
	a, err := s.deps.Store.GetAlert(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetAlertResponse{Alert: nameAlert(a)}, nil
}

// alertRequest is what all requests that change an alert have.
type alertRequest interface {
	GetName() string
	GetEtag() string
	GetReason() string
}

func (s *alertService) change(ctx context.Context, r alertRequest, e *flowdeskv1.AlertEvent) (*flowdeskv1.Alert, error) {
	release, err := s.locks.acquire(ctx, "alerts/"+id(r.GetName()))
	if err != nil {
		return nil, err
	}
	defer release()
	a, err := s.deps.Store.GetAlert(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if err := checkEtag(ctx, r.GetEtag(), nameAlert(a).GetEtag()); err != nil {
		return nil, err
	}
	e.Reason = r.GetReason()
	e.Alert, e.Revision = a.GetId(), revision(r.GetEtag())
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: a.GetSession(), Payload: &flowdeskv1.Event_Alert{Alert: e}}); err != nil {
		return nil, err
	}
	if a, err = s.deps.Store.GetAlert(ctx, a.GetId()); err != nil {
		return nil, err
	}
	return nameAlert(a), nil
}

func (s *alertService) AcknowledgeAlert(ctx context.Context, r *flowdeskv1.AcknowledgeAlertRequest) (*flowdeskv1.AcknowledgeAlertResponse, error) {
	a, err := s.change(ctx, r, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ACKNOWLEDGE})
	return &flowdeskv1.AcknowledgeAlertResponse{Alert: a}, err
}

func (s *alertService) AssignAlert(ctx context.Context, r *flowdeskv1.AssignAlertRequest) (*flowdeskv1.AssignAlertResponse, error) {
	assignee, err := s.responsible(ctx, "assignee", r.GetAssignee())
	if err != nil {
		return nil, err
	}
	a, err := s.change(ctx, r, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_ASSIGN, Assignee: assignee})
	return &flowdeskv1.AssignAlertResponse{Alert: a}, err
}

func passed(until *timestamppb.Timestamp, now time.Time) bool { return !until.AsTime().After(now) }

func (s *alertService) SilenceAlert(ctx context.Context, r *flowdeskv1.SilenceAlertRequest) (*flowdeskv1.SilenceAlertResponse, error) {
	if passed(r.GetUntil(), s.deps.Runner.Now()) {
		return nil, invalidField("until", "it must be in the future")
	}
	a, err := s.change(ctx, r, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_SILENCE, Until: r.GetUntil()})
	return &flowdeskv1.SilenceAlertResponse{Alert: a}, err
}

func (s *alertService) ResolveAlert(ctx context.Context, r *flowdeskv1.ResolveAlertRequest) (*flowdeskv1.ResolveAlertResponse, error) {
	a, err := s.change(ctx, r, &flowdeskv1.AlertEvent{Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE})
	return &flowdeskv1.ResolveAlertResponse{Alert: a}, err
}
