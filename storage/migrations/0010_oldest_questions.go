package migrations

// Sessions say how long their oldest unanswered question has waited. What was asked before this step gets its last message's time, which the
// session's next turn corrects. Only sessions where somebody waits have entries.
var oldestQuestionsUp = []string{
	`ALTER TABLE sessions ADD COLUMN oldest_question $bigint`,
	`UPDATE sessions SET oldest_question = last_message_time WHERE unanswered > 0`,
	`CREATE INDEX IF NOT EXISTS sessions_oldest_question ON sessions (oldest_question, id) WHERE oldest_question IS NOT NULL`,
}

var oldestQuestionsDown = []string{
	`DROP INDEX IF EXISTS sessions_oldest_question`, `ALTER TABLE sessions DROP COLUMN oldest_question`,
}
