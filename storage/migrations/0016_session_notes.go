package migrations

// What people tell each other about a conversation, and up to where each has read it. A mark is the last message seen: what is unread is
// counted from it by the index of a session's messages, so that a message that comes costs nothing more.
var sessionNotesUp = []string{
	`CREATE TABLE IF NOT EXISTS session_notes (
		id TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, create_time $bigint NOT NULL,
		update_time $bigint NOT NULL, etag $bigint NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS session_notes_session ON session_notes (session, create_time, id)`,
	`CREATE TABLE IF NOT EXISTS read_marks (
		reader TEXT NOT NULL, session TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (reader, session))$clustered`,
}

var sessionNotesDown = dropped("read_marks", "session_notes")
