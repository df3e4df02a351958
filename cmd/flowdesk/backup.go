package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

type backupCommand struct {
	databaseFlags

	File string `arg:"" help:"File to write; it must not exist."`
}

// Run implements the command.
func (c *backupCommand) Run(ctx context.Context) error {
	setting, err := c.setting()
	if err != nil {
		return err
	}
	file, err := setting.File()
	if err != nil {
		return fmt.Errorf("%w: pg_dump --format=custom backs PostgreSQL up, see docs/operations.md", err)
	}
	began := time.Now()
	if err := sqlite.Backup(ctx, file, c.File); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, whole, in %s. Keep the key file with it, but not in the same place.\n", c.File, info.Size(), time.Since(began).Round(time.Millisecond))
	return nil
}

type restoreCommand struct {
	databaseFlags

	File   string    `arg:"" optional:"" help:"Backup of an SQLite database, which is copied to its place. Without one the database is marked that stands there already, such as after pg_restore."`
	Ended  time.Time `help:"When the server that the backup is of ended, such as 2026-01-05T10:00:00+08:00: what was said later was answered by nobody and is read back. By default now: nothing is."`
	ByHand bool      `default:"true" negatable:"" help:"Look up the commands, too, that wait for a later time, since somebody may have sent them ahead of it; what is not found goes to a person. With --no-by-hand, when nobody did, they leave at their time."`
}

// Run implements the command.
func (c *restoreCommand) Run(ctx context.Context) error {
	if c.Ended.IsZero() {
		c.Ended = time.Now()
	}
	setting, err := c.setting()
	if err != nil {
		return err
	}
	var marked *storage.Restored
	mark := func(setting database.Setting) error {
		store, err := database.Open(ctx, setting)
		if err != nil {
			return err
		}
		marked, err = store.MarkRestored(ctx, c.Ended, c.ByHand)
		return errors.Join(err, store.Close())
	}
	file, notSQLite := setting.File()
	switch {
	case c.File != "" && notSQLite != nil:
		return fmt.Errorf("%w: restore PostgreSQL with pg_restore, then call this without a file, see docs/operations.md", notSQLite)
	case c.File != "":
		err = sqlite.Restore(ctx, c.File, file, func(part string) error { return mark(database.Setting{Name: "sqlite:" + part}) })
	default:
		if notSQLite == nil {
			if _, err := os.Stat(file); err != nil {
				return fmt.Errorf("there is no database to mark: %w", err)
			}
		}
		setting.Postgres, setting.SQLite.Sole = postgres.Options{Migrate: true}, true
		err = mark(setting)
	}
	if err != nil {
		return err
	}
	last := "It holds no turn."
	if !marked.Since.IsZero() {
		last = "The last turn is of " + marked.Since.Format(time.RFC3339) + "."
	}
	fmt.Printf("%s %d commands that waited may have left since, and %d may have been sent again: they are looked up at the "+
		"next start, none of them is sent again, and what is not found goes to a person.\n",
		last, marked.Doubtful, marked.Sent)
	if marked.Later > 0 {
		fmt.Printf("%d commands wait for a later time and leave then. If somebody sent any of them by hand after the backup was taken, call restore again "+
			"without the file and without --no-by-hand, with the same --ended, before the server starts: then they are looked up, too.\n", marked.Later)
	}
	return nil
}
