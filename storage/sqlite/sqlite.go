// Package sqlite opens a store on an SQLite file: WAL, synchronous=FULL, one writer, several readers.
//
// It may import storage, bunstore, migrations, bun and the driver.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strconv"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/migrations"
)

// Options tune a store. The zero value is right for one server on a machine of its own.
type Options struct {
	// Readers is how many connections read at once; by default 4, or the number of processors where that is more.
	Readers int
	// CacheMiB is the page cache of the writer; 16 by default. It keeps the hot ends of all tables in memory. Each reader has an eighth of it.
	CacheMiB int
	// CheckpointAfter is how many turns, events and deliveries are committed between two checkpoints; 8,000 by default. More of them share the
	// writing of a page that they all changed, and the log grows: by about 25 KB each when many share a commit. Where each has a commit of its own
	// it grows by 80 KB, and there is a checkpoint after a fifth as many commits.
	CheckpointAfter int
	// MaxPages bounds the file, in pages of 4 KiB; 0 is no bound. Beyond it the store behaves as on a full disk.
	MaxPages int
	// Sole keeps the file from every other store that is Sole too, until this one is closed: one server commits, and others may look.
	Sole bool
	// Scratch is for a file that nobody needs after a crash: nothing is synced.
	Scratch bool
}

func (o *Options) fill() {
	if o.Readers == 0 {
		o.Readers = max(4, runtime.NumCPU())
	}
	if o.CacheMiB == 0 {
		o.CacheMiB = 16
	}
	if o.CheckpointAfter == 0 {
		o.CheckpointAfter = 8000
	}
}

// Open opens the file, creating it with mode 0600, and brings its schema up to date. A file with a newer schema is refused with
// migrations.ErrNewer.
func Open(ctx context.Context, path string) (*bunstore.Store, error) {
	return OpenWith(ctx, path, Options{})
}

// OpenWith is Open with options. Of a Sole store the file is refused with ErrInUse that another one has.
func OpenWith(ctx context.Context, path string, options Options) (*bunstore.Store, error) {
	empty, err := fresh.file(path)
	if err != nil {
		return nil, err
	}
	release := func() error { return nil }
	if options.Sole {
		if release, err = hold(ctx, path); err != nil {
			return nil, err
		}
	}
	store, err := open(ctx, path, options, empty, release)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return store, nil
}

// open opens a file that is this process's own. The store gives it back when it is closed.
func open(ctx context.Context, path string, options Options, empty bool, release func() error) (*bunstore.Store, error) {
	options.fill()
	write, err := pool(path, 1, options, false)
	if err != nil {
		return nil, err
	}
	if err := migrations.Up(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, translate(err)), write.Close())
	}
	if empty {
		fresh.learn(ctx, write)
	}
	read, err := pool(path, options.Readers, Options{CacheMiB: max(1, options.CacheMiB/8), Scratch: options.Scratch}, true)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	c, err := startCheckpointer(path, write, options.CheckpointAfter)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	return bunstore.New(write, read, bunstore.Dialect{
		Translate: translate, Commits: newTransactor(write), Clock: clock, Like: "LIKE", Stats: stats, Committed: c.committed, Closing: c.close,
		Closed: release,
	}), nil
}

// OpenDB opens the file, creating it with mode 0600, without looking at what it holds, for migrations.
func OpenDB(_ context.Context, path string) (*bun.DB, error) {
	if _, err := create(path); err != nil {
		return nil, err
	}
	var options Options
	options.fill()
	return pool(path, 1, options, false)
}

// pool opens connections to the file.
func pool(path string, connections int, options Options, readOnly bool) (*bun.DB, error) {
	values := url.Values{
		"_pragma": {
			// A log beside the file: one sequential write and one sync a commit, and readers never wait for the writer.
			"journal_mode(WAL)",
			// A commit is on the disk before it is acknowledged (invariant 1). NORMAL would lose the last commits with the power.
			"synchronous(FULL)",
			"busy_timeout(5000)", "foreign_keys(1)", "temp_store(MEMORY)",
			"cache_size(-" + strconv.Itoa(options.CacheMiB<<10) + ")",
			// Checkpoints are made by the checkpointer, off the hot path. This is for the case that it cannot keep up: 400 MB of log.
			"wal_autocheckpoint(100000)",
			// After a checkpoint the log is written again from its beginning; what a burst left beyond this is given back. That is done within a
			// commit and takes 0.1 s for 100 MB, so it must be more than is usual: a busy desk's log has 260 MB.
			"journal_size_limit(402653184)",
		},
		// Every transaction begins by taking the write lock, because one that reads first and writes later can lose to a neighbour in spite of
		// the busy timeout.
		"_txlock": {"immediate"},
	}
	if options.Scratch {
		values["_pragma"][1] = "synchronous(OFF)"
	}
	if options.MaxPages > 0 {
		values["_pragma"] = append(values["_pragma"], "max_page_count("+strconv.Itoa(options.MaxPages)+")")
	}
	if readOnly {
		values["_pragma"] = append(values["_pragma"], "query_only(1)")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+values.Encode())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// clock is the machine's time; only this machine has the file.
const clock = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
