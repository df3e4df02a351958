package migrations

// Quarantined events about which a person said that nothing is to be done. They stay in quarantine, so that nothing received is lost.
var dismissedUp = []string{
	`CREATE TABLE IF NOT EXISTS dismissed (event TEXT NOT NULL PRIMARY KEY, actor TEXT NOT NULL, reason TEXT NOT NULL, time $bigint NOT NULL)`,
}

var dismissedDown = dropped("dismissed")
