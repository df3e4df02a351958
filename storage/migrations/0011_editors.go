package migrations

// Flows say who changed their draft last.
var editorsUp = []string{`ALTER TABLE flow_definitions ADD COLUMN editor TEXT`}

var editorsDown = []string{`ALTER TABLE flow_definitions DROP COLUMN editor`}
