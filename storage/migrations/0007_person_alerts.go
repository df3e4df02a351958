package migrations

// Alerts about people of the directory are counted by local day over all sessions. Alerts from before have no person and are not counted. Only
// what is counted has entries.
var personAlertsUp = []string{
	`ALTER TABLE alerts ADD COLUMN person TEXT`,
	`ALTER TABLE alerts ADD COLUMN day TEXT`,
	`CREATE INDEX IF NOT EXISTS alerts_person ON alerts (day, person, session) WHERE person IS NOT NULL`,
}

var personAlertsDown = []string{
	`DROP INDEX IF EXISTS alerts_person`, `ALTER TABLE alerts DROP COLUMN day`, `ALTER TABLE alerts DROP COLUMN person`,
}
