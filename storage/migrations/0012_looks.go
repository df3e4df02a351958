package migrations

// People keep how they want the lists of the console.
var looksUp = []string{
	`CREATE TABLE IF NOT EXISTS list_looks (owner TEXT NOT NULL, list TEXT NOT NULL, data $blob NOT NULL, PRIMARY KEY (owner, list))`,
}

var looksDown = dropped("list_looks")
