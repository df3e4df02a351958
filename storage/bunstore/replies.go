package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// factResponse is the fact that staff answered the question that had waited longest.
const factResponse = "response_time"

// replyRow is the first reply to a customer's message. Its time is when the reply was decided: of a robot's, when it was enqueued; of a
// person's, when it was said.
type replyRow struct {
	bun.BaseModel `bun:"table:derived_replies"`

	Time             int64  `bun:",pk"`
	ID               string `bun:",pk"`
	Session, Person  string
	Robot            int64
	Message, Command string
	Micros           int64
}

func (r *replyRow) measurement() (*flowdeskv1.Measurement, error) {
	m := &flowdeskv1.Measurement{
		Metric: flowdeskv1.Metric_METRIC_RESPONSE_TIME, Time: timestamp(r.Time), Session: r.Session, Person: r.Person,
		Value: float64(r.Micros) / 1e6, Met: r.Robot == 1, Detail: "staff", Message: r.Message, Command: r.Command,
	}
	if m.GetMet() {
		m.Detail = "robot"
	}
	return m, nil
}

// SumReplies implements storage.AnalyticsStore.
func (s *Store) SumReplies(ctx context.Context, filter storage.MeasuredFilter, by storage.ReplyKey, limit int) ([]storage.ReplySum, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	over := "" // all rows are one part
	if by != storage.RepliesTogether {
		over = "PARTITION BY " + string(by)
	}
	ranked := s.read.NewSelect().TableExpr("derived_replies").ColumnExpr(string(by)+" AS name, robot, micros").
		ColumnExpr("ROW_NUMBER() OVER ("+over+" ORDER BY micros) AS place, count(*) OVER ("+over+") AS n").
		Where("time >= ? AND time < ?", micros(filter.After), micros(filter.Before))
	if filter.Session != "" {
		ranked = ranked.Where("session = ?", clean(filter.Session))
	}
	if filter.Person != "" {
		ranked = ranked.Where("person = ?", clean(filter.Person))
	}
	var rows []struct {
		Name         string
		Count, Robot int64
		Mean         float64
		Median, P95  int64
	}
	if err := s.read.NewSelect().With("ranked", ranked).TableExpr("ranked").
		ColumnExpr("name, max(n) AS count, sum(robot) AS robot, CAST(avg(micros) AS DOUBLE PRECISION) AS mean").
		ColumnExpr("min(CASE WHEN place >= (n * 50 + 99) / 100 THEN micros END) AS median").
		ColumnExpr("min(CASE WHEN place >= (n * 95 + 99) / 100 THEN micros END) AS p95").
		GroupExpr("name").OrderExpr("2 DESC, 1").Limit(int64(limit)).Scan(ctx, &rows); err != nil {
		return nil, s.fail("sum replies", err)
	}
	out := make([]storage.ReplySum, 0, len(rows))
	for _, r := range rows {
		out = append(out, storage.ReplySum{Key: r.Name, Count: r.Count, Robot: r.Robot, Mean: r.Mean, Median: r.Median, P95: r.P95})
	}
	return out, nil
}

// repliesOf finds the first replies that were decided in some hours.
func (s *Store) repliesOf(ctx context.Context, from, to time.Time) ([]replyRow, error) {
	rows, err := s.robotReplies(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var facts []factRow
	if err := s.read.NewSelect().Model(&facts).Where("name = ? AND time >= ? AND time < ?", factResponse, micros(from), micros(to)).
		OrderExpr("time, sequence").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range facts {
		f, err := facts[i].fact()
		if err != nil {
			return nil, err
		}
		rows = append(rows, replyRow{
			Time: zeroed(f.GetTime()), ID: "f" + decimal(facts[i].Sequence), Session: facts[i].Session, Person: f.GetSubject(), Message: f.GetMessage(),
			Micros: int64(f.GetValue() * 1e6),
		})
	}
	return rows, nil
}

// robotReplies are the texts that robots said to a message in the message's own session. Of several to one message the one that was said first
// counts.
func (s *Store) robotReplies(ctx context.Context, from, to time.Time) ([]replyRow, error) {
	var commands []commandRow
	if err := s.read.NewSelect().Model(&commands).Column("id", "session", "reply_to", "robot", "done_time").
		Where("id >= ? AND id < ?", idFrom(from), idFrom(to)).Where("state = ?", int64(flowdeskv1.CommandState_COMMAND_STATE_COMPLETED)).
		Where("reply_to IS NOT NULL AND target_session = ''").OrderExpr("id").Scan(ctx); err != nil {
		return nil, err
	}
	var rows []replyRow
	byMessage := make(map[string]int)
	for _, c := range commands {
		asked, known := timeOfID(c.ReplyTo)
		decided, alsoKnown := timeOfID(c.ID)
		if !known || !alsoKnown {
			continue
		}
		row := replyRow{
			Time: micros(decided), ID: c.ID, Session: c.Session, Person: c.Robot, Robot: 1, Message: c.ReplyTo, Command: c.ID,
			Micros: max(c.DoneTime-micros(asked), 0),
		}
		if i, ok := byMessage[c.ReplyTo]; !ok {
			byMessage[c.ReplyTo] = len(rows)
			rows = append(rows, row)
		} else if row.Micros < rows[i].Micros {
			rows[i] = row
		}
	}
	return rows, nil
}
