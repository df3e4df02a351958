package migrations

// Servers that share the database. A lease is good while its holder lives, so that it needs no end of its own. An event of the inbox says to which
// partition it belongs; those from before belong to none that is known. The lease under which it was stored is not written any more: servers of
// both kinds may share a database while they are replaced. The one row of environment_number is
// changed together with what the environment is made of.
var replicasUp = []string{
	`CREATE TABLE IF NOT EXISTS replicas (name TEXT NOT NULL PRIMARY KEY, started $bigint NOT NULL, until $bigint NOT NULL)`,
	`ALTER TABLE leases DROP COLUMN until`,
	`ALTER TABLE inbox ADD COLUMN partition $bigint`,
	`ALTER TABLE inbox ADD COLUMN lease $bigint`,
	`$postgres CREATE INDEX IF NOT EXISTS inbox_session ON inbox (session)`, // whether an event stands before a turn: asked in each commit
	`CREATE TABLE IF NOT EXISTS environment_number (number $bigint NOT NULL)`,
	`INSERT INTO environment_number (number) VALUES (1)`,
}

var replicasDown = append([]string{
	`$postgres DROP INDEX IF EXISTS inbox_session`,
	`ALTER TABLE inbox DROP COLUMN lease`, `ALTER TABLE inbox DROP COLUMN partition`,
	`ALTER TABLE leases ADD COLUMN until $bigint NOT NULL DEFAULT 0`,
}, dropped("environment_number", "replicas")...)
