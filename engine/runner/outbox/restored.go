package outbox

import "github.com/flowdesk/flowdesk/storage"

// restored reports whether a command comes from a backup, and may have been sent, and sent again, after that was taken. Nothing proves that it
// was not, because whoever sent it also knows of what its database has forgotten: it is looked up, and never sent again.
func (e *entry) restored() bool { return e.command.GetReason() == storage.RestoredReason }
