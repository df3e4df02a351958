package bunstore

import (
	"database/sql/driver"

	"github.com/flowdesk/flowdesk/storage"
)

var (
	sessionInsert = insertInto("sessions", `id text, version int, title text, kind int, message_count int, last_message_time int, last_role int,
		last_text text, open_tasks int, open_alerts int, unanswered int, held int, resolved int, next_due int, update_time int, oldest_question int,
		partition int, create_time int`, "ON CONFLICT DO NOTHING").telling()
	sessionUpdate = changing(Update, "sessions", `version = ?int, title = ?text, kind = ?int, message_count = ?int, last_message_time = ?int,
		last_role = ?int, last_text = ?text, open_tasks = ?int, open_alerts = ?int, unanswered = ?int, held = ?int, resolved = ?int,
		next_due = ?int, update_time = ?int, oldest_question = ?int`, "id = ?text AND version = ?int").telling()
)

// chain are the turns of one session in a batch that follow on each other.
type chain struct {
	first, last int
	members     []int // after the first
	broken      bool
	step        *Step // that moves the session
	row         int
}

// sessions moves every session of the batch whose version matches, and whose partition's lease is held where that is asked, and names the
// turns that lost. Turns of one session chain: a turn that does not follow on the one before loses, and so do those after it. The last turn
// of a chain gives the row its columns.
func (h *hot) sessions(run Run, batch *storage.Batch, result *storage.BatchResult) ([]bool, error) {
	won := make([]bool, len(batch.Turns))
	chains := chainsOf(batch.Turns)
	repeated, err := h.repeated(run, batch.Turns, chains)
	if err != nil {
		return nil, err
	}
	stale, err := h.fenced(run, batch, chains, result)
	if err != nil {
		return nil, err
	}
	for _, i := range repeated {
		if !stale[batch.Turns[i].Partition] {
			result.Repeated = append(result.Repeated, i)
		}
	}
	h.created.reset()
	h.moved.reset()
	for i, w := range batch.Turns {
		c := chains[w.Session]
		if c.first != i || c.last < 0 || stale[w.Partition] {
			continue
		}
		rows := &h.moved
		if w.Expect == 0 {
			rows = &h.created
		}
		c.step, c.row = &rows.step, int(rows.count())
		moveSession(rows, w, batch.Turns[c.last])
	}
	var steps []*Step
	for _, rows := range []*rows{&h.created, &h.moved} {
		if len(rows.step.Values) > 0 {
			steps = append(steps, &rows.step)
		}
	}
	if len(steps) > 0 {
		if err := run(steps...); err != nil {
			return nil, err
		}
	}
	for i, w := range batch.Turns {
		c := chains[w.Session]
		if c.first == i && c.step != nil && c.step.Found[c.row] != "" {
			won[i] = true
			for _, member := range c.members {
				won[member] = true
			}
		}
	}
	for i := range won {
		if !won[i] {
			result.LostTurns = append(result.LostTurns, i)
		}
	}
	return won, nil
}

func chainsOf(turns []*storage.TurnWrite) map[string]*chain {
	chains := make(map[string]*chain, len(turns))
	for i, w := range turns {
		c := chains[w.Session]
		switch {
		case c == nil:
			chains[w.Session] = &chain{first: i, last: i}
		case !c.broken && w.Expect == turns[c.last].Expect+1:
			c.last = i
			c.members = append(c.members, i)
		default:
			c.broken = true
		}
	}
	return chains
}

// moveSession makes a session's row that of the last turn of a chain, when the row stands where the first turn found it.
func moveSession(rows *rows, first, last *storage.TurnWrite) {
	head := &last.Head
	columns := [...]driver.Value{
		last.Expect + 1, text(head.Title), int64(head.Kind), head.MessageCount, micros(head.LastMessageTime), int64(head.LastRole), text(head.LastText),
		int64(head.OpenTasks), int64(head.OpenAlerts), int64(head.Unanswered), flag(head.Held), flag(head.Resolved), moment(head.NextDue),
		micros(last.Time), moment(head.OldestQuestion),
	}
	id := clean(last.Session)
	if first.Expect == 0 {
		rows.add(id)
		rows.add(columns[:]...)
		rows.add(int64(last.Partition), micros(first.Time))
		return
	}
	rows.add(columns[:]...)
	rows.add(id, first.Expect)
}
