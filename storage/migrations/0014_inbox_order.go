package migrations

// What stands in front of a session's turn in the inbox, in its order: asked in each commit of servers that share the database. Without the order
// in the index a long inbox would be read through for a session that has nothing there.
var inboxOrderUp = []string{
	`$postgres CREATE INDEX IF NOT EXISTS inbox_order ON inbox (session, sequence)`,
	`$postgres DROP INDEX IF EXISTS inbox_session`,
}

var inboxOrderDown = []string{
	`$postgres CREATE INDEX IF NOT EXISTS inbox_session ON inbox (session)`,
	`$postgres DROP INDEX IF EXISTS inbox_order`,
}
