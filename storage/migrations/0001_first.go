package migrations

// The first step. Its rules:
//
//   - Times are microseconds since 1970 in UTC, so that they sort and compare alike on every database; NULL is no time.
//   - Ids are texts of 20 characters that sort by time, so that rows of one time stand together and the newest stand at the end.
//   - A text that does not apply is NULL, not empty: that costs least, and partial indexes can leave it out.
//   - An index on a table that every turn writes has to earn its place: it names the list that needs it.
//   - What grows without end is partitioned by time on PostgreSQL: the turns and facts by their time, messages by their ids, which sort by
//     time. A unique key must hold what the table is partitioned by.
//   - data columns hold protocol buffers, packed by bunstore; what other columns hold is not repeated in them.
//
// Every statement says IF NOT EXISTS, so that a step that was interrupted can run again.
var firstUp = []string{
	// Sessions, and their turns. next_due is NULL for most, so that 100,000 sleeping sessions cost the timers nothing.
	`CREATE TABLE IF NOT EXISTS sessions (
		id TEXT NOT NULL PRIMARY KEY, partition $bigint NOT NULL, version $bigint NOT NULL, title TEXT, kind $bigint NOT NULL,
		message_count $bigint NOT NULL, last_message_time $bigint NOT NULL, last_role $bigint NOT NULL, last_text TEXT,
		open_tasks $bigint NOT NULL, open_alerts $bigint NOT NULL, unanswered $bigint NOT NULL, held $bigint NOT NULL,
		resolved $bigint NOT NULL, next_due $bigint, create_time $bigint NOT NULL, update_time $bigint NOT NULL)$clustered`,
	`CREATE INDEX IF NOT EXISTS sessions_last ON sessions (last_message_time, id)`, // the list of conversations
	`CREATE INDEX IF NOT EXISTS sessions_due ON sessions (next_due) WHERE next_due IS NOT NULL`,
	`CREATE TABLE IF NOT EXISTS session_snapshots (
		session TEXT NOT NULL, version $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (session, version))$clustered`,
	// Turns stand in order of arrival and not under their key: a B-tree ordered by the key would spread their data over as many pages as
	// sessions are awake, and SQLite puts what is longer than a quarter of a page on a page of its own there.
	`CREATE TABLE IF NOT EXISTS flow_execution_logs (
		session TEXT NOT NULL, version $bigint NOT NULL, time $bigint NOT NULL, unmatched $bigint, data $blob NOT NULL,
		PRIMARY KEY (session, version$and_time))$by_time`,
	`$postgres CREATE TABLE IF NOT EXISTS flow_execution_logs_default PARTITION OF flow_execution_logs DEFAULT`,
	`CREATE INDEX IF NOT EXISTS flow_execution_logs_unmatched ON flow_execution_logs (time, session, version) WHERE unmatched IS NOT NULL`,

	// What people wrote, as received. raw_text is NULL where it is the text, event where it is the message's own id.
	`CREATE TABLE IF NOT EXISTS messages (
		id TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, participant TEXT, sender_name TEXT, sender_role $bigint NOT NULL, role_rule TEXT,
		text TEXT, raw_text TEXT, content_type $bigint NOT NULL, at_me $bigint, robots TEXT, receive_time $bigint NOT NULL, platform_id TEXT,
		digest $bigint, intent $bigint, sentiment DOUBLE PRECISION, flow_instance TEXT, after_sales_task TEXT, command TEXT, delay_reason TEXT,
		withdrawn $bigint, reply_to TEXT, person TEXT, event TEXT, duplicates $bigint)$clustered$by_id`,
	`$postgres CREATE TABLE IF NOT EXISTS messages_default PARTITION OF messages DEFAULT`,
	// The conversation as shown: a pointer to each message received, and our robots' texts, which stand here alone. command is empty where it
	// is the message's own id, as for every text that the engine stores.
	`CREATE TABLE IF NOT EXISTS session_messages (
		message TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, sender_role $bigint NOT NULL, role_rule TEXT, intent $bigint, sentiment DOUBLE PRECISION,
		flow_instance TEXT, after_sales_task TEXT, command TEXT, delay_reason TEXT, said_time $bigint, text TEXT,
		withdrawn $bigint, rest $blob)$clustered$by_message`,
	`$postgres CREATE TABLE IF NOT EXISTS session_messages_default PARTITION OF session_messages DEFAULT`,
	`CREATE INDEX IF NOT EXISTS session_messages_session ON session_messages (session, message)`,
	`CREATE TABLE IF NOT EXISTS staff_messages (
		message TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, person TEXT, sender_role $bigint NOT NULL)$clustered$by_message`,
	`$postgres CREATE TABLE IF NOT EXISTS staff_messages_default PARTITION OF staff_messages DEFAULT`,

	// Runs of flows. message is NULL for none and empty where it is the event.
	`CREATE TABLE IF NOT EXISTS flow_instances (
		id TEXT NOT NULL PRIMARY KEY, flow TEXT NOT NULL, version $bigint NOT NULL, session TEXT NOT NULL, status $bigint NOT NULL,
		event TEXT, message TEXT, begin_time $bigint NOT NULL, update_time $bigint NOT NULL, end_time $bigint,
		error TEXT, failed_node TEXT, waiting_for TEXT, trace TEXT, last_node TEXT, turns TEXT NOT NULL)$clustered`,
	`CREATE INDEX IF NOT EXISTS flow_instances_session ON flow_instances (session, id)`, // a conversation's runs
	`CREATE INDEX IF NOT EXISTS flow_instances_open ON flow_instances (flow, version) WHERE end_time IS NULL`,
	`CREATE TABLE IF NOT EXISTS quarantine (
		event TEXT NOT NULL PRIMARY KEY, reason TEXT, tries $bigint NOT NULL, time $bigint NOT NULL, data $blob NOT NULL)$clustered`,

	// Robot commands and their sends. The key is what keeps a command from being enqueued twice, for ever. It is a digest of which the
	// instance is a part, so that it is unique with the instance if it is unique at all; in this order the index grows at its end, and finds
	// an instance's commands. By the key alone every command would change a page of its own, which cost more than the row.
	`CREATE TABLE IF NOT EXISTS robot_command_queue (
		id TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL, session TEXT NOT NULL, target_session TEXT, instance TEXT NOT NULL, reply_to TEXT,
		state $bigint NOT NULL, robot TEXT, attempts $bigint NOT NULL, platform_message TEXT, error_code $bigint, reason TEXT,
		send_time $bigint, sent_time $bigint, done_time $bigint, result_deadline $bigint, superseded_by TEXT, revision $bigint NOT NULL,
		data $blob NOT NULL, UNIQUE (instance, key))$clustered`,
	`CREATE INDEX IF NOT EXISTS robot_command_queue_session ON robot_command_queue (session, id)`, // a conversation's commands
	`CREATE INDEX IF NOT EXISTS robot_command_queue_settled ON robot_command_queue (id) WHERE state IN (6, 9, 10, 11)`,
	`CREATE INDEX IF NOT EXISTS robot_command_queue_unsettled ON robot_command_queue (id) WHERE state IN (1, 2, 3, 4, 7, 8)`,
	`CREATE TABLE IF NOT EXISTS execution_tracking (
		command TEXT NOT NULL, number $bigint NOT NULL, robot TEXT, sent_time $bigint, platform_message TEXT, state $bigint NOT NULL,
		error_code $bigint, reason TEXT, done_time $bigint, proof TEXT, PRIMARY KEY (command, number))$clustered`,

	// Work for people.
	`CREATE TABLE IF NOT EXISTS track_tasks (
		id TEXT NOT NULL PRIMARY KEY, group_id TEXT, state $bigint NOT NULL, origin $bigint NOT NULL, kind $bigint NOT NULL, target TEXT,
		assignee TEXT, command TEXT, deadline $bigint NOT NULL, deleted $bigint, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS track_tasks_deadline ON track_tasks (deadline, id)`,
	`CREATE INDEX IF NOT EXISTS track_tasks_group ON track_tasks (group_id, id)`,
	`CREATE INDEX IF NOT EXISTS track_tasks_open ON track_tasks (assignee) WHERE state NOT IN (5, 6) AND deleted IS NULL`,
	`CREATE TABLE IF NOT EXISTS alerts (
		id TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, state $bigint NOT NULL, level $bigint NOT NULL, category $bigint NOT NULL,
		participant TEXT, create_time $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS alerts_session ON alerts (session, id)`,
	`CREATE INDEX IF NOT EXISTS alerts_open ON alerts (id) WHERE state <> 3`,

	// What waits to be done.
	`CREATE TABLE IF NOT EXISTS calls (id TEXT NOT NULL PRIMARY KEY, data $blob NOT NULL)$clustered`,
	`CREATE TABLE IF NOT EXISTS inbox (sequence $serial, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS requests (
		method TEXT NOT NULL, id TEXT NOT NULL, time $bigint NOT NULL, answer $blob NOT NULL, PRIMARY KEY (method, id))`,

	// What was true when, and what is counted.
	`CREATE TABLE IF NOT EXISTS environments (digest TEXT NOT NULL PRIMARY KEY, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS facts (
		sequence $counter, name TEXT NOT NULL, session TEXT NOT NULL, time $bigint NOT NULL, data $blob NOT NULL$counted)$by_time`,
	`$postgres CREATE TABLE IF NOT EXISTS facts_default PARTITION OF facts DEFAULT`,
	`CREATE INDEX IF NOT EXISTS facts_name ON facts (name, sequence)`,
	`CREATE TABLE IF NOT EXISTS staff_status (person TEXT NOT NULL PRIMARY KEY, active_at $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS user_profiles (
		session TEXT NOT NULL, participant TEXT NOT NULL, name TEXT, update_time $bigint NOT NULL, data $blob NOT NULL,
		PRIMARY KEY (session, participant))`,

	// What people set up.
	`CREATE TABLE IF NOT EXISTS flow_definitions (
		id TEXT NOT NULL PRIMARY KEY, title TEXT, active_version $bigint NOT NULL, latest_version $bigint NOT NULL, revision $bigint NOT NULL,
		digest TEXT NOT NULL, latest_digest TEXT NOT NULL, labels TEXT, create_time $bigint NOT NULL, update_time $bigint NOT NULL,
		data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS flow_versions (
		flow TEXT NOT NULL, version $bigint NOT NULL, create_time $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (flow, version))`,
	`CREATE TABLE IF NOT EXISTS robots (id TEXT NOT NULL PRIMARY KEY, secret TEXT NOT NULL, etag $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS people (
		id TEXT NOT NULL PRIMARY KEY, role $bigint NOT NULL, names TEXT, etag $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS groups (
		id TEXT NOT NULL PRIMARY KEY, title TEXT, review $bigint NOT NULL, etag $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS group_aliases (robot TEXT NOT NULL, name TEXT NOT NULL, group_id TEXT NOT NULL, PRIMARY KEY (robot, name))`,
	`CREATE INDEX IF NOT EXISTS group_aliases_group ON group_aliases (group_id)`,
	`CREATE TABLE IF NOT EXISTS settings (id TEXT NOT NULL PRIMARY KEY, etag $bigint NOT NULL, data $blob NOT NULL)`,
}

var firstDown = dropped(
	"settings", "group_aliases", "groups", "people", "robots", "flow_versions", "flow_definitions", "user_profiles", "staff_status", "facts",
	"environments", "requests", "inbox", "calls", "alerts", "track_tasks", "execution_tracking", "robot_command_queue", "quarantine",
	"flow_instances", "staff_messages", "session_messages", "messages", "flow_execution_logs", "session_snapshots", "sessions",
)

func dropped(tables ...string) []string {
	out := make([]string, len(tables))
	for i, t := range tables {
		out[i] = "DROP TABLE IF EXISTS " + t
	}
	return out
}
