package migrations

// What drafts once were, so that one can go back, and who changed each draft last.
var checkpointsUp = []string{
	`ALTER TABLE flow_definitions ADD COLUMN editor TEXT NOT NULL DEFAULT ''`,
	`CREATE TABLE IF NOT EXISTS flow_checkpoints (
		flow TEXT NOT NULL, id TEXT NOT NULL, create_time $bigint NOT NULL, automatic $bigint NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL,
		revision $bigint NOT NULL, data $blob NOT NULL, PRIMARY KEY (flow, id))$clustered`,
}

var checkpointsDown = append(dropped("flow_checkpoints"), `ALTER TABLE flow_definitions DROP COLUMN editor`)
