package server

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// measuredRequest is what all requests for rows of a metric have.
type measuredRequest interface {
	GetMetric() flowdeskv1.Metric
	GetSince() *timestamppb.Timestamp
	GetUntil() *timestamppb.Timestamp
	GetSession() string
	GetPerson() string
}

func isNotFound(err error) bool { return errors.Is(err, storage.ErrNotFound) }

func (s *analyticsService) measuredFilter(r measuredRequest) (storage.MeasuredFilter, error) {
	since, until, err := timeRange(timeOf(r.GetSince()), timeOf(r.GetUntil()), func(until time.Time) time.Time { return until.Add(-defaultSeries) },
		s.deps.Runner.Now().Truncate(time.Microsecond))
	filter := storage.MeasuredFilter{Metric: r.GetMetric(), After: since, Before: until, Session: id(r.GetSession()), Person: id(r.GetPerson())}
	if complaining, ok := r.(interface{ GetComplaints() bool }); ok {
		filter.Complaints = complaining.GetComplaints()
	}
	return filter, err
}

// measured is one page of rows as people see them, with titles.
func (s *analyticsService) measured(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	if err := s.deps.Store.Derive(ctx, filter.After, filter.Before, s.deps.Runner.Now()); err != nil {
		return nil, "", err
	}
	rows, next, err := s.deps.Store.ListMeasured(ctx, filter, page)
	if err != nil {
		return nil, "", err
	}
	names := s.names()
	for _, m := range rows {
		if m.SessionTitle, err = names.session(ctx, m.GetSession()); err != nil {
			return nil, "", err
		}
		if m.GetPersonTitle() == "" {
			if m.PersonTitle, err = names.person(ctx, m); err != nil {
				return nil, "", err
			}
		}
	}
	return rows, next, nil
}

// maxMeasured is how many rows a figure is made of at most: beyond it the range is to be made shorter.
const maxMeasured = 500_000

// eachMeasured gives all rows of a filter.
func (s *analyticsService) eachMeasured(ctx context.Context, filter storage.MeasuredFilter, each func(*flowdeskv1.Measurement)) error {
	page := storage.Page{Size: storage.MaxPageSize}
	for n := 0; ; {
		rows, next, err := s.deps.Store.ListMeasured(ctx, filter, page)
		if err != nil {
			return err
		}
		for _, m := range rows {
			each(m)
		}
		if n += len(rows); next == "" {
			return nil
		}
		if n >= maxMeasured {
			return withReason(codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_TOO_LARGE, "there are more than 500,000 rows; take a shorter range")
		}
		page.Token = next
	}
}

// names gives what people call sessions and people, each looked up once.
type names struct {
	*Server

	sessions, people map[string]string
}

func (s *Server) names() *names {
	return &names{Server: s, sessions: make(map[string]string), people: make(map[string]string)}
}

func (n *names) session(ctx context.Context, session string) (string, error) {
	if title, known := n.sessions[session]; known || session == "" {
		return title, nil
	}
	title := n.deps.Runner.Env().Group(session).GetTitle()
	if title == "" {
		rows, _, err := n.deps.Store.ListSessions(ctx, storage.SessionFilter{Sessions: []string{session}}, storage.Page{Size: 1})
		if err != nil {
			return "", err
		}
		if len(rows) > 0 {
			title = rows[0].GetTitle()
		}
	}
	n.sessions[session] = title
	return title, nil
}

// person is the name of somebody of the directory, of a robot, or of the customer whom the row's alert or message names.
func (n *names) person(ctx context.Context, m *flowdeskv1.Measurement) (string, error) {
	key := m.GetPerson()
	if title, known := n.people[key]; known || key == "" {
		return title, nil
	}
	env := n.deps.Runner.Env()
	title := env.Person(key).GetTitle()
	if title == "" {
		title = env.Robot(key).GetTitle()
	}
	if title == "" && m.GetAlert() != "" {
		alert, err := n.deps.Store.GetAlert(ctx, m.GetAlert())
		if err != nil && !isNotFound(err) {
			return "", err
		}
		if alert.GetParticipant() == key {
			title = alert.GetParticipantName()
		}
	}
	if title == "" && m.GetMessage() != "" {
		message, err := n.deps.Store.GetMessage(ctx, m.GetMessage())
		if err != nil && !isNotFound(err) {
			return "", err
		}
		if message.GetParticipant() == key {
			title = message.GetSenderName()
		}
	}
	n.people[key] = title
	return title, nil
}
