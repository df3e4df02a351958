package bunstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Tables of the hot path.
var (
	turnsTable = &table{insert: `INSERT INTO flow_execution_logs (session, version, event, time, unmatched, data) VALUES `, columns: 6}
	snapshots  = &table{insert: `INSERT INTO session_snapshots (session, version, data) VALUES `, columns: 3, conflict: ` ON CONFLICT DO NOTHING`}
	messages   = &table{insert: `INSERT INTO messages (id, session, participant, sender_name, sender_role, role_rule, text, raw_text, content_type,
		at_me, robots, receive_time, platform_id, intent, sentiment, flow_instance, after_sales_task, command, delay_reason, withdrawn, outgoing,
		reply_to, person, event, duplicates) VALUES `, columns: 25, conflict: ` ON CONFLICT DO NOTHING`}
	sessionMessages = &table{insert: `INSERT INTO session_messages (session, message, sender_role, role_rule, intent, sentiment, flow_instance,
		after_sales_task, command, delay_reason) VALUES `, columns: 10, conflict: ` ON CONFLICT DO NOTHING`}
	staffMessages = &table{insert: `INSERT INTO staff_messages (message, session, person, sender_role) VALUES `, columns: 4, conflict: ` ON CONFLICT DO NOTHING`}
	instances     = &table{insert: `INSERT INTO flow_instances (id, flow, version, session, status, event, message, begin_time, update_time, end_time,
		error, failed_node, waiting_for, trace, last_node, turns) VALUES `, columns: 16}
	commands = &table{
		insert: `INSERT INTO robot_command_queue (id, key, session, target_session, instance, reply_to, state, robot, attempts,
		platform_message, error_code, reason, send_time, sent_time, done_time, result_deadline, superseded_by, revision, data) VALUES `, columns: 19,
		conflict: ` ON CONFLICT DO NOTHING`,
	}
	tasks = &table{
		insert:  `INSERT INTO track_tasks (id, group_id, state, origin, kind, target, assignee, command, deadline, deleted, data) VALUES `,
		columns: 11, conflict: ` ON CONFLICT (id) DO UPDATE SET group_id = excluded.group_id, state = excluded.state, kind = excluded.kind,
		target = excluded.target, assignee = excluded.assignee, deadline = excluded.deadline, data = excluded.data`,
	}
	alerts = &table{
		insert: `INSERT INTO alerts (id, session, state, level, category, participant, data) VALUES `, columns: 7,
		conflict: ` ON CONFLICT (id) DO UPDATE SET state = excluded.state, level = excluded.level, data = excluded.data`,
	}
	callsTable   = &table{insert: `INSERT INTO calls (id, data) VALUES `, columns: 2, conflict: ` ON CONFLICT DO NOTHING`}
	inbox        = &table{insert: `INSERT INTO inbox (id, session, data) VALUES `, columns: 3, conflict: ` ON CONFLICT DO NOTHING`}
	facts        = &table{insert: `INSERT INTO facts (name, session, time, data) VALUES `, columns: 4}
	environments = &table{insert: `INSERT INTO environments (digest, data) VALUES `, columns: 2, conflict: ` ON CONFLICT DO NOTHING`}
	quarantine   = &table{
		insert: `INSERT INTO quarantine (event, reason, tries, time, data) VALUES `, columns: 5,
		conflict: ` ON CONFLICT (event) DO UPDATE SET reason = excluded.reason, tries = excluded.tries, time = excluded.time`,
	}
	presence = &table{
		insert: `INSERT INTO staff_status (person, active_at, data) VALUES `, columns: 3,
		conflict: ` ON CONFLICT (person) DO UPDATE SET active_at = excluded.active_at, data = excluded.data WHERE excluded.active_at >= staff_status.active_at`,
	}
	attempts = &table{
		insert: `INSERT INTO execution_tracking (command, number, data) VALUES `, columns: 3,
		conflict: ` ON CONFLICT (command, number) DO UPDATE SET data = excluded.data`,
	}
)

// Commit implements storage.Committer.
func (s *Store) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	conn, err := s.write.DB.Conn(ctx)
	if err != nil {
		return nil, s.fail("commit", err)
	}
	defer func() { _ = conn.Close() }() // back to the pool
	var result *storage.BatchResult
	err = conn.Raw(func(raw any) error {
		driverConn, ok := raw.(driver.Conn)
		if !ok {
			return errors.New("the driver gives no connection")
		}
		s.hot.on(driverConn)
		result, err = s.commitOn(ctx, batch)
		return err
	})
	return result, err
}

