package cli

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"github.com/flowdesk/flowdesk/internal/sealed"
)

// keys reads the keys that seal secrets as the server on this machine does; nil where none are named, or they cannot be read.
func (d *doctor) keys() *sealed.Ring {
	text := d.sys.Getenv("FLOWDESK_KEYS")
	var ring *sealed.Ring
	var err error
	switch {
	case text != "":
		ring, err = sealed.Parse(text)
	case d.KeyFile != "":
		ring, err = sealed.ReadFile(d.KeyFile)
	default:
		d.add("keys", skipped, d.say("none are named here; serve takes them from --key-file or FLOWDESK_KEYS"), "")
		return nil
	}
	if err != nil {
		d.add("keys", unwell, oneLine(err.Error()), d.say("name the file with the lines that flowdesk key printed, which its owner alone may read: FLOWDESK_KEY_FILE"))
		return nil
	}
	return ring
}

// opens tries the keys on what the database holds. It never fails: what it finds is a finding of its own.
func (d *doctor) opens(ctx context.Context, db *sql.DB, ring *sealed.Ring) {
	if ring == nil {
		return
	}
	opened, err := sealed.Examine(ctx, db, ring)
	switch {
	case errors.Is(err, sealed.ErrOpen):
		_, err = d.remedied(err)
		d.add("keys", unwell, oneLine(err.Error()),
			d.say("give the keys that this database has had so far, as all its servers have them: --key-file or FLOWDESK_KEYS; new ones go beside them. If they are lost: flowdesk reset-secrets"))
	case err != nil:
		d.add("keys", skipped, oneLine(err.Error()), "")
	default:
		d.add("keys", well, d.say("they open what the database holds: %d", opened), "")
	}
}

// writable tries whether the server's data directory takes files: callbacks are kept there while the database is away.
func (d *doctor) writable() {
	file, err := os.CreateTemp(d.DataDir, ".writable-*")
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		d.add("data directory", unwell, oneLine(err.Error()), d.say("let the server's user write there, on a disk with room, or name another one with --data-dir"))
	}
}
