package migrations

// The text of a command can be changed until it leaves: the changes in order, and how many there are.
var commandEditsUp = []string{
	`ALTER TABLE robot_command_queue ADD COLUMN edits TEXT`,
	`ALTER TABLE robot_command_queue ADD COLUMN edited $bigint`,
}

var commandEditsDown = []string{
	`ALTER TABLE robot_command_queue DROP COLUMN edited`, `ALTER TABLE robot_command_queue DROP COLUMN edits`,
}