// commitOn commits a batch on the connection whose statements are at hand.
func (s *Store) commitOn(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	h := &hotTx{ctx: ctx, store: s, rows: make(map[*table]*[]any)}
	h.exec(s.dialect.Begin)
	result := &storage.BatchResult{}
	won := h.sessions(batch.Turns, result)
	for i, w := range batch.Turns {
		if won[i] {
			h.turn(w, result)
		}
	}
	for _, e := range batch.Environments {
		h.add(environments, e.Digest, e.Data)
	}
	for _, e := range batch.Inbox {
		h.add(inbox, e.GetId(), e.GetSession(), encode(e))
	}
	for _, q := range batch.Quarantine {
		h.add(quarantine, q.Event.GetId(), clean(q.Reason), int64(q.Tries), micros(q.Time), encode(q.Event))
	}
	h.flush()
	h.rows, h.order = make(map[*table]*[]any), nil
	for i, d := range batch.Deliveries { // after the inserts: a delivery may be for a command of this very batch
		if !h.deliver(d) {
			result.LostDeliveries = append(result.LostDeliveries, i)
		}
	}
	h.flush()
	if h.err != nil {
		failed := h.err
		h.err = nil
		h.exec("ROLLBACK")
		return nil, s.fail("commit", failed)
	}
	if h.exec("COMMIT"); h.err != nil {
		failed := h.err
		h.err = nil
		h.exec("ROLLBACK") // a commit that failed for good leaves the transaction open
		return nil, fmt.Errorf("commit: %w: %w", storage.ErrUnknown, s.dialect.Translate(failed))
	}
	return result, nil
}

// sessions moves every session of the batch whose version matches and names the turns that lost. Turns of one session chain: after a loser
// its followers lose too. Only the last turn of a chain writes the row's other columns.
func (h *hotTx) sessions(turns []*storage.TurnWrite, result *storage.BatchResult) []bool {
	won := make([]bool, len(turns))
	chains := make(map[string][]int, len(turns))
	for i, w := range turns {
		chains[w.Session] = append(chains[w.Session], i)
	}
	for i, w := range turns {
		chain := chains[w.Session]
		if chain[0] != i {
			continue
		}
		length := 1
		for length < len(chain) && turns[chain[length]].Expect == w.Expect+int64(length) {
			length++
		}
		if h.moveSession(w.Expect, turns[chain[length-1]]) {
			for _, member := range chain[:length] {
				won[member] = true
			}
		}
	}
	for i := range turns {
		if !won[i] {
			result.LostTurns = append(result.LostTurns, i)
		}
	}
	return won
}

