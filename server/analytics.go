package server

import (
	"context"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

type analyticsService struct {
	flowdeskv1.UnimplementedAnalyticsServiceServer
	*Server
}

// Bounds of what is counted at once.
const (
	maxRange      = 92 * 24 * time.Hour
	defaultSeries = 7 * 24 * time.Hour
	week          = 7 * 24 * time.Hour
)

// zone is the organisation's time zone.
func (s *Server) zone() *time.Location {
	return s.deps.Runner.Env().Zone
}

// timeRange completes a range, and refuses one that is empty or too long.
func timeRange(since, until time.Time, fallback func(until time.Time) time.Time, now time.Time) (time.Time, time.Time, error) {
	if until.IsZero() {
		until = now
	}
	if since.IsZero() {
		since = fallback(until)
	}
	switch {
	case !since.Before(until):
		return since, until, invalidField("since", "it lies before until")
	case until.Sub(since) > maxRange:
		return since, until, invalidField("since", "a range spans 92 days at most")
	}
	return since, until, nil
}

func midnight(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

func (s *analyticsService) GetOverview(ctx context.Context, r *flowdeskv1.GetOverviewRequest) (*flowdeskv1.GetOverviewResponse, error) {
	now := s.deps.Runner.Now()
	since, until, err := timeRange(timeOf(r.GetSince()), timeOf(r.GetUntil()), func(until time.Time) time.Time {
		return midnight(until.Add(-1), s.zone())
	}, now)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.GetOverviewResponse{TimeZone: s.zone().String()}
	if answer.Overview, err = s.overview(ctx, since, until); err != nil {
		return nil, err
	}
	if answer.WeekBefore, err = s.overview(ctx, since.Add(-week), until.Add(-week)); err != nil {
		return nil, err
	}
	answer.Now, err = s.overviewNow(ctx, now)
	return answer, err
}

func (s *analyticsService) overview(ctx context.Context, since, until time.Time) (*flowdeskv1.Overview, error) {
	store := s.deps.Store
	if err := store.Derive(ctx, since, until, s.deps.Runner.Now()); err != nil {
		return nil, err
	}
	o := &flowdeskv1.Overview{Since: engine.Timestamp(since), Until: engine.Timestamp(until)}
	traffic, err := store.SumTraffic(ctx, since, until)
	if err != nil {
		return nil, err
	}
	o.GroupsActive, o.MessagesIn, o.RepliesOut = traffic.Sessions, traffic.In, traffic.Out
	replies, err := store.SumReplies(ctx, storage.MeasuredFilter{After: since, Before: until}, storage.RepliesTogether, 1)
	if err != nil {
		return nil, err
	}
	for _, r := range replies {
		p := replyPoint(r)
		o.FirstReplies, o.FirstReplyMedian, o.FirstReplyP95 = p.GetCount(), p.GetMedian(), p.GetP95()
	}
	commands, err := store.CountSettledCommands(ctx, since, until, false)
	if err != nil {
		return nil, err
	}
	o.CommandsFailed = commands[flowdeskv1.CommandState_COMMAND_STATE_FAILED]
	o.CommandsManual = commands[flowdeskv1.CommandState_COMMAND_STATE_MANUAL]
	runs, err := store.SumRuns(ctx, since, until)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		o.Runs, o.RunsFailed = o.GetRuns()+run.Runs, o.GetRunsFailed()+run.Failed
	}
	o.AlertsRaised, err = store.CountAlertsRaised(ctx, since, until)
	return o, err
}

func (s *analyticsService) overviewNow(ctx context.Context, now time.Time) (*flowdeskv1.OverviewNow, error) {
	o := &flowdeskv1.OverviewNow{}
	alerts, err := s.deps.Store.CountOpenAlerts(ctx, now)
	if err != nil {
		return nil, err
	}
	o.OpenAlerts = byLevel(alerts)
	tasks, err := s.deps.Store.CountTasks(ctx, "", now)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		o.OpenTasks, o.OverdueTasks = o.GetOpenTasks()+t.Count, o.GetOverdueTasks()+t.Overdue
	}
	commands, err := s.deps.Store.CountCommands(ctx)
	if err != nil {
		return nil, err
	}
	for state, n := range commands {
		o.CommandsWaiting += n
		if state == flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT || state == flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN {
			o.CommandsDoubtful += n
		}
	}
	for _, robot := range s.deps.Runner.Env().GetRobots() {
		o.Robots++
		if !desk.Healthy(robot) {
			o.RobotsOffline++
		}
	}
	o.SessionsUnanswered, o.SessionsHeld, err = s.deps.Store.CountSessions(ctx)
	return o, err
}

// byLevel counts alerts by level, the gravest first; every level is there.
func byLevel(alerts []storage.AlertsOpen) []*flowdeskv1.LevelCount {
	counts := make(map[flowdeskv1.AlertLevel]int64)
	for _, a := range alerts {
		counts[a.Level] += a.Count
	}
	var levels []*flowdeskv1.LevelCount
	for level := int32(len(flowdeskv1.AlertLevel_name) - 1); level > 0; level-- {
		levels = append(levels, &flowdeskv1.LevelCount{Level: flowdeskv1.AlertLevel(level), Count: counts[flowdeskv1.AlertLevel(level)]})
	}
	return levels
}

func (s *analyticsService) ListMeasurements(ctx context.Context, r *flowdeskv1.ListMeasurementsRequest) (*flowdeskv1.ListMeasurementsResponse, error) {
	if r.GetPageToken() != "" && (r.GetSince() == nil || r.GetUntil() == nil) {
		return nil, invalidField("since", "a page token needs since and until as the first page had them")
	}
	filter, err := s.measuredFilter(r)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.measured(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	return &flowdeskv1.ListMeasurementsResponse{
		Measurements: rows, NextPageToken: next, Since: engine.Timestamp(filter.After), Until: engine.Timestamp(filter.Before),
	}, err
}
