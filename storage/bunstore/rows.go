package bunstore

import (
	"database/sql/driver"
	"strconv"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Tables of the hot path. A row that is already there is left as it is, or replaced where the contract says so: no row of one turn can
// fail the rows of others.
var (
	turnsTable     = insertInto("flow_execution_logs", "session text, version int, time int, unmatched int, data bytes", "ON CONFLICT DO NOTHING")
	snapshotsTable = insertInto("session_snapshots", "session text, version int, data bytes", "ON CONFLICT DO NOTHING")
	messagesTable  = insertInto("messages", `id text, session text, participant text, sender_name text, sender_role int, role_rule text, text text, raw_text text,
		content_type int, at_me int, robots text, receive_time int, platform_id text, digest int, intent int, sentiment float,
		flow_instance text, after_sales_task text, command text, delay_reason text, withdrawn int, reply_to text, person text,
		event text, duplicates int`, "ON CONFLICT DO NOTHING")
	sessionMessagesTable = insertInto("session_messages", `session text, message text, sender_role int, role_rule text, intent int, sentiment float, flow_instance text,
		after_sales_task text, command text, delay_reason text, said_time int, text text, withdrawn int, rest bytes`, "ON CONFLICT DO NOTHING")
	staffMessagesTable = insertInto("staff_messages", "message text, session text, person text, sender_role int", "ON CONFLICT DO NOTHING")
	instancesTable     = insertInto("flow_instances", `id text, flow text, version int, session text, status int, event text, message text, begin_time int, update_time int,
		end_time int, error text, failed_node text, waiting_for text, trace text, last_node text, turns text`, "ON CONFLICT DO NOTHING")
	commandsTable = insertInto("robot_command_queue", `id text, key text, session text, target_session text, instance text, reply_to text, state int, robot text, attempts
		int, platform_message text, error_code int, reason text, send_time int, sent_time int, done_time int, result_deadline
		int, superseded_by text, revision int, data bytes`, "ON CONFLICT DO NOTHING")
	tasksTable = insertInto("track_tasks", `id text, group_id text, state int, origin int, kind int, target text, assignee text, command text, deadline int, data
		bytes`,
		`ON CONFLICT (id) DO UPDATE SET group_id = excluded.group_id, state = excluded.state, kind = excluded.kind, target = excluded.target,
		assignee = excluded.assignee, command = excluded.command, deadline = excluded.deadline, data = excluded.data`)
	alertsTable = insertInto("alerts", `id text, session text, state int, level int, category int, participant text, create_time int, assignee text,
		silenced_until int, person text, day text, data bytes`,
		`ON CONFLICT (id) DO UPDATE SET session = excluded.session, state = excluded.state, level = excluded.level, assignee = excluded.assignee,
		silenced_until = excluded.silenced_until, data = excluded.data`)
	callsTable        = insertInto("calls", "id text, data bytes", "ON CONFLICT DO NOTHING")
	inboxTable        = insertInto("inbox", "id text, session text, partition int, data bytes", "ON CONFLICT DO NOTHING")
	factsTable        = insertInto("facts", "name text, session text, time int, data bytes", "")
	environmentsTable = insertInto("environments", "digest text, data bytes", "ON CONFLICT DO NOTHING")
	requestsTable     = insertInto("requests", "method text, id text, time int, answer bytes", "ON CONFLICT DO NOTHING")
	quarantineTable   = insertInto("quarantine", "event text, reason text, tries int, time int, data bytes",
		"ON CONFLICT (event) DO UPDATE SET reason = excluded.reason, tries = excluded.tries, time = excluded.time")
	presenceTable = insertInto("staff_status", "person text, active_at int, data bytes", `ON CONFLICT (person) DO UPDATE SET active_at = excluded.active_at,
		data = excluded.data WHERE excluded.active_at >= staff_status.active_at`)
	attemptsTable = insertInto("execution_tracking", `command text, number int, robot text, sent_time int, platform_message text, state int, error_code int, reason text,
		done_time int, proof text`,
		`ON CONFLICT (command, number) DO UPDATE SET robot = excluded.robot, sent_time = excluded.sent_time,
		platform_message = excluded.platform_message, state = excluded.state, error_code = excluded.error_code, reason = excluded.reason,
		done_time = excluded.done_time, proof = excluded.proof`)
)

// insertions gathers the rows that a turn inserts or replaces.
func (h *hot) insertions(w *storage.TurnWrite) {
	packed := preparation(w)
	h.turns.add(w.Session, w.Expect, micros(w.Time), some(w.Unmatched), packed.data)
	if w.Snapshot != nil {
		h.snapshots.add(w.Session, w.Expect+1, packed.snapshot)
	}
	for _, m := range w.Messages {
		h.message(m)
	}
	if q := w.Request; q != nil {
		h.requests.add(clean(q.Method), clean(q.ID), micros(w.Time), h.pack(q.Answer))
	}
	for _, i := range w.Instances {
		if i.Began {
			h.instances.add(i.ID, i.Flow, int64(i.Version), w.Session, int64(i.Status), text(i.Event), reference(i.Message, i.Event), micros(i.Time),
				micros(i.Time), ended(i), text(i.Error), text(i.FailedNode), texts(i.WaitingFor), reference(i.Trace, i.Event), text(i.LastNode),
				strconv.FormatInt(i.Turn, 10))
		}
	}
	for i, c := range w.Commands {
		h.command(c, packed.commands[i])
	}
	for _, t := range w.Tasks {
		h.tasks.replace(t.GetId(), t.GetId(), text(t.GetGroupId()), int64(t.GetState()), int64(t.GetOrigin()), int64(t.GetKind()),
			text(t.GetTargetUserId()), text(t.GetAssignee()), text(t.GetCommand()), zeroed(t.GetDeadline()), h.pack(encode(t)))
	}
	for _, a := range w.Alerts {
		h.alerts.replace(a.GetId(), a.GetId(), a.GetSession(), int64(a.GetState()), int64(a.GetLevel()), int64(a.GetCategory()),
			text(a.GetParticipant()), zeroed(a.GetCreateTime()), text(a.GetAssignee()), stamp(a.GetSilencedUntil()), text(a.GetPerson()),
			text(a.GetDay()), h.pack(encode(a)))
	}
	for _, c := range w.Calls {
		h.calls.add(c.GetId(), h.pack(encode(c)))
	}
	for _, e := range w.Events {
		h.waiting(e)
	}
	for _, f := range w.Facts {
		h.facts.add(f.GetName(), w.Session, zeroed(f.GetTime()), h.pack(encode(f)))
	}
	for _, p := range w.Presence {
		h.latest(p)
	}
}

// message writes a message received into messages and a pointer to it into session_messages; what our robots said stands in
// session_messages alone.
func (h *hot) message(m *flowdeskv1.Message) {
	var sentiment driver.Value
	if m.Sentiment != nil {
		sentiment = m.GetSentiment()
	}
	var saidTime, said, rest driver.Value
	if m.GetOutgoing() {
		saidTime, said, rest = zeroed(m.GetReceiveTime()), text(m.GetText()), h.pack(encode(restOfSaid(m)))
	} else {
		raw := driver.Value(nil)
		if m.GetRawText() != m.GetText() {
			raw = text(m.GetRawText())
		}
		h.messages.add(m.GetId(), m.GetSession(), text(m.GetParticipant()), text(m.GetSenderName()), int64(m.GetRole()), text(m.GetRoleRule()),
			text(m.GetText()), raw, int64(m.GetContentType()), some(m.GetAtMe()), texts(m.GetRobots()), zeroed(m.GetReceiveTime()),
			text(m.GetPlatformId()), number(int64(m.GetDigest())), number(int64(m.GetIntent())), sentiment, text(m.GetFlowInstance()),
			text(m.GetAfterSalesTask()), text(m.GetCommand()), text(m.GetDelayReason()), some(m.GetWithdrawn()), text(m.GetReplyTo()),
			text(m.GetPerson()), reference(m.GetEvent(), m.GetId()), number(int64(m.GetDuplicates())))
	}
	h.sessionMessages.add(m.GetSession(), m.GetId(), int64(m.GetRole()), text(m.GetRoleRule()), number(int64(m.GetIntent())), sentiment,
		text(m.GetFlowInstance()), text(m.GetAfterSalesTask()), reference(m.GetCommand(), m.GetId()), text(m.GetDelayReason()), saidTime, said,
		some(m.GetWithdrawn()), rest)
	if isStaff(m.GetRole()) {
		h.staffMessages.add(m.GetId(), m.GetSession(), text(m.GetPerson()), int64(m.GetRole()))
	}
}

func isStaff(role flowdeskv1.Role) bool {
	switch role {
	case flowdeskv1.Role_ROLE_GROUP_ASSISTANT, flowdeskv1.Role_ROLE_AFTER_SALES, flowdeskv1.Role_ROLE_OPERATOR:
		return true
	default:
		return false
	}
}

// restOfSaid is what no column holds of a text that our robot said.
func restOfSaid(m *flowdeskv1.Message) *flowdeskv1.Message {
	return &flowdeskv1.Message{
		Participant: m.GetParticipant(), SenderName: m.GetSenderName(), RawText: m.GetRawText(), ContentType: m.GetContentType(), AtMe: m.GetAtMe(),
		Robots: m.GetRobots(), PlatformId: m.GetPlatformId(), ReplyTo: m.GetReplyTo(), Person: m.GetPerson(), Event: m.GetEvent(),
		Digest: m.GetDigest(), Duplicates: m.GetDuplicates(),
	}
}

func (h *hot) command(c *flowdeskv1.Command, rest []byte) {
	h.commands.add(c.GetId(), c.GetKey(), c.GetSession(), reference(c.GetTargetSession(), c.GetSession()), clean(c.GetInstance()),
		text(c.GetReplyTo()), int64(c.GetState()), text(c.GetRobot()), int64(c.GetAttempts()), text(c.GetPlatformMessage()),
		number(int64(c.GetErrorCode())), text(c.GetReason()), stamp(c.GetSendTime()), stamp(c.GetSentTime()), stamp(c.GetDoneTime()),
		stamp(c.GetResultDeadline()), text(c.GetSupersededBy()), int64(1), rest)
}

// restOfCommand is what no column holds of a command. Later sends and results change columns only.
func restOfCommand(c *flowdeskv1.Command) *flowdeskv1.Command {
	return &flowdeskv1.Command{
		TargetName: c.GetTargetName(), TargetUser: c.GetTargetUser(), Mention: c.GetMention(), Kind: c.GetKind(), Text: c.GetText(), Duty: c.GetDuty(),
		Priority: c.GetPriority(), Operator: c.GetOperator(), ExpireTime: c.GetExpireTime(), DelayReason: c.GetDelayReason(), Node: c.GetNode(),
		Flow: c.GetFlow(), MaxRetries: c.GetMaxRetries(), Backoff: c.GetBackoff(), OnUnknown: c.GetOnUnknown(), CreateTime: c.GetCreateTime(),
		Purpose: c.GetPurpose(), Trace: restOfTrace(c), Causes: c.GetCauses(), Message: c.GetMessage(), RepliedMessageTime: c.GetRepliedMessageTime(),
	}
}

// ofReply stands for the trace of a command that bears the id of the message that it answers, as most do where no tracer is.
const ofReply = "="

func restOfTrace(c *flowdeskv1.Command) string {
	if c.GetTrace() == c.GetReplyTo() && c.GetTrace() != "" {
		return ofReply
	}
	return c.GetTrace()
}

// ended is the time of an instance's end, NULL while it runs or waits.
func ended(i *storage.InstanceWrite) driver.Value {
	switch i.Status {
	case flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING, flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING:
		return nil
	default:
		return micros(i.Time)
	}
}

// texts are several short texts, none of which holds a line break.
func texts(list []string) driver.Value { return text(strings.Join(list, "\n")) }
