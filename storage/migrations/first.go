package migrations

// Times are microseconds since 1970 in UTC, so that they sort and compare alike on every database. Ids are time-ordered texts.
var firstUp = []string{
	`CREATE TABLE sessions (
		id TEXT PRIMARY KEY, partition $bigint NOT NULL, version $bigint NOT NULL, title TEXT NOT NULL, kind $bigint NOT NULL,
		message_count $bigint NOT NULL, last_message_time $bigint NOT NULL, last_role $bigint NOT NULL, last_text TEXT NOT NULL,
		open_tasks $bigint NOT NULL, open_alerts $bigint NOT NULL, unanswered $bigint NOT NULL, held $bigint NOT NULL,
		resolved $bigint NOT NULL, next_due $bigint NOT NULL, create_time $bigint NOT NULL, update_time $bigint NOT NULL)`,
	`CREATE INDEX sessions_due ON sessions (next_due) WHERE next_due > 0`,
	`CREATE TABLE session_snapshots (session TEXT NOT NULL, version $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (session, version))`,
	`CREATE TABLE flow_execution_logs (
		session TEXT NOT NULL, version $bigint NOT NULL, event TEXT NOT NULL, time $bigint NOT NULL, unmatched $bigint NOT NULL,
		data $blob NOT NULL, PRIMARY KEY (session, version))`,
	`CREATE INDEX flow_execution_logs_unmatched ON flow_execution_logs (event) WHERE unmatched = 1`,
	`CREATE TABLE messages (
		id TEXT PRIMARY KEY, session TEXT NOT NULL, participant TEXT NOT NULL, sender_name TEXT NOT NULL, sender_role $bigint NOT NULL,
		role_rule TEXT NOT NULL, text TEXT NOT NULL, raw_text TEXT NOT NULL, content_type $bigint NOT NULL, at_me $bigint NOT NULL,
		robots TEXT NOT NULL, receive_time $bigint NOT NULL, platform_id TEXT NOT NULL, intent $bigint NOT NULL, sentiment DOUBLE PRECISION,
		flow_instance TEXT NOT NULL, after_sales_task TEXT NOT NULL, command TEXT NOT NULL, delay_reason TEXT NOT NULL,
		withdrawn $bigint NOT NULL, outgoing $bigint NOT NULL, reply_to TEXT NOT NULL, person TEXT NOT NULL, event TEXT NOT NULL,
		duplicates $bigint NOT NULL)`,
	`CREATE TABLE session_messages (
		session TEXT NOT NULL, message TEXT NOT NULL, sender_role $bigint NOT NULL, role_rule TEXT NOT NULL, intent $bigint NOT NULL,
		sentiment DOUBLE PRECISION, flow_instance TEXT NOT NULL, after_sales_task TEXT NOT NULL, command TEXT NOT NULL,
		delay_reason TEXT NOT NULL, PRIMARY KEY (session, message))`,
	`CREATE TABLE staff_messages (message TEXT PRIMARY KEY, session TEXT NOT NULL, person TEXT NOT NULL, sender_role $bigint NOT NULL)`,
	`CREATE TABLE flow_instances (
		id TEXT PRIMARY KEY, flow TEXT NOT NULL, version $bigint NOT NULL, session TEXT NOT NULL, status $bigint NOT NULL,
		event TEXT NOT NULL, message TEXT NOT NULL, begin_time $bigint NOT NULL, update_time $bigint NOT NULL, end_time $bigint NOT NULL,
		error TEXT NOT NULL, failed_node TEXT NOT NULL, waiting_for TEXT NOT NULL, trace TEXT NOT NULL, last_node TEXT NOT NULL,
		turns TEXT NOT NULL)`,
	`CREATE INDEX flow_instances_open ON flow_instances (flow, version) WHERE end_time = 0`,
	`CREATE TABLE robot_command_queue (
		id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, session TEXT NOT NULL, target_session TEXT NOT NULL, instance TEXT NOT NULL,
		reply_to TEXT NOT NULL, state $bigint NOT NULL, robot TEXT NOT NULL, attempts $bigint NOT NULL, platform_message TEXT NOT NULL,
		error_code $bigint NOT NULL, reason TEXT NOT NULL, send_time $bigint NOT NULL, sent_time $bigint NOT NULL, done_time $bigint NOT NULL,
		result_deadline $bigint NOT NULL, superseded_by TEXT NOT NULL, revision $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE INDEX robot_command_queue_unsettled ON robot_command_queue (id) WHERE state IN (1, 2, 3, 4, 7, 8)`,
	`CREATE TABLE execution_tracking (command TEXT NOT NULL, number $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (command, number))`,
	`CREATE TABLE track_tasks (
		id TEXT PRIMARY KEY, group_id TEXT NOT NULL, state $bigint NOT NULL, origin $bigint NOT NULL, kind $bigint NOT NULL,
		target TEXT NOT NULL, assignee TEXT NOT NULL, command TEXT NOT NULL, deadline $bigint NOT NULL, deleted $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE INDEX track_tasks_deadline ON track_tasks (deadline, id)`,
	`CREATE TABLE alerts (
		id TEXT PRIMARY KEY, session TEXT NOT NULL, state $bigint NOT NULL, level $bigint NOT NULL, category $bigint NOT NULL,
		participant TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE calls (id TEXT PRIMARY KEY, data $blob NOT NULL)`,
	`CREATE TABLE inbox (sequence $serial, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE environments (digest TEXT PRIMARY KEY, data $blob NOT NULL)`,
	`CREATE TABLE facts (sequence $serial, name TEXT NOT NULL, session TEXT NOT NULL, time $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE staff_status (person TEXT PRIMARY KEY, active_at $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE flow_definitions (
		id TEXT PRIMARY KEY, title TEXT NOT NULL, active_version $bigint NOT NULL, latest_version $bigint NOT NULL, revision $bigint NOT NULL,
		digest TEXT NOT NULL, latest_digest TEXT NOT NULL, labels TEXT NOT NULL, create_time $bigint NOT NULL, update_time $bigint NOT NULL,
		data $blob NOT NULL)`,
	`CREATE TABLE flow_versions (
		flow TEXT NOT NULL, version $bigint NOT NULL, create_time $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (flow, version))`,
	`CREATE TABLE robots (id TEXT PRIMARY KEY, secret TEXT NOT NULL, etag TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE people (id TEXT PRIMARY KEY, role $bigint NOT NULL, names TEXT NOT NULL, etag TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE groups (id TEXT PRIMARY KEY, title TEXT NOT NULL, review $bigint NOT NULL, etag TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE group_aliases (robot TEXT NOT NULL, name TEXT NOT NULL, group_id TEXT NOT NULL, PRIMARY KEY (robot, name))`,
	`CREATE TABLE settings (id $bigint PRIMARY KEY, etag TEXT NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE quarantine (event TEXT PRIMARY KEY, reason TEXT NOT NULL, tries $bigint NOT NULL, time $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE requests (method TEXT NOT NULL, id TEXT NOT NULL, time $bigint NOT NULL, answer $blob NOT NULL, PRIMARY KEY (method, id))`,
}

var firstDown = []string{
	`DROP TABLE requests`, `DROP TABLE quarantine`, `DROP TABLE settings`, `DROP TABLE group_aliases`, `DROP TABLE groups`,
	`DROP TABLE people`, `DROP TABLE robots`, `DROP TABLE flow_versions`, `DROP TABLE flow_definitions`, `DROP TABLE staff_status`,
	`DROP TABLE facts`, `DROP TABLE environments`, `DROP TABLE inbox`, `DROP TABLE calls`, `DROP TABLE alerts`, `DROP TABLE track_tasks`,
	`DROP TABLE execution_tracking`, `DROP TABLE robot_command_queue`, `DROP TABLE flow_instances`, `DROP TABLE staff_messages`,
	`DROP TABLE session_messages`, `DROP TABLE messages`, `DROP TABLE flow_execution_logs`, `DROP TABLE session_snapshots`, `DROP TABLE sessions`,
}
