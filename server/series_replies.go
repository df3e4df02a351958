package server

import (
	"context"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Replies are as many as messages, so that the store sums them: nothing of a row leaves it.

func replyPoint(r storage.ReplySum) *flowdeskv1.AnalyticsPoint {
	return &flowdeskv1.AnalyticsPoint{
		Key: r.Key, Count: r.Count, Met: r.Robot, Mean: r.Mean / 1e6, Median: float64(r.Median) / 1e6, P95: float64(r.P95) / 1e6,
	}
}

func (s *analyticsService) replySeries(ctx context.Context, filter storage.MeasuredFilter, all *series) (*flowdeskv1.QuerySeriesResponse, error) {
	answer := &flowdeskv1.QuerySeriesResponse{
		TimeZone: all.zone.String(), Since: engine.Timestamp(filter.After), Until: engine.Timestamp(filter.Before), Total: &flowdeskv1.AnalyticsPoint{},
	}
	total, err := s.deps.Store.SumReplies(ctx, filter, storage.RepliesTogether, 1)
	if err != nil {
		return nil, err
	}
	for _, r := range total {
		answer.Total = replyPoint(r)
	}
	switch all.grouping {
	case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_GROUP:
		answer.Points, err = s.replyPoints(ctx, filter, storage.RepliesBySession)
	case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON:
		answer.Points, err = s.replyPoints(ctx, filter, storage.RepliesByPerson)
	default:
		answer.Points, err = s.replyDays(ctx, filter, all.zone)
	}
	return answer, err
}

// replyPoints are the points by session or person, with their titles.
func (s *analyticsService) replyPoints(ctx context.Context, filter storage.MeasuredFilter, by storage.ReplyKey) ([]*flowdeskv1.AnalyticsPoint, error) {
	sums, err := s.deps.Store.SumReplies(ctx, filter, by, maxPoints)
	if err != nil {
		return nil, err
	}
	known, points := s.names(), make([]*flowdeskv1.AnalyticsPoint, 0, len(sums))
	for _, r := range sums {
		p := replyPoint(r)
		if by == storage.RepliesBySession {
			p.Title, err = known.session(ctx, r.Key)
		} else {
			p.Title, err = known.person(ctx, &flowdeskv1.Measurement{Person: r.Key})
		}
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

// replyDays are the points by day, those without a reply too.
func (s *analyticsService) replyDays(ctx context.Context, filter storage.MeasuredFilter, zone *time.Location) ([]*flowdeskv1.AnalyticsPoint, error) {
	var points []*flowdeskv1.AnalyticsPoint
	since, until := filter.After, filter.Before
	for day := midnight(since, zone); day.Before(until); {
		next := midnight(day.Add(36*time.Hour), zone)
		filter.After, filter.Before = later(day, since), earlier(next, until)
		sums, err := s.deps.Store.SumReplies(ctx, filter, storage.RepliesTogether, 1)
		if err != nil {
			return nil, err
		}
		p := &flowdeskv1.AnalyticsPoint{}
		for _, r := range sums {
			p = replyPoint(r)
		}
		p.Key = day.Format(time.DateOnly)
		p.Title = p.GetKey()
		points = append(points, p)
		day = next
	}
	return points, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
