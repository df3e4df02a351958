package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/uptrace/bun"
)

// fresh is what a new file holds when all steps were applied to it. A server makes one file; simulations and tests make many, and a copy is many
// times faster than the steps.
var fresh freshFile //nolint:gochecknoglobals // what every file of this process begins with

type freshFile struct {
	mu      sync.Mutex
	made    int // files by the steps
	content []byte
}

// file is create where a copy may be made: whole or not at all, and never over a file that another process made meanwhile.
func (f *freshFile) file(path string) (empty bool, err error) {
	f.mu.Lock()
	content := f.content
	f.mu.Unlock()
	if content != nil && copied(path, content) {
		return false, nil
	}
	return create(path)
}

// create makes an empty file unless there is one, and reports whether it did.
func create(path string) (empty bool, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // SQLite gives the same mode to the log beside it
	if errors.Is(err, fs.ErrExist) {
		return false, nil // it is not opened: whoever closes a file gives up the locks that SQLite has on it in the same process
	}
	if err != nil {
		return false, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return false, fmt.Errorf("open database: %w", err)
	}
	return true, nil
}

// copied reports whether a file holds a content that it did not hold before.
func copied(path string, content []byte) bool {
	if _, err := os.Lstat(path); err == nil {
		return false
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return false
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Link(file.Name(), path)
	}
	return errors.Join(err, os.Remove(file.Name())) == nil
}

// learn keeps what the second empty file holds after the steps. One that cannot be read now is as good as none.
func (f *freshFile) learn(ctx context.Context, db *bun.DB) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.made++; f.made != 2 {
		return
	}
	dir, err := os.MkdirTemp("", "flowdesk-fresh-*")
	if err != nil {
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "fresh.db")
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return
	}
	if content, err := os.ReadFile(path); err == nil {
		f.content = content
	}
}
