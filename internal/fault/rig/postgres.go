package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowdesk/flowdesk/internal/freeport"
)

// Postgres is a private PostgreSQL that a test may end in any way. It listens on loopback alone.
type Postgres struct {
	bin, dir, port string
	as             *syscall.Credential
	command        *exec.Cmd
	ended          chan struct{}
}

// ErrNoPostgres is a machine without PostgreSQL's server.
var ErrNoPostgres = errors.New("postgres and initdb are not on this machine")

// NewPostgres makes a cluster in a directory and starts it. With fsync off a kill of its processes loses nothing, a power cut would.
func NewPostgres(ctx context.Context, dir string) (*Postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return nil, err
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = []string{filepath.Join(filepath.Dir(path), "initdb")}
		}
	}
	if len(found) == 0 {
		return nil, ErrNoPostgres
	}
	slices.Sort(found)
	port, err := freeport.Take()
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: filepath.Dir(found[len(found)-1]), dir: dir, port: strconv.Itoa(port)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := p.asOther(); err != nil {
			return nil, err
		}
	}
	initdb := p.run(ctx, "initdb", "--pgdata", filepath.Join(dir, "data"), "--username", "flowdesk", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, output)
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE flowdesk")
	return p, errors.Join(err, conn.Close(ctx))
}

// asOther lets the server run as somebody without rights.
func (p *Postgres) asOther() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return err
		}
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(p.dir, int(uid), int(gid))
	}
	return errors.New("there is no user postgres or nobody to run PostgreSQL as")
}

func (p *Postgres) run(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...) //nolint:gosec // our own choice
	command.Dir = p.dir
	command.SysProcAttr = orphanless()
	if p.as != nil {
		if command.SysProcAttr == nil {
			command.SysProcAttr = &syscall.SysProcAttr{}
		}
		command.SysProcAttr.Credential = p.as
	}
	return command
}

func (p *Postgres) url(database string) string {
	return "postgres://flowdesk@127.0.0.1:" + p.port + "/" + database + "?sslmode=disable&connect_timeout=3"
}

// URL is the address of its database.
func (p *Postgres) URL() string { return p.url("flowdesk") }

// Addr is its host and port.
func (p *Postgres) Addr() string { return "127.0.0.1:" + p.port }

// Through is URL by way of another address, such as a proxy's.
func (p *Postgres) Through(address string) string {
	return "postgres://flowdesk@" + address + "/flowdesk?sslmode=disable&connect_timeout=3"
}

// Start starts the server and waits until it accepts connections.
func (p *Postgres) Start(ctx context.Context) error {
	logs, err := os.OpenFile(filepath.Join(p.dir, "postgres.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = logs.Close() }()
	p.command = p.run(context.WithoutCancel(ctx), "postgres", "-D", filepath.Join(p.dir, "data"), "-p", p.port, "-k", "", "-c", "listen_addresses=127.0.0.1",
		"-c", "max_connections=200", "-c", "fsync=off", "-c", "full_page_writes=off")
	p.command.Stdout, p.command.Stderr = logs, logs
	if err := p.command.Start(); err != nil {
		return err
	}
	p.ended = make(chan struct{})
	go func(command *exec.Cmd, ended chan struct{}) {
		_ = command.Wait()
		close(ended)
	}(p.command, p.ended)
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, p.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-p.ended:
			log, _ := os.ReadFile(filepath.Join(p.dir, "postgres.log"))
			return fmt.Errorf("PostgreSQL ended: %s", log[max(0, len(log)-2000):])
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not start: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Ways to end PostgreSQL.
const (
	Fast      = syscall.SIGINT
	Immediate = syscall.SIGQUIT
	Killed    = syscall.SIGKILL
)

// End ends the server in one of its ways and waits for that.
func (p *Postgres) End(how syscall.Signal) error {
	if err := p.command.Process.Signal(how); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// Drop removes everything that the database holds.
func (p *Postgres) Drop(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.URL())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	return errors.Join(err, conn.Close(ctx))
}
