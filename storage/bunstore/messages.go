package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// shownRow is a message of the conversation as shown, with what was received of it.
type shownRow struct {
	bun.BaseModel `bun:"table:session_messages,alias:shown"`

	Session, Message                                     string
	SenderRole, Intent, Withdrawn                        int64
	SaidTime                                             *int64
	Sentiment                                            *float64
	RoleRule, FlowInstance, AfterSalesTask, Text         string
	DelayReason                                          string
	Rest                                                 []byte
	Participant, SenderName, RawText, Robots, PlatformID string
	ReplyTo, Person                                      string
	Event, Command                                       *string
	ContentType, AtMe, ReceiveTime, Digest, Duplicates   int64
}

// shownColumns take what both tables have from the conversation, and the text from where it stands.
const shownColumns = `shown.session, shown.message, shown.sender_role, shown.role_rule, shown.intent, shown.sentiment, shown.flow_instance,
	shown.after_sales_task, shown.command, shown.delay_reason, shown.said_time, shown.withdrawn, shown.rest, COALESCE(m.text, shown.text) AS text,
	m.participant, m.sender_name, m.raw_text, m.robots, m.platform_id, m.reply_to, m.person, m.event, m.content_type, m.at_me, m.receive_time,
	m.digest, m.duplicates`

func (r *shownRow) joined(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr(shownColumns).Join("LEFT JOIN messages AS m ON m.id = shown.message")
}

func (r *shownRow) message() (*flowdeskv1.Message, error) {
	m := &flowdeskv1.Message{}
	if r.SaidTime != nil {
		var err error
		if m, err = decode(r.Rest, m); err != nil {
			return nil, err
		}
		m.Outgoing, m.ReceiveTime = true, timestamp(*r.SaidTime)
	} else {
		m.Participant, m.SenderName, m.RawText, m.PlatformId = r.Participant, r.SenderName, r.RawText, r.PlatformID
		m.ContentType, m.AtMe, m.ReceiveTime = int32(r.ContentType), r.AtMe == 1, timestamp(r.ReceiveTime)
		m.Digest, m.Duplicates, m.ReplyTo, m.Person = uint64(r.Digest), int32(r.Duplicates), r.ReplyTo, r.Person
		m.Event = referred(r.Event, r.Message)
		if r.Robots != "" {
			m.Robots = strings.Split(r.Robots, "\n")
		}
	}
	m.Id, m.Session, m.Text = r.Message, r.Session, r.Text
	m.Role, m.RoleRule, m.Intent, m.Sentiment = flowdeskv1.Role(r.SenderRole), r.RoleRule, flowdeskv1.Intent(r.Intent), r.Sentiment
	m.FlowInstance, m.AfterSalesTask, m.Command, m.DelayReason = r.FlowInstance, r.AfterSalesTask, referred(r.Command, r.Message), r.DelayReason
	m.Withdrawn = r.Withdrawn == 1
	return m, nil
}

// GetMessage implements storage.SessionStore.
func (s *Store) GetMessage(ctx context.Context, message string) (*flowdeskv1.Message, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	row := new(shownRow)
	if err := row.joined(s.read.NewSelect().Model(row)).Where("shown.message = ?", clean(message)).Scan(ctx); err != nil {
		return nil, s.fail("get message", err)
	}
	return row.message()
}

// ListMessages implements storage.SessionStore.
func (s *Store) ListMessages(ctx context.Context, filter storage.MessageFilter, page storage.Page) ([]*flowdeskv1.Message, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("shown.message")}
	l.eq("shown.session", filter.Session)
	l.number("shown.sender_role", int64(filter.Role))
	l.between("COALESCE(m.receive_time, shown.said_time)", filter.After, filter.Before)
	s.like(l, "COALESCE(m.text, shown.text)", filter.Text)
	rows, next, err := listFrom(ctx, s, "list messages", l, (*shownRow)(nil).joined, func(r *shownRow) []string { return []string{r.Message} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*shownRow).message)
	return out, next, err
}

type factRow struct {
	bun.BaseModel `bun:"table:facts"`

	Sequence, Time int64
	Session        string
	Data           []byte
}

func (r *factRow) fact() (*flowdeskv1.Fact, error) { return decode(r.Data, &flowdeskv1.Fact{}) }

// ListFacts implements storage.SessionStore.
func (s *Store) ListFacts(ctx context.Context, filter storage.FactFilter, page storage.Page) ([]*flowdeskv1.Fact, string, error) {
	l := &listing{filter: filter, page: page, keys: []key{{"sequence", true}}}
	keys := func(r *factRow) []string { return []string{decimal(r.Sequence)} }
	if filter.Name != "" { // in the order of their index
		l.keys = []key{{"time", true}, {"sequence", true}}
		keys = func(r *factRow) []string { return []string{decimal(r.Time), decimal(r.Sequence)} }
	}
	l.eq("name", filter.Name)
	l.eq("session", filter.Session)
	l.between("time", filter.After, filter.Before)
	rows, next, err := list(ctx, s, "list facts", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*factRow).fact)
	return out, next, err
}
