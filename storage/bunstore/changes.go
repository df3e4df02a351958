package bunstore

import (
	"database/sql/driver"
	"strconv"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Statements that change rows of earlier turns. A NULL leaves a column as it is where COALESCE says so.
var (
	instanceUpdate = &statement{`UPDATE flow_instances SET status = ?, update_time = ?, end_time = ?, error = ?, failed_node = ?, waiting_for = ?,
		last_node = COALESCE(?, last_node), turns = turns || ? WHERE id = ?`}
	inboxDelete   = &statement{`DELETE FROM inbox WHERE id = ?`}
	callDelete    = &statement{`DELETE FROM calls WHERE id = ?`}
	taskDelete    = &statement{`UPDATE track_tasks SET deleted = 1 WHERE id = ?`}
	messageMerge  = &statement{`UPDATE messages SET robots = COALESCE(robots || ?, ?), duplicates = COALESCE(duplicates, 0) + 1 WHERE id = ?`}
	messageUpdate = &statement{`UPDATE messages SET sender_role = COALESCE(?, sender_role), role_rule = COALESCE(?, role_rule),
		participant = COALESCE(?, participant), intent = COALESCE(?, intent), sentiment = COALESCE(?, sentiment),
		flow_instance = COALESCE(?, flow_instance), after_sales_task = COALESCE(?, after_sales_task), withdrawn = COALESCE(?, withdrawn)
		WHERE id = ?`}
	shownUpdate = &statement{`UPDATE session_messages SET sender_role = COALESCE(?, sender_role), role_rule = COALESCE(?, role_rule),
		intent = COALESCE(?, intent), sentiment = COALESCE(?, sentiment), flow_instance = COALESCE(?, flow_instance),
		after_sales_task = COALESCE(?, after_sales_task), withdrawn = COALESCE(?, withdrawn) WHERE message = ?`}
	staffInsert = &statement{`INSERT INTO staff_messages (message, session, person, sender_role) SELECT id, session, person, sender_role
		FROM messages WHERE id = ? ON CONFLICT (message) DO UPDATE SET sender_role = excluded.sender_role`}
	staffDelete   = &statement{`DELETE FROM staff_messages WHERE message = ?`}
	commandCancel = &statement{`UPDATE robot_command_queue SET state = ?, reason = ?, superseded_by = ?, done_time = ?, revision = revision + 1
		WHERE id = ? AND state IN (1, 2)`}
	// The allowed states come as one number with a bit for each, so that the statement's text is always the same.
	commandDeliver = &statement{`UPDATE robot_command_queue SET state = ?, robot = COALESCE(?, robot), attempts = ?,
		platform_message = COALESCE(?, platform_message), error_code = ?, reason = ?, send_time = COALESCE(?, send_time),
		sent_time = COALESCE(?, sent_time), done_time = ?, result_deadline = COALESCE(?, result_deadline), revision = revision + 1
		WHERE id = ? AND (CAST(? AS BIGINT) >> CAST(state AS INTEGER)) & 1 = 1 AND attempts = COALESCE(?, attempts)`}
)

// changes rows of earlier turns, of this batch or before.
func (h *hot) changes(w *storage.TurnWrite, result *storage.BatchResult) {
	if w.FromInbox {
		h.exec(inboxDelete, w.Event)
	}
	for _, i := range w.Instances {
		if !i.Began {
			h.exec(instanceUpdate, int64(i.Status), micros(i.Time), ended(i), text(i.Error), text(i.FailedNode), texts(i.WaitingFor),
				text(i.LastNode), ","+strconv.FormatInt(i.Turn, 10), i.ID)
		}
	}
	for _, a := range w.Annotations {
		h.annotate(a)
	}
	for _, m := range w.Merges {
		h.exec(messageMerge, "\n"+clean(m.GetRobot()), clean(m.GetRobot()), m.GetMessage())
	}
	for _, id := range w.DeletedTasks {
		h.exec(taskDelete, id)
	}
	for _, id := range w.SettledCalls {
		h.exec(callDelete, id)
	}
	for _, c := range w.Cancels {
		if h.exec(commandCancel, int64(c.GetState()), text(c.GetReason()), text(c.GetSupersededBy()), micros(w.Time), c.GetCommand()) == 0 {
			result.LateCancels = append(result.LateCancels, storage.CommandCancel{Session: w.Session, Command: c.GetCommand()})
		}
	}
	for _, d := range w.Deliveries {
		h.deliver(d)
	}
}

// annotate writes what was learnt of a message that an earlier turn stored.
func (h *hot) annotate(a *flowdeskv1.AnnotateMessage) {
	var sentiment driver.Value
	if a.Sentiment != nil {
		sentiment = a.GetSentiment()
	}
	role, rule := number(int64(a.GetRole())), text(a.GetRoleRule())
	if role == nil {
		rule = nil
	}
	intent, instance, task, withdrawn := number(int64(a.GetIntent())), text(a.GetInstance()), text(a.GetAfterSalesTask()), some(a.GetWithdrawn())
	h.exec(messageUpdate, role, rule, text(a.GetParticipant()), intent, sentiment, instance, task, withdrawn, a.GetMessage())
	h.exec(shownUpdate, role, rule, intent, sentiment, instance, task, withdrawn, a.GetMessage())
	switch {
	case role == nil:
	case isStaff(a.GetRole()):
		h.exec(staffInsert, a.GetMessage())
	default:
		h.exec(staffDelete, a.GetMessage())
	}
}

// deliver changes a command's delivery state when the command is where the change expects it.
func (h *hot) deliver(d *storage.Delivery) bool {
	var from int64
	for _, state := range d.From {
		from |= 1 << state
	}
	var attempts driver.Value
	if d.FromAttempts >= 0 {
		attempts = int64(d.FromAttempts)
	}
	if h.exec(commandDeliver, int64(d.State), text(d.Robot), int64(d.Attempts), text(d.PlatformMessage), number(int64(d.ErrorCode)), text(d.Reason),
		moment(d.SendTime), moment(d.SentTime), moment(d.DoneTime), moment(d.ResultDeadline), d.Command, from, attempts) != 1 {
		return false
	}
	if a := d.Attempt; a != nil {
		h.attempts.replace(d.Command+strconv.Itoa(int(a.GetNumber())), d.Command, int64(a.GetNumber()), text(a.GetRobot()), stamp(a.GetSentTime()),
			text(a.GetPlatformMessage()), int64(a.GetState()), number(int64(a.GetErrorCode())), text(a.GetReason()), stamp(a.GetDoneTime()),
			text(a.GetProof()))
	}
	return true
}
