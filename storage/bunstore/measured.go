package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Facts that are rows of a metric.
const (
	factIntervention = "intervention"
	factConflict     = "conflict"
)

// ListMeasured implements storage.AnalyticsStore.
func (s *Store) ListMeasured(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	switch filter.Metric {
	case flowdeskv1.Metric_METRIC_RESPONSE_TIME:
		return s.measuredReplies(ctx, filter, page)
	case flowdeskv1.Metric_METRIC_INTERVENTION:
		return s.measuredFacts(ctx, factIntervention, filter, page)
	case flowdeskv1.Metric_METRIC_CONFLICT:
		return s.measuredFacts(ctx, factConflict, filter, page)
	case flowdeskv1.Metric_METRIC_TASK_COMPLETION:
		return s.measuredTasks(ctx, filter, page)
	case flowdeskv1.Metric_METRIC_SATISFACTION:
		if filter.Complaints {
			return s.measuredComplaints(ctx, filter, page)
		}
		return s.measuredMoods(ctx, filter, page)
	default:
		return nil, "", fmt.Errorf("list measured: no metric %v: %w", filter.Metric, storage.ErrNotFound)
	}
}

func (s *Store) measuredReplies(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	l := &listing{filter: filter, page: page, keys: []key{{"time", true}, {"id", false}}}
	l.between("time", filter.After, filter.Before)
	l.eq("session", filter.Session)
	l.eq("person", filter.Person)
	rows, next, err := list(ctx, s, "list replies", l, func(r *replyRow) []string { return []string{decimal(r.Time), r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*replyRow).measurement)
	return out, next, err
}

// measuredFacts lists facts. Their subject stands in no column, so that a person's are looked for in the order of the list, until a page is full.
func (s *Store) measuredFacts(ctx context.Context, name string, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	limit := page.Limit()
	var out []*flowdeskv1.Measurement
	for {
		l := &listing{
			filter: filter, keys: []key{{"time", true}, {"sequence", true}},
			page: storage.Page{Size: limit - len(out), Token: page.Token},
		}
		l.eq("name", name)
		l.eq("session", filter.Session)
		l.between("time", filter.After, filter.Before)
		rows, next, err := list(ctx, s, "list facts", l, func(r *factRow) []string { return []string{decimal(r.Time), decimal(r.Sequence)} })
		if err != nil {
			return nil, "", err
		}
		for i := range rows {
			f, err := rows[i].fact()
			if err != nil {
				return nil, "", err
			}
			values := make(map[string]string, len(f.GetValues()))
			for _, v := range f.GetValues() {
				values[v.GetName()] = v.GetValue()
			}
			if filter.Person != "" && f.GetSubject() != filter.Person || values["prolonged"] == "yes" {
				continue // every further message of who stepped in prolongs the pause; that is no new intervention
			}
			out = append(out, &flowdeskv1.Measurement{
				Metric: filter.Metric, Time: f.GetTime(), Session: rows[i].Session, Person: f.GetSubject(), Value: f.GetValue(),
				Detail: values["signals"], Message: f.GetMessage(), Task: f.GetTask(), Alert: values["alert"],
			})
		}
		if page.Token = next; next == "" || len(out) >= limit {
			return out, next, nil
		}
	}
}

func (s *Store) measuredTasks(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id")}
	l.within(filter.After, filter.Before)
	l.and("deleted IS NULL")
	l.eq("group_id", filter.Session)
	l.eq("assignee", filter.Person)
	rows, next, err := list(ctx, s, "list tasks", l, func(r *taskRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*taskRow).measurement)
	return out, next, err
}

func (r *taskRow) measurement() (*flowdeskv1.Measurement, error) {
	t, err := r.task()
	if err != nil {
		return nil, err
	}
	m := &flowdeskv1.Measurement{
		Metric: flowdeskv1.Metric_METRIC_TASK_COMPLETION, Time: t.GetCreateTime(), Session: t.GetGroupId(), Person: t.GetAssignee(),
		Detail: t.GetState().String(), Message: t.GetMessage(), Command: t.GetCommand(), Task: t.GetId(), Text: t.GetTitle(),
	}
	if t.GetState() == flowdeskv1.TaskState_TASK_STATE_COMPLETED {
		took := t.GetEndTime().AsTime().Sub(t.GetCreateTime().AsTime())
		m.Value = max(took, 0).Seconds()
		m.Met = t.GetDeadline() == nil || !t.GetEndTime().AsTime().After(t.GetDeadline().AsTime())
	}
	return m, nil
}

func (s *Store) measuredComplaints(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id")}
	l.within(filter.After, filter.Before)
	l.number("category", int64(flowdeskv1.AlertCategory_ALERT_CATEGORY_COMPLAINT))
	l.eq("session", filter.Session)
	l.eq("participant", filter.Person)
	rows, next, err := list(ctx, s, "list complaints", l, func(r *alertRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*alertRow).measurement)
	return out, next, err
}

func (r *alertRow) measurement() (*flowdeskv1.Measurement, error) {
	a, err := r.alert()
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.Measurement{
		Metric: flowdeskv1.Metric_METRIC_SATISFACTION, Time: a.GetCreateTime(), Session: a.GetSession(), Person: a.GetParticipant(),
		PersonTitle: a.GetParticipantName(), Met: a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED, Detail: a.GetState().String(),
		Message: a.GetMessage(), Alert: a.GetId(), Task: a.GetTask(), Text: a.GetText(),
	}, nil
}

// moodRow is a customer's message whose mood is known.
type moodRow struct {
	bun.BaseModel `bun:"table:messages"`

	ID                                     string
	Session, Participant, SenderName, Text string
	ReceiveTime                            int64
	Sentiment                              float64
}

func (r *moodRow) measurement() (*flowdeskv1.Measurement, error) {
	return &flowdeskv1.Measurement{
		Metric: flowdeskv1.Metric_METRIC_SATISFACTION, Time: timestamp(r.ReceiveTime), Session: r.Session, Person: r.Participant,
		PersonTitle: r.SenderName, Value: r.Sentiment, Message: r.ID, Text: r.Text,
	}, nil
}

func (s *Store) measuredMoods(ctx context.Context, filter storage.MeasuredFilter, page storage.Page) ([]*flowdeskv1.Measurement, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id")}
	l.within(filter.After, filter.Before)
	l.number("sender_role", int64(flowdeskv1.Role_ROLE_USER))
	l.and("sentiment IS NOT NULL")
	l.eq("session", filter.Session)
	l.eq("participant", filter.Person)
	rows, next, err := list(ctx, s, "list moods", l, func(r *moodRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*moodRow).measurement)
	return out, next, err
}

// SumTraffic implements storage.AnalyticsStore.
func (s *Store) SumTraffic(ctx context.Context, after, before time.Time) (storage.Traffic, error) {
	var sum storage.Traffic
	if err := s.begin(ctx); err != nil {
		return sum, err
	}
	var row struct {
		Sessions, Received, Said, Moods int64
		MoodSum                         float64
	}
	err := slotsOf(s.read.NewSelect().TableExpr("derived_traffic"), after, before).
		ColumnExpr("count(DISTINCT CASE WHEN received > 0 THEN session END) AS sessions").ColumnExpr("COALESCE(sum(received), 0) AS received").
		ColumnExpr("COALESCE(sum(said), 0) AS said").ColumnExpr("COALESCE(sum(moods), 0) AS moods").
		ColumnExpr("COALESCE(sum(mood_sum), 0.0) AS mood_sum").Scan(ctx, &row)
	return storage.Traffic{Sessions: row.Sessions, In: row.Received, Out: row.Said, Moods: row.Moods, MoodSum: row.MoodSum}, s.fail("sum traffic", err)
}

// slotsOf narrows to the slots that a range touches.
func slotsOf(q *bun.SelectQuery, after, before time.Time) *bun.SelectQuery {
	return q.Where("slot >= ? AND slot < ?", micros(after.Truncate(storage.Slot)), micros(before))
}

// ListTraffic implements storage.AnalyticsStore.
func (s *Store) ListTraffic(ctx context.Context, after, before time.Time, session string) ([]storage.SlotTraffic, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []trafficRow
	query := slotsOf(s.read.NewSelect().Model(&rows), after, before).OrderExpr("slot, session")
	if session != "" {
		query = query.Where("session = ?", clean(session))
	}
	if err := query.Scan(ctx); err != nil {
		return nil, s.fail("list traffic", err)
	}
	out := make([]storage.SlotTraffic, 0, len(rows))
	for _, r := range rows {
		out = append(out, storage.SlotTraffic{
			Time: fromMicros(r.Slot), Session: r.Session, Traffic: storage.Traffic{In: r.Received, Out: r.Said, Moods: r.Moods, MoodSum: r.MoodSum},
		})
	}
	return out, nil
}