func (h *hotTx) moveSession(expect int64, last *storage.TurnWrite) bool {
	head := last.Head
	columns := []any{
		last.Expect + 1, clean(head.Title), int64(head.Kind), head.MessageCount, micros(head.LastMessageTime), int64(head.LastRole), clean(head.LastText),
		int64(head.OpenTasks), int64(head.OpenAlerts), int64(head.Unanswered), flag(head.Held), flag(head.Resolved), micros(head.NextDue), micros(last.Time),
	}
	if expect == 0 {
		return h.exec(`INSERT INTO sessions (version, title, kind, message_count, last_message_time, last_role, last_text, open_tasks, open_alerts,
			unanswered, held, resolved, next_due, update_time, id, partition, create_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			append(columns, last.Session, int64(last.Partition), micros(last.Time))...) == 1
	}
	return h.exec(`UPDATE sessions SET version = ?, title = ?, kind = ?, message_count = ?, last_message_time = ?, last_role = ?, last_text = ?,
		open_tasks = ?, open_alerts = ?, unanswered = ?, held = ?, resolved = ?, next_due = ?, update_time = ? WHERE id = ? AND version = ?`,
		append(columns, last.Session, expect)...) == 1
}

// turn writes the rows of a turn that won.
func (h *hotTx) turn(w *storage.TurnWrite, result *storage.BatchResult) {
	h.add(turnsTable, w.Session, w.Expect, w.Event, micros(w.Time), flag(w.Unmatched), w.Data)
	if w.Snapshot != nil {
		h.add(snapshots, w.Session, w.Expect+1, w.Snapshot)
	}
	for _, m := range w.Messages {
		h.message(m)
	}
	for _, i := range w.Instances {
		h.instance(w, i)
	}
	for _, c := range w.Commands {
		h.add(commands, c.GetId(), c.GetKey(), c.GetSession(), c.GetTargetSession(), c.GetInstance(), c.GetReplyTo(), int64(c.GetState()), c.GetRobot(),
			int64(c.GetAttempts()), "", int64(0), clean(c.GetReason()), stamp(c.GetSendTime()), stamp(c.GetSentTime()), int64(0), int64(0), "", int64(1), encode(c))
	}
	for _, t := range w.Tasks {
		h.add(tasks, t.GetId(), t.GetGroupId(), int64(t.GetState()), int64(t.GetOrigin()), int64(t.GetKind()), t.GetTargetUserId(), t.GetAssignee(),
			t.GetCommand(), stamp(t.GetDeadline()), int64(0), encode(t))
	}
	for _, a := range w.Alerts {
		h.add(alerts, a.GetId(), a.GetSession(), int64(a.GetState()), int64(a.GetLevel()), int64(a.GetCategory()), a.GetParticipant(), encode(a))
	}
	for _, c := range w.Calls {
		h.add(callsTable, c.GetId(), encode(c))
	}
	for _, e := range w.Events {
		h.add(inbox, e.GetId(), e.GetSession(), encode(e))
	}
	for _, f := range w.Facts {
		h.add(facts, f.GetName(), w.Session, stamp(f.GetTime()), encode(f))
	}
	for _, p := range w.Presence {
		h.add(presence, p.GetPerson(), stamp(p.GetActiveAt()), encode(p))
	}
	h.changes(w, result)
}

// changes updates rows of earlier turns. What a turn of this batch has only gathered must be there first.
func (h *hotTx) changes(w *storage.TurnWrite, result *storage.BatchResult) {
	if len(w.Cancels)+len(w.Deliveries)+len(w.Annotations)+len(w.Merges)+len(w.DeletedTasks)+len(w.SettledCalls) > 0 {
		h.flush()
		h.rows, h.order = make(map[*table]*[]any), nil
	}
	if w.FromInbox {
		h.exec(`DELETE FROM inbox WHERE id = ?`, w.Event)
	}
	for _, a := range w.Annotations {
		h.annotate(w.Session, a)
	}
	for _, m := range w.Merges {
		h.exec(`UPDATE messages SET robots = robots || ?, duplicates = duplicates + 1 WHERE id = ?`, ","+m.GetRobot(), m.GetMessage())
	}
	for _, id := range w.DeletedTasks {
		h.exec(`UPDATE track_tasks SET deleted = 1 WHERE id = ?`, id)
	}
	for _, id := range w.SettledCalls {
		h.exec(`DELETE FROM calls WHERE id = ?`, id)
	}
	for _, c := range w.Cancels {
		if h.exec(`UPDATE robot_command_queue SET state = ?, reason = ?, superseded_by = ?, done_time = ?, revision = revision + 1
			WHERE id = ? AND state IN (1, 2)`, int64(c.GetState()), clean(c.GetReason()), c.GetSupersededBy(), micros(w.Time), c.GetCommand()) == 0 {
			result.LateCancels = append(result.LateCancels, storage.CommandCancel{Session: w.Session, Command: c.GetCommand()})
		}
	}
	for _, d := range w.Deliveries {
		h.deliver(d)
	}
}

func (h *hotTx) message(m *flowdeskv1.Message) {
	var sentiment any
	if m.Sentiment != nil {
		sentiment = m.GetSentiment()
	}
	h.add(messages, m.GetId(), m.GetSession(), m.GetParticipant(), clean(m.GetSenderName()), int64(m.GetRole()), m.GetRoleRule(), clean(m.GetText()),
		clean(m.GetRawText()), int64(m.GetContentType()), flag(m.GetAtMe()), strings.Join(m.GetRobots(), ","), stamp(m.GetReceiveTime()),
		clean(m.GetPlatformId()), int64(m.GetIntent()), sentiment, m.GetFlowInstance(), m.GetAfterSalesTask(), m.GetCommand(), clean(m.GetDelayReason()),
		flag(m.GetWithdrawn()), flag(m.GetOutgoing()), m.GetReplyTo(), m.GetPerson(), m.GetEvent(), int64(m.GetDuplicates()))
	h.add(sessionMessages, m.GetSession(), m.GetId(), int64(m.GetRole()), m.GetRoleRule(), int64(m.GetIntent()), sentiment, m.GetFlowInstance(),
		m.GetAfterSalesTask(), m.GetCommand(), clean(m.GetDelayReason()))
	switch m.GetRole() {
	case flowdeskv1.Role_ROLE_GROUP_ASSISTANT, flowdeskv1.Role_ROLE_AFTER_SALES, flowdeskv1.Role_ROLE_OPERATOR:
		h.add(staffMessages, m.GetId(), m.GetSession(), m.GetPerson(), int64(m.GetRole()))
	default:
	}
}

func (h *hotTx) annotate(session string, a *flowdeskv1.AnnotateMessage) {
	var sentiment any
	if a.Sentiment != nil {
		sentiment = a.GetSentiment()
	}
	h.exec(`UPDATE messages SET intent = CASE WHEN ? > 0 THEN ? ELSE intent END, sentiment = COALESCE(?, sentiment),
		after_sales_task = CASE WHEN ? <> '' THEN ? ELSE after_sales_task END, withdrawn = CASE WHEN ? = 1 THEN 1 ELSE withdrawn END WHERE id = ?`,
		int64(a.GetIntent()), int64(a.GetIntent()), sentiment, a.GetAfterSalesTask(), a.GetAfterSalesTask(), flag(a.GetWithdrawn()), a.GetMessage())
	h.exec(`UPDATE session_messages SET intent = CASE WHEN ? > 0 THEN ? ELSE intent END, sentiment = COALESCE(?, sentiment),
		after_sales_task = CASE WHEN ? <> '' THEN ? ELSE after_sales_task END WHERE session = ? AND message = ?`,
		int64(a.GetIntent()), int64(a.GetIntent()), sentiment, a.GetAfterSalesTask(), a.GetAfterSalesTask(), session, a.GetMessage())
}

func (h *hotTx) instance(w *storage.TurnWrite, i *storage.InstanceWrite) {
	var end int64
	switch i.Status {
	case flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING:
	default:
		end = micros(i.Time)
	}
	waiting := strings.Join(i.WaitingFor, ",")
	if i.Began {
		h.add(instances, i.ID, i.Flow, int64(i.Version), w.Session, int64(i.Status), i.Event, i.Message, micros(i.Time), micros(i.Time), end,
			clean(i.Error), i.FailedNode, waiting, i.Trace, i.LastNode, strconv.FormatInt(i.Turn, 10))
		return
	}
	if gathered := h.rows[instances]; gathered != nil { // it may have begun in an earlier turn of this batch
		h.flush()
		h.rows, h.order = make(map[*table]*[]any), nil
	}
	h.exec(`UPDATE flow_instances SET status = ?, update_time = ?, end_time = ?, error = ?, failed_node = ?, waiting_for = ?, last_node = ?,
		turns = turns || ? WHERE id = ?`,
		int64(i.Status), micros(i.Time), end, clean(i.Error), i.FailedNode, waiting, i.LastNode, ","+strconv.FormatInt(i.Turn, 10), i.ID)
}

// deliver changes a command's delivery state when the command is where the change expects it.
func (h *hotTx) deliver(d *storage.Delivery) bool {
	var from int64
	for _, state := range d.From {
		from |= 1 << uint(state)
	}
	applied := h.exec(`UPDATE robot_command_queue SET state = ?, robot = CASE WHEN ? <> '' THEN ? ELSE robot END, attempts = ?,
		platform_message = CASE WHEN ? <> '' THEN ? ELSE platform_message END, error_code = ?, reason = ?,
		send_time = CASE WHEN ? > 0 THEN ? ELSE send_time END, sent_time = CASE WHEN ? > 0 THEN ? ELSE sent_time END, done_time = ?,
		result_deadline = CASE WHEN ? > 0 THEN ? ELSE result_deadline END, revision = revision + 1
		WHERE id = ? AND ((1 << state) & ?) <> 0 AND (? < 0 OR attempts = ?)`,
		int64(d.State), d.Robot, d.Robot, int64(d.Attempts), d.PlatformMessage, d.PlatformMessage, int64(d.ErrorCode), clean(d.Reason),
		micros(d.SendTime), micros(d.SendTime), micros(d.SentTime), micros(d.SentTime), micros(d.DoneTime), micros(d.ResultDeadline),
		micros(d.ResultDeadline), d.Command, from, int64(d.FromAttempts), int64(d.FromAttempts)) == 1
	if applied && d.Attempt != nil {
		h.add(attempts, d.Command, int64(d.Attempt.GetNumber()), encode(d.Attempt))
	}
	return applied
}
