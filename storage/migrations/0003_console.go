package migrations

// The third step is for the console: rows that are derived from others and can be made again, usage of models, and what is demo data. None of
// its tables is written by the commit of turns. A column cannot be added twice: an interrupted step is undone by its transaction.
var consoleUp = []string{
	// Traffic and runs by quarter of an hour, replies by hour; hours says when each hour was derived.
	`CREATE TABLE IF NOT EXISTS derived_hours (hour $bigint NOT NULL PRIMARY KEY, derived $bigint NOT NULL)$clustered`,
	`CREATE TABLE IF NOT EXISTS derived_traffic (
		slot $bigint NOT NULL, session TEXT NOT NULL, received $bigint NOT NULL, said $bigint NOT NULL, moods $bigint NOT NULL,
		mood_sum DOUBLE PRECISION NOT NULL, PRIMARY KEY (slot, session))$clustered`,
	`CREATE TABLE IF NOT EXISTS derived_runs (
		slot $bigint NOT NULL, flow TEXT NOT NULL, version $bigint NOT NULL, runs $bigint NOT NULL, failed $bigint NOT NULL,
		PRIMARY KEY (slot, flow, version))$clustered`,
	`CREATE TABLE IF NOT EXISTS derived_replies (
		time $bigint NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL, person TEXT NOT NULL, robot $bigint NOT NULL, message TEXT, command TEXT,
		micros $bigint NOT NULL, PRIMARY KEY (time, id))$clustered`,

	// The index of facts by name is now one by name and time: as many entries as before, and a range of time is found in it.
	`DROP INDEX IF EXISTS facts_name`,
	`CREATE INDEX IF NOT EXISTS facts_name_time ON facts (name, time, sequence)`,

	// The lists of failed runs and of alerts by person. Only what failed, and only alerts, have entries.
	`CREATE INDEX IF NOT EXISTS flow_instances_failed ON flow_instances (failed_node, id) WHERE failed_node IS NOT NULL`,
	`ALTER TABLE alerts ADD COLUMN assignee TEXT`,
	`ALTER TABLE alerts ADD COLUMN silenced_until $bigint`,
	`CREATE INDEX IF NOT EXISTS alerts_assignee ON alerts (assignee, id) WHERE assignee IS NOT NULL`,

	`CREATE TABLE IF NOT EXISTS model_usage (
		day TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, purpose TEXT NOT NULL, requests $bigint NOT NULL, failures $bigint NOT NULL,
		input_tokens $bigint NOT NULL, output_tokens $bigint NOT NULL, cost $bigint NOT NULL, estimated $bigint NOT NULL, seconds DOUBLE PRECISION NOT NULL,
		PRIMARY KEY (day, provider, model, purpose))$clustered`,
	`CREATE TABLE IF NOT EXISTS demo_things (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id))$clustered`,
}

var consoleDown = append([]string{
	`DROP INDEX IF EXISTS alerts_assignee`, `DROP INDEX IF EXISTS flow_instances_failed`,
	`DROP INDEX IF EXISTS facts_name_time`, `CREATE INDEX IF NOT EXISTS facts_name ON facts (name, sequence)`,
	`ALTER TABLE alerts DROP COLUMN silenced_until`, `ALTER TABLE alerts DROP COLUMN assignee`,
}, dropped("demo_things", "model_usage", "derived_replies", "derived_runs", "derived_traffic", "derived_hours")...)
