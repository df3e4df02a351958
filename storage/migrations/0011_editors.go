package migrations

// Flows say who changed their draft last, and people keep how they want the lists of the console.
var editorsUp = []string{
	`ALTER TABLE flow_definitions ADD COLUMN editor TEXT`,
	`CREATE TABLE IF NOT EXISTS list_looks (owner TEXT NOT NULL, list TEXT NOT NULL, data $blob NOT NULL, PRIMARY KEY (owner, list))`,
}

var editorsDown = append(dropped("list_looks"), `ALTER TABLE flow_definitions DROP COLUMN editor`)
