package migrations

// Test cases of flows. They are few and read as a whole.
var testCasesUp = []string{
	`CREATE TABLE IF NOT EXISTS test_cases (
		flow TEXT NOT NULL, id TEXT NOT NULL, create_time $bigint NOT NULL, update_time $bigint NOT NULL, data $blob NOT NULL,
		PRIMARY KEY (flow, id))$clustered`,
}
