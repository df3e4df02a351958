package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// maxPoints is how many groups or people a series shows.
const maxPoints = 200

// tally gathers rows to a point.
type tally struct {
	values                     []float64
	count, met, completed      int64
	sum                        float64 // of moods that are counted without their rows
	moods, complaints, settled int64
	sample                     *flowdeskv1.Measurement // by which the person of the point is named
}

func (t *tally) add(m *flowdeskv1.Measurement) {
	t.count++
	if t.sample == nil {
		t.sample = m
	}
	if m.GetMet() {
		t.met++
	}
	if m.GetMetric() == flowdeskv1.Metric_METRIC_TASK_COMPLETION {
		if m.GetDetail() != flowdeskv1.TaskState_TASK_STATE_COMPLETED.String() {
			return // it took no time yet
		}
		t.completed++
	}
	t.values = append(t.values, m.GetValue())
}

// percentile is the smallest value that is not below a share of all values; 0 without a value.
func (t *tally) percentile(percent int) float64 {
	if len(t.values) == 0 {
		return 0
	}
	if !slices.IsSorted(t.values) {
		slices.Sort(t.values)
	}
	return t.values[max((len(t.values)*percent+99)/100-1, 0)]
}

func (t *tally) point(key, title string) *flowdeskv1.AnalyticsPoint {
	p := &flowdeskv1.AnalyticsPoint{
		Key: key, Title: title, Count: t.count, Median: t.percentile(50), P95: t.percentile(95), Met: t.met, Completed: t.completed,
		Complaints: t.complaints, Resolved: t.settled,
	}
	sum, n := t.sum, t.moods
	for _, v := range t.values {
		sum, n = sum+v, n+1
	}
	if n > 0 {
		p.Mean = sum / float64(n)
	}
	if t.count > 0 {
		p.ComplaintsPer_100 = 100 * float64(t.complaints) / float64(t.count)
	}
	return p
}

// series gathers rows to points.
type series struct {
	grouping flowdeskv1.AnalyticsGrouping
	zone     *time.Location
	points   map[string]*tally
	total    *tally
}

func (s *series) key(m *flowdeskv1.Measurement) string {
	switch s.grouping {
	case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_GROUP:
		return m.GetSession()
	case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON:
		return m.GetPerson()
	default:
		return m.GetTime().AsTime().In(s.zone).Format(time.DateOnly)
	}
}

func (s *series) at(key string) *tally {
	if s.points[key] == nil {
		s.points[key] = &tally{}
	}
	return s.points[key]
}

func (s *series) add(m *flowdeskv1.Measurement) {
	s.at(s.key(m)).add(m)
	s.total.add(m)
}

func (s *analyticsService) QuerySeries(ctx context.Context, r *flowdeskv1.QuerySeriesRequest) (*flowdeskv1.QuerySeriesResponse, error) {
	filter, err := s.measuredFilter(r)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Store.Derive(ctx, filter.After, filter.Before, s.deps.Runner.Now()); err != nil {
		return nil, err
	}
	all := &series{grouping: r.GetGrouping(), zone: s.zone(), points: make(map[string]*tally), total: &tally{}}
	if all.grouping != flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_GROUP && all.grouping != flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON {
		for day := midnight(filter.After, all.zone); day.Before(filter.Before); day = midnight(day.Add(36*time.Hour), all.zone) {
			all.at(day.Format(time.DateOnly))
		}
	}
	if filter.Metric == flowdeskv1.Metric_METRIC_RESPONSE_TIME {
		return s.replySeries(ctx, filter, all)
	}
	if filter.Metric == flowdeskv1.Metric_METRIC_SATISFACTION {
		err = s.satisfaction(ctx, filter, all)
	} else {
		err = s.eachMeasured(ctx, filter, all.add)
	}
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.QuerySeriesResponse{
		Total: all.total.point("", ""), TimeZone: all.zone.String(), Since: engine.Timestamp(filter.After), Until: engine.Timestamp(filter.Before),
	}
	answer.Points, err = s.points(ctx, all)
	return answer, err
}

// points are the points in their order: days by date, the rest by the number of rows.
func (s *analyticsService) points(ctx context.Context, all *series) ([]*flowdeskv1.AnalyticsPoint, error) {
	points := make([]*flowdeskv1.AnalyticsPoint, 0, len(all.points))
	byCount := all.grouping == flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_GROUP || all.grouping == flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON
	for key, t := range all.points {
		points = append(points, t.point(key, key))
	}
	slices.SortFunc(points, func(a, b *flowdeskv1.AnalyticsPoint) int {
		if c := cmp.Compare(b.GetCount(), a.GetCount()); byCount && c != 0 {
			return c
		}
		return cmp.Compare(a.GetKey(), b.GetKey())
	})
	if byCount && len(points) > maxPoints {
		points = points[:maxPoints]
	}
	known := s.names()
	for _, p := range points {
		var err error
		switch all.grouping {
		case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_GROUP:
			p.Title, err = known.session(ctx, p.GetKey())
		case flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON:
			p.Title, err = all.points[p.GetKey()].sample.GetPersonTitle(), nil
			if sample := all.points[p.GetKey()].sample; p.GetTitle() == "" && sample != nil {
				p.Title, err = known.person(ctx, sample)
			}
		default:
		}
		if err != nil {
			return nil, err
		}
	}
	return points, nil
}

// satisfaction takes moods from what is kept by slot, except where people are asked for, and complaints from the alerts.
func (s *analyticsService) satisfaction(ctx context.Context, filter storage.MeasuredFilter, all *series) error {
	if all.grouping == flowdeskv1.AnalyticsGrouping_ANALYTICS_GROUPING_PERSON || filter.Person != "" {
		if err := s.eachMeasured(ctx, filter, all.add); err != nil {
			return err
		}
	} else {
		traffic, err := s.deps.Store.ListTraffic(ctx, filter.After, filter.Before, filter.Session)
		if err != nil {
			return err
		}
		for _, t := range traffic {
			if t.Moods == 0 {
				continue
			}
			key := all.key(&flowdeskv1.Measurement{Time: engine.Timestamp(t.Time), Session: t.Session})
			for _, point := range []*tally{all.at(key), all.total} {
				point.count, point.moods, point.sum = point.count+t.Moods, point.moods+t.Moods, point.sum+t.MoodSum
			}
		}
	}
	filter.Complaints = true
	return s.eachMeasured(ctx, filter, func(m *flowdeskv1.Measurement) {
		for _, point := range []*tally{all.at(all.key(m)), all.total} {
			point.complaints++
			if point.sample == nil {
				point.sample = m
			}
			if m.GetMet() {
				point.settled++
			}
		}
	})
}
