package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage/migrations"
)

// ErrDamaged is a file that is no whole database.
var ErrDamaged = errors.New("the file is no whole database")

// Backup copies the database of a file into another file, while a server goes on writing: the copy is the state at one moment. The other file must
// not exist; it is there only when it is whole and on the disk.
func Backup(ctx context.Context, path, to string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return atomically(to, func(part string) error {
		file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite takes an empty file, and leaves its mode
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		db, err := pool(path, 1, Options{CacheMiB: 16}, false)
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
			return errors.Join(translate(err), db.Close())
		}
		if err := db.Close(); err != nil {
			return err
		}
		return check(ctx, part)
	})
}

// Restore copies a backup to where a database is expected, and makes the directory for it. There must not be a database yet. What is no backup of
// ours is refused, and so is one by a newer version: a server would else start on an empty database, or on one that it cannot read. The copy is
// there only once prepare, which is given its file, is done with it: a server must not find one that nobody marked as restored.
func Restore(ctx context.Context, from, path string, prepare func(part string) error) error {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if _, err := os.Stat(path + ending); err == nil {
			return fmt.Errorf("restore: %s exists: move it away first, it may be needed", path+ending)
		}
	}
	if info, err := os.Stat(from); err != nil { // SQLite would make the file
		return fmt.Errorf("restore: %w", err)
	} else if info.IsDir() {
		return fmt.Errorf("restore: %s is a directory", from)
	}
	if err := check(ctx, from); err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return atomically(path, func(part string) error {
		if err := copyFile(from, part); err != nil {
			return err
		}
		if err := prepare(part); err != nil {
			return err
		}
		if log, err := os.Stat(part + "-wal"); err == nil && log.Size() > 0 {
			return fmt.Errorf("%s is open elsewhere", part)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close(), out.Close())
}

// atomically lets a file be made beside its place, and moves it there once it is on the disk.
func atomically(path string, f func(part string) error) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s exists", path)
	}
	part := path + ".part"
	if _, err := os.Stat(part); err == nil {
		return fmt.Errorf("write %s: %s is there, of a copy that is under way or was cut off: remove it when none is", path, part)
	}
	err := f(part)
	if err == nil {
		err = syncPath(part)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	_, _ = os.Remove(part+"-wal"), os.Remove(part+"-shm")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncPath(filepath.Dir(path))
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// check refuses a file that SQLite finds fault with, or that this version cannot go on with.
func check(ctx context.Context, path string) error {
	db, err := pool(path, 1, Options{CacheMiB: 1}, true)
	if err != nil {
		return err
	}
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrDamaged, translate(err)), db.Close())
	}
	if found != "ok" {
		return errors.Join(fmt.Errorf("%w: %s", ErrDamaged, found), db.Close())
	}
	return errors.Join(ours(ctx, db), db.Close())
}

// ours refuses a database in which Flowdesk never kept anything, and one that a newer version did.
func ours(ctx context.Context, db *bun.DB) error {
	if err := migrations.Check(ctx, db); err != nil && !errors.Is(err, migrations.ErrOlder) {
		return err
	}
	steps, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(steps, func(s migrations.Step) bool { return !s.Applied.IsZero() }) {
		return fmt.Errorf("%w: it holds nothing of Flowdesk", ErrDamaged)
	}
	return nil
}
