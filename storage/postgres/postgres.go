// Package postgres opens a store on PostgreSQL 13 or later: one connection for the group commit, a pool for everything else, big tables
// partitioned by time.
//
// It may import storage, bunstore, migrations, bun and the driver.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/migrations"
)

// Options tune a store. The zero value is right for one of a few servers on a database.
type Options struct {
	// Connections bounds those besides the one of the group commit; 12 by default.
	Connections int
	// Migrate brings the schema up to date instead of refusing an old one.
	Migrate bool
	// Shared lets other servers that share it use the database at the same time. By default Open fails with ErrInUse when one does.
	Shared bool
	// Volatile opens a database with synchronous_commit off, in which a crash of the server loses what was acknowledged. Only for tests.
	Volatile bool
	// Strict refuses a server that would not survive a power cut (ErrFsync), and one whose clock is far from this machine's (ErrClock), as a server
	// in earnest must.
	Strict bool
	// Now is this machine's clock; time.Now by default.
	Now func() time.Time
}

// Open opens the database of a postgres:// URL. Its schema must be the one of this program (migrations.ErrOlder, migrations.ErrNewer), and
// a commit must be on the disk before it is answered (ErrVolatile).
func Open(ctx context.Context, url string, options Options) (*bunstore.Store, error) {
	db, config, err := open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, db, options); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	committing := config.Config.Copy()
	maps.Copy(committing.RuntimeParams, committerSettings)
	committing.RuntimeParams["application_name"] += " commits " + rand.Text()[:8]
	commits := &transactor{config: committing, shared: options.Shared}
	if err := commits.connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", translate(err)), db.Close())
	}
	asking := stdlib.OpenDB(*config)
	asking.SetMaxOpenConns(1)
	return bunstore.New(db, db, bunstore.Dialect{
		Ping: func(ctx context.Context) error { return asking.PingContext(ctx) }, Closing: func() { _ = asking.Close() },
		Translate: translate, CameToNothing: repeatable, Commits: commits, Like: "ILIKE", Stats: stats, Exclusive: exclusive, ForUpdate: "FOR UPDATE",
		Clock: clock, Parts: parts,
	}), nil
}

// OpenDB opens the database without looking at what it holds, for migrations.
func OpenDB(ctx context.Context, url string) (*bun.DB, error) {
	db, _, err := open(ctx, url, Options{})
	return db, err
}

const (
	// exclusive lets the changes that people make happen one after the other, as on SQLite: each reads, decides and writes.
	exclusive = `SELECT pg_advisory_xact_lock(hashtextextended('flowdesk changes ' || current_schema(), 0))`
	// clock is the database's time in microseconds, the same for all replicas.
	clock = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`
)

// committerSettings are the settings of the group commit's connection. Its statements take any number of rows as arrays, of which a planner
// that has not met the tables yet thinks wrongly: each of them is a nested loop over an index, planned once.
var committerSettings = map[string]string{
	"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
	"enable_bitmapscan": "off", "jit": "off",
	// A replica that is stopped in the middle of a commit must not hold up the one that takes over: it is over before the replica counts as dead.
	"idle_in_transaction_session_timeout": "2s", "lock_timeout": "10s",
	// The server finds out within seconds that a machine is gone.
	"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
}

// poolSettings are those of the other connections, where the URL does not say otherwise. A replica that is stopped, or whose machine is gone, in the
// middle of a beat or of a change must not keep the others from taking its partitions, and from every change: its transaction is over soon. Nothing
// of ours thinks for long between two statements of a transaction.
var poolSettings = map[string]string{
	"idle_in_transaction_session_timeout": "5s",
	"tcp_keepalives_idle":                 "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
}

// connectWithin bounds the wait for a connection, where the URL does not say how long it may take.
const connectWithin = 5 * time.Second

func open(ctx context.Context, url string, options Options) (*bun.DB, *pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, fmt.Errorf("database URL: %w", err)
	}
	if !strings.Contains(url, "connect_timeout") && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		config.ConnectTimeout = connectWithin
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "flowdesk"
	}
	for name, value := range poolSettings {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = value
		}
	}
	// Bun writes the values into the text, so that preparing it would only fill the server's memory.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	connections := options.Connections
	if connections == 0 {
		connections = 12
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, nil, unopened(config, err)
	}
	return bun.NewDB(pool, pgdialect.New()), config, nil
}

func prepare(ctx context.Context, db *bun.DB, options Options) error {
	if !options.Volatile {
		if err := durable(ctx, db); err != nil {
			return err
		}
	}
	if options.Strict {
		if err := strict(ctx, db, options.Now); err != nil {
			return err
		}
	}
	step := migrations.Check
	if options.Migrate {
		step = migrations.Up
	}
	if err := step(ctx, db); err != nil {
		return err
	}
	return Partition(ctx, db, time.Now())
}
