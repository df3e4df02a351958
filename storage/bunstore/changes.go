package bunstore

import (
	"database/sql/driver"
	"strconv"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Statements that change rows of earlier turns. A NULL leaves a column as it is where COALESCE says so.
var (
	instanceUpdate = changing(Update, "flow_instances", `status = ?int, update_time = ?int, end_time = ?int, error = ?text, failed_node = ?text,
		waiting_for = ?text, last_node = COALESCE(?text, last_node), turns = turns || ?text`, "id = ?text")
	inboxDelete   = changing(Delete, "inbox", "", "id = ?text")
	callDelete    = changing(Delete, "calls", "", "id = ?text")
	taskDelete    = changing(Update, "track_tasks", "deleted = 1", "id = ?text")
	messageMerge  = changing(Update, "messages", "robots = COALESCE(robots || ?text, ?text), duplicates = COALESCE(duplicates, 0) + 1", "id = ?text")
	messageUpdate = changing(Update, "messages", `sender_role = COALESCE(?int, sender_role), role_rule = COALESCE(?text, role_rule),
		participant = COALESCE(?text, participant), intent = COALESCE(?int, intent), sentiment = COALESCE(?float, sentiment),
		flow_instance = COALESCE(?text, flow_instance), after_sales_task = COALESCE(?text, after_sales_task),
		withdrawn = COALESCE(?int, withdrawn)`, "id = ?text")
	shownUpdate = changing(Update, "session_messages", `sender_role = COALESCE(?int, sender_role), role_rule = COALESCE(?text, role_rule),
		intent = COALESCE(?int, intent), sentiment = COALESCE(?float, sentiment), flow_instance = COALESCE(?text, flow_instance),
		after_sales_task = COALESCE(?text, after_sales_task), withdrawn = COALESCE(?int, withdrawn)`, "message = ?text")
	staffCopy = &Statement{
		Verb: Copy, Table: "staff_messages", Columns: []string{"message", "session", "person", "sender_role"}, From: "messages",
		Set: "id, session, person, sender_role", Where: "id = ?", Types: []Type{Text},
		Conflict: "ON CONFLICT (message) DO UPDATE SET sender_role = excluded.sender_role",
	}
	staffDelete   = changing(Delete, "staff_messages", "", "message = ?text")
	commandCancel = changing(Update, "robot_command_queue", "state = ?int, reason = ?text, superseded_by = ?text, done_time = ?int, revision = revision + 1",
		"id = ?text AND state IN (1, 2)").telling()
	commandEdit = changing(Update, "robot_command_queue", "edits = COALESCE(edits || ?text, ?text), edited = ?int, revision = revision + 1",
		"id = ?text AND state IN (1, 2) AND COALESCE(edited, 0) = ?int").telling()
	// The allowed states come as one number with a bit for each, so that the statement's text is always the same.
	commandDeliver = changing(Update, "robot_command_queue", `state = ?int, robot = COALESCE(?text, robot), attempts = ?int,
		platform_message = COALESCE(?text, platform_message), error_code = ?int, reason = ?text, send_time = COALESCE(?int, send_time),
		sent_time = COALESCE(?int, sent_time), done_time = ?int, result_deadline = COALESCE(?int, result_deadline), revision = revision + 1`,
		"id = ?text AND (CAST(?int AS BIGINT) >> CAST(state AS INTEGER)) & 1 = 1 AND attempts = COALESCE(?int, attempts) AND COALESCE(edited, 0) = COALESCE(?int, edited, 0)").telling()
)

// changes gathers the changes to rows of earlier turns, of this batch or before.
func (h *hot) changes(w *storage.TurnWrite) {
	if w.FromInbox {
		h.queues.add(inboxDelete, w.Event, w.Event)
	}
	for _, i := range w.Instances {
		if !i.Began {
			h.instanceChanges.add(instanceUpdate, i.ID, int64(i.Status), micros(i.Time), ended(i), text(i.Error), text(i.FailedNode),
				texts(i.WaitingFor), text(i.LastNode), ","+strconv.FormatInt(i.Turn, 10), i.ID)
		}
	}
	for _, a := range w.Annotations {
		h.annotate(a)
	}
	for _, m := range w.Merges {
		robot := clean(m.GetRobot())
		h.messageChanges.add(messageMerge, m.GetMessage(), "\n"+robot, robot, m.GetMessage())
	}
	for _, id := range w.DeletedTasks {
		h.queues.add(taskDelete, "task "+id, id)
	}
	for _, id := range w.SettledCalls {
		h.queues.add(callDelete, "call "+id, id)
	}
	for _, c := range w.Cancels {
		h.cancelled = append(h.cancelled, cancelled{
			storage.CommandCancel{Session: w.Session, Command: c.GetCommand()},
			h.commandChanges.add(commandCancel, c.GetCommand(), int64(c.GetState()), text(c.GetReason()), text(c.GetSupersededBy()), micros(w.Time), c.GetCommand()),
		})
	}
	for _, e := range w.Edits { // ahead of the deliveries of the batch: what leaves with it leaves with the text that is acknowledged
		row := editRow(e.GetEdit())
		h.edited = append(h.edited, edited{
			storage.CommandEdit{Session: w.Session, Command: e.GetCommand(), Event: e.GetEdit().GetEvent()},
			h.commandChanges.add(commandEdit, e.GetCommand(), ","+row, row, int64(e.GetEdits())+1, e.GetCommand(), int64(e.GetEdits())),
		})
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
	id := a.GetMessage()
	h.messageChanges.add(messageUpdate, id, role, rule, text(a.GetParticipant()), intent, sentiment, instance, task, withdrawn, id)
	h.messageChanges.add(shownUpdate, "shown "+id, role, rule, intent, sentiment, instance, task, withdrawn, id)
	switch {
	case role == nil:
	case isStaff(a.GetRole()):
		h.staffChanges.add(staffCopy, id, id)
	default:
		h.staffChanges.add(staffDelete, id, id)
	}
}

// deliver changes a command's delivery state when the command is where the change expects it.
func (h *hot) deliver(d *storage.Delivery) {
	var from int64
	for _, state := range d.From {
		from |= 1 << state
	}
	var attempts driver.Value
	if d.FromAttempts >= 0 {
		attempts = int64(d.FromAttempts)
	}
	var edits driver.Value
	if d.FromEdits != nil {
		edits = int64(*d.FromEdits)
	}
	h.delivered = append(h.delivered, delivered{delivery: d, change: h.commandChanges.add(commandDeliver, d.Command, int64(d.State), text(d.Robot), int64(d.Attempts),
		text(d.PlatformMessage), number(int64(d.ErrorCode)), text(d.Reason), moment(d.SendTime), moment(d.SentTime), moment(d.DoneTime),
		moment(d.ResultDeadline), d.Command, from, attempts, edits)})
}

// attempt stores the send that a delivery tells of.
func (h *hot) attempt(d *storage.Delivery) {
	a := d.Attempt
	h.attempts.replace(d.Command+strconv.Itoa(int(a.GetNumber())), d.Command, int64(a.GetNumber()), text(a.GetRobot()), stamp(a.GetSentTime()),
		text(a.GetPlatformMessage()), int64(a.GetState()), number(int64(a.GetErrorCode())), text(a.GetReason()), stamp(a.GetDoneTime()),
		text(a.GetProof()))
}
