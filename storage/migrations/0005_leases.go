package migrations

// Leases of partitions. The number grows with each holder, so that what an earlier one still does can be told from the present one's.
var leasesUp = []string{
	`CREATE TABLE IF NOT EXISTS leases (
		partition $bigint NOT NULL PRIMARY KEY, number $bigint NOT NULL, holder TEXT NOT NULL, until $bigint NOT NULL)`,
}

var leasesDown = dropped("leases")
