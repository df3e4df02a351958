package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// AnalyticsStore counts and measures what happened. It reads the rows that turns wrote; what would take long it keeps as derived rows, which
// Derive makes from them, so that they can be thrown away and made again at any time. The commit of turns writes nothing for it.
//
// Ranges begin with After and end before Before. Counts of traffic and runs are kept for quarters of an hour (Slot): a range counts every
// quarter that it touches.
type AnalyticsStore interface {
	// Derive brings the derived rows of a range up to date. It looks at hours that it has not seen, and for DeriveSettles after their end
	// again at those that may have changed since. What people read is at most DeriveFresh old.
	Derive(ctx context.Context, after, before, now time.Time) error
	// ForgetDerived throws the derived rows away; Derive makes them again.
	ForgetDerived(ctx context.Context) error
	// SumTraffic sums the traffic of a range.
	SumTraffic(ctx context.Context, after, before time.Time) (Traffic, error)
	// ListTraffic is the traffic of a range by slot and session, in order of time; of one session when it is named.
	ListTraffic(ctx context.Context, after, before time.Time, session string) ([]SlotTraffic, error)
	// SumRuns sums the runs of a range by flow and version.
	SumRuns(ctx context.Context, after, before time.Time) ([]VersionRuns, error)
	// CountOpenRuns counts the instances that have not ended by flow and version.
	CountOpenRuns(ctx context.Context) ([]VersionRuns, error)
	// ListMeasured lists the rows behind a metric, newest first. Titles of sessions and of people in the directory are not filled in.
	ListMeasured(ctx context.Context, filter MeasuredFilter, page Page) ([]*flowdeskv1.Measurement, string, error)
	// SumReplies sums the first replies of a range, by nothing, session or person, the one with most first, at most limit. Metric and Complaints
	// of the filter do not count.
	SumReplies(ctx context.Context, filter MeasuredFilter, by ReplyKey, limit int) ([]ReplySum, error)
	// CountSettledCommands counts the commands enqueued in a range by their state. With completed the many that were said count too.
	CountSettledCommands(ctx context.Context, after, before time.Time, completed bool) (map[flowdeskv1.CommandState]int64, error)
	// CountAlertsRaised counts the alerts raised in a range.
	CountAlertsRaised(ctx context.Context, after, before time.Time) (int64, error)
	// CountOpenAlerts counts the alerts that are not resolved.
	CountOpenAlerts(ctx context.Context, now time.Time) ([]AlertsOpen, error)
	// CountTasks counts the open tasks, those of one person when it is named.
	CountTasks(ctx context.Context, assignee string, now time.Time) ([]TasksOpen, error)
	// CountSessions counts the sessions with an unanswered question, and those that a person holds.
	CountSessions(ctx context.Context) (unanswered, held int64, err error)
	// CountInstanceStatuses counts the instances of a filter by status. Both ends of its range must be set.
	CountInstanceStatuses(ctx context.Context, filter InstanceFilter) (map[flowdeskv1.InstanceStatus]int64, error)
}

// Times of derived rows.
const (
	Slot          = 15 * time.Minute // every time zone's days begin with one
	DeriveFresh   = 10 * time.Second // how old the figures of the present hour may be
	DeriveLater   = 10 * time.Minute // the same of earlier hours that may still change
	DeriveSettles = 36 * time.Hour   // after its end an hour changes no more: held replies have left, moods are judged
)

// Traffic is what was said.
type Traffic struct {
	Sessions int64 // in which somebody but our robots spoke
	In       int64 // messages received
	Out      int64 // texts that our robots said, by when they were enqueued
	Moods    int64 // customers' messages whose mood is known
	MoodSum  float64
}

// SlotTraffic is what was said in one session in one slot.
type SlotTraffic struct {
	Time    time.Time
	Session string
	Traffic
}

// VersionRuns are runs of one flow version.
type VersionRuns struct {
	Flow    string
	Version int32
	Runs    int64
	Failed  int64 // failed or quarantined
}

// ReplyKey is what replies are summed by.
type ReplyKey string

// What replies are summed by.
const (
	RepliesTogether  ReplyKey = "''"
	RepliesBySession ReplyKey = "session"
	RepliesByPerson  ReplyKey = "person"
)

// ReplySum is what first replies took, in microseconds. A percentile is the smallest value that is not below so many of 100.
type ReplySum struct {
	Key         string
	Count       int64
	Robot       int64 // by robots
	Mean        float64
	Median, P95 int64
}

// AlertsOpen are alerts that are alike.
type AlertsOpen struct {
	Level    flowdeskv1.AlertLevel
	State    flowdeskv1.AlertState
	Silenced bool
	Count    int64
}

// TasksOpen are open tasks in one state.
type TasksOpen struct {
	State      flowdeskv1.TaskState
	Count      int64
	Overdue    int64
	Unassigned int64
}

// MeasuredFilter narrows ListMeasured. Metric, After and Before must be set; other zero fields do not narrow.
type MeasuredFilter struct {
	Metric  flowdeskv1.Metric
	After   time.Time
	Before  time.Time
	Session string
	Person  string
	// Complaints asks METRIC_SATISFACTION for the complaints of the range in the place of the moods: alerts, met when they are resolved.
	Complaints bool
}

// UsageStore keeps what models used.
type UsageStore interface {
	// AddModelUsage adds to the stored usage of the same day, provider, model and use.
	AddModelUsage(ctx context.Context, usage []*flowdeskv1.ModelUsage) error
	// ListModelUsage lists usage, the newest day first.
	ListModelUsage(ctx context.Context, filter UsageFilter, page Page) ([]*flowdeskv1.ModelUsage, string, error)
}

// UsageFilter narrows ListModelUsage. Days are written YYYY-MM-DD; zero fields do not narrow.
type UsageFilter struct {
	FirstDay string
	LastDay  string
}
