package migrations

// Jobs act on many rows. Their rows stand a hundred at a time, packed: fifty thousand of them are made in one short transaction.
var jobsUp = []string{
	`CREATE TABLE IF NOT EXISTS jobs (
		id TEXT PRIMARY KEY, creator TEXT NOT NULL, active $bigint NOT NULL, create_time $bigint NOT NULL, revision $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS jobs_time ON jobs (create_time, id)`,
	`CREATE INDEX IF NOT EXISTS jobs_creator ON jobs (creator, create_time, id)`,
	`CREATE INDEX IF NOT EXISTS jobs_active ON jobs (create_time, id) WHERE active = 1`,
	`CREATE TABLE IF NOT EXISTS job_rows (
		job TEXT NOT NULL, chunk $bigint NOT NULL, not_reached $bigint NOT NULL, succeeded $bigint NOT NULL, failed $bigint NOT NULL, data $blob NOT NULL,
		PRIMARY KEY (job, chunk))$clustered`,
}
