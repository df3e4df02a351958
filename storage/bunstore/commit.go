package bunstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/flowdesk/flowdesk/storage"
)

// Commit implements storage.Committer. It is the hot path: everything a turn of any session does goes through here, many turns at once.
//
// The work has an order that does not depend on the turns: first the sessions are moved, which decides the winners; then the rows of the
// winners are inserted, table by table; then rows of earlier turns are changed, turn by turn; deliveries of commands come last, because a
// command may have been enqueued in this very batch. Once begun it is not cancelled: a context that ends half way would only leave a
// connection to be mended.
func (s *Store) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	s.hot.Lock()
	defer s.hot.Unlock()
	connection, err := s.write.DB.Conn(ctx)
	if err != nil {
		return nil, s.fail("commit", err)
	}
	result := &storage.BatchResult{}
	err = connection.Raw(func(raw any) error {
		return s.hot.run(context.WithoutCancel(ctx), s, raw, batch, result)
	})
	if closing := connection.Close(); err == nil && closing != nil && !errors.Is(closing, driver.ErrBadConn) {
		err = closing
	}
	if err != nil {
		return nil, s.fail("commit", err)
	}
	if s.dialect.Committed != nil {
		s.dialect.Committed(len(batch.Turns) + len(batch.Deliveries) + len(batch.Inbox))
	}
	return result, nil
}

// The statements around a commit.
var (
	commitStatement   = &statement{"COMMIT"}
	rollbackStatement = &statement{"ROLLBACK"}
)

// run is a commit on a connection of the driver.
func (h *hot) run(ctx context.Context, s *Store, raw any, batch *storage.Batch, result *storage.BatchResult) error {
	h.on(raw)
	h.begin(ctx, s)
	h.exec(h.beginning)
	if h.err != nil {
		return h.err
	}
	h.batch(batch, result)
	if h.err != nil {
		h.undo()
		return h.err
	}
	if h.exec(commitStatement); h.err != nil {
		err := h.err
		h.undo()
		if s.dialect.Unsure != nil && s.dialect.Unsure(err) {
			return fmt.Errorf("%w: %w", storage.ErrUnknown, s.dialect.Translate(err))
		}
		return err
	}
	return nil
}

// undo rolls back. Where the database has already done so it says so, and that is as good.
func (h *hot) undo() {
	err := h.err
	h.err = nil
	h.exec(rollbackStatement)
	h.err = err
}

func (h *hot) batch(batch *storage.Batch, result *storage.BatchResult) {
	won := h.sessions(batch.Turns, result)
	for i, w := range batch.Turns {
		if won[i] {
			h.insertions(w)
		}
	}
	for _, e := range batch.Environments {
		h.environments.add(text(e.Digest), h.pack(e.Data))
	}
	for _, e := range batch.Inbox {
		h.inbox.add(text(e.GetId()), e.GetSession(), h.pack(encode(e)))
	}
	for _, q := range batch.Quarantine {
		h.quarantine.replace(q.Event.GetId(), q.Event.GetId(), text(q.Reason), int64(q.Tries), micros(q.Time), h.pack(encode(q.Event)))
	}
	enqueued := h.commands.count()
	if h.flush() != enqueued {
		h.leftOut(batch.Turns, won, result)
	}
	for i, w := range batch.Turns {
		if won[i] {
			h.changes(w, result)
		}
	}
	for _, q := range batch.Quarantine {
		h.exec(inboxDelete, q.Event.GetId())
	}
	for i, d := range batch.Deliveries {
		if !h.deliver(d) {
			result.LostDeliveries = append(result.LostDeliveries, i)
		}
	}
	h.insert(&h.attempts)
}

// sessions moves every session of the batch whose version matches and names the turns that lost. Turns of one session chain: a turn that
// does not follow on the one before loses, and so do those after it. The last turn of a chain gives the row its columns.
func (h *hot) sessions(turns []*storage.TurnWrite, result *storage.BatchResult) []bool {
	won := make([]bool, len(turns))
	chains := make(map[string]*chain, len(turns))
	for i, w := range turns {
		c := chains[w.Session]
		if c == nil {
			chains[w.Session] = &chain{first: i, last: i}
			continue
		}
		if !c.broken && w.Expect == turns[c.last].Expect+1 {
			c.last = i
			c.members = append(c.members, i)
		} else {
			c.broken = true
		}
	}
	for i, w := range turns {
		c := chains[w.Session]
		if c.first != i || !h.moveSession(w, turns[c.last]) {
			continue
		}
		won[i] = true
		for _, member := range c.members {
			won[member] = true
		}
	}
	for i := range turns {
		if !won[i] {
			result.LostTurns = append(result.LostTurns, i)
		}
	}
	return won
}

// chain are the turns of one session in a batch that follow on each other.
type chain struct {
	first, last int
	members     []int // after the first
	broken      bool
}

var (
	sessionInsert = &statement{`INSERT INTO sessions (version, title, kind, message_count, last_message_time, last_role, last_text, open_tasks,
		open_alerts, unanswered, held, resolved, next_due, update_time, id, partition, create_time)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`}
	sessionUpdate = &statement{`UPDATE sessions SET version = ?, title = ?, kind = ?, message_count = ?, last_message_time = ?, last_role = ?,
		last_text = ?, open_tasks = ?, open_alerts = ?, unanswered = ?, held = ?, resolved = ?, next_due = ?, update_time = ?
		WHERE id = ? AND version = ?`}
)

// moveSession makes a session's row that of the last turn of a chain, when the row stands where the first turn found it.
func (h *hot) moveSession(first, last *storage.TurnWrite) bool {
	head := &last.Head
	columns := append(h.values[:0],
		last.Expect+1, text(head.Title), int64(head.Kind), head.MessageCount, micros(head.LastMessageTime), int64(head.LastRole), text(head.LastText),
		int64(head.OpenTasks), int64(head.OpenAlerts), int64(head.Unanswered), flag(head.Held), flag(head.Resolved), moment(head.NextDue),
		micros(last.Time), last.Session)
	if first.Expect == 0 {
		h.values = append(columns, int64(last.Partition), micros(first.Time))
		return h.exec(sessionInsert, h.values...) == 1
	}
	h.values = append(columns, first.Expect)
	return h.exec(sessionUpdate, h.values...) == 1
}

var commandByKey = &statement{`SELECT id FROM robot_command_queue WHERE instance = ? AND key = ?`}

// leftOut names the commands of winners that were not enqueued because their key was taken. It is asked only when the counts differ.
func (h *hot) leftOut(turns []*storage.TurnWrite, won []bool, result *storage.BatchResult) {
	for i, w := range turns {
		if !won[i] {
			continue
		}
		for _, c := range w.Commands {
			stored, err := h.text(h.ctx, commandByKey, h.spell, clean(c.GetInstance()), c.GetKey())
			if h.err == nil {
				h.err = err
			}
			if stored != c.GetId() {
				result.LeftOut = append(result.LeftOut, storage.CommandLeftOut{Turn: i, Command: c.GetId(), Known: stored})
			}
		}
	}
}
