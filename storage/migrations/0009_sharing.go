package migrations

// What replicas share so that they act as one: the units and pauses of the robots' limits, notes for whoever has a command, and in which order
// each of them committed turns.
var sharingUp = []string{
	`CREATE TABLE IF NOT EXISTS request_limits (
		address TEXT NOT NULL PRIMARY KEY, sends $bigint NOT NULL, look_ups $bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS request_pauses (
		scope TEXT NOT NULL PRIMARY KEY, until $bigint NOT NULL, length $bigint NOT NULL, tripped $bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS outbox_notes (sequence $serial, time $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS outbox_notes_time ON outbox_notes (time)`,
	`CREATE TABLE IF NOT EXISTS turn_writers (
		id $serial, name TEXT NOT NULL, time $bigint NOT NULL, trimmed $bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS turn_log (
		writer $bigint NOT NULL, number $bigint NOT NULL, time $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (writer, number))`,
}

var sharingDown = dropped("turn_log", "turn_writers", "outbox_notes", "request_pauses", "request_limits")
