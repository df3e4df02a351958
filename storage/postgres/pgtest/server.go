package pgtest

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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/freeport"
)

// Server is a PostgreSQL of a test's own, which it may stop and start. It writes to the disk as in production.
type Server struct {
	tb       testing.TB
	bin, dir string
	port     int
	settings []string
	process  *exec.Cmd
	ended    chan struct{}
}

// serverWait bounds the wait for the server to start or stop.
const serverWait = 30 * time.Second

// NewServer makes and starts a server, with settings such as fsync=off besides the durable ones. It is removed when the test ends. Without
// PostgreSQL on this machine the test is skipped.
func NewServer(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	bin := Bin(tb)
	dir, err := os.MkdirTemp("/tmp", "flowdesk-pg-") //nolint:usetesting // the path of a Unix socket is short, and another user must reach it
	require.NoError(tb, err)
	require.NoError(tb, os.Chmod(dir, 0o711)) //nolint:gosec // what is in it has its own mode
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(dir)) })
	s := &Server{tb: tb, bin: bin, dir: filepath.Join(dir, "pg"), settings: settings}
	require.NoError(tb, os.Mkdir(s.dir, 0o700))
	if account := s.account(); account != nil {
		require.NoError(tb, os.Chown(s.dir, int(account.Uid), int(account.Gid)))
	}
	s.port, err = freeport.Take()
	require.NoError(tb, err)
	output, err := s.command("initdb", "--pgdata", s.data(), "--username", "flowdesk", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync").
		CombinedOutput()
	require.NoError(tb, err, "%s", output)
	tb.Cleanup(s.Stop)
	s.Start()
	execute(tb, s.url("postgres"), "CREATE DATABASE flowdesk")
	return s
}

// Bin is where PostgreSQL's programs are.
func Bin(tb testing.TB) string {
	tb.Helper()
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(candidates)
	if path, err := exec.LookPath("initdb"); err == nil {
		if program, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append([]string{filepath.Dir(program)}, candidates...)
		}
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	tb.Skip("NOT TESTED ON POSTGRESQL: this machine has none")
	return ""
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// account is whom PostgreSQL runs as where this process is root: it refuses root.
func (s *Server) account() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
			gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
			if errors.Join(errUID, errGID) == nil {
				return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
			}
		}
	}
	return nil
}

func (s *Server) command(program string, arguments ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, program), arguments...) //nolint:gosec,noctx // PostgreSQL's own programs; ended by Stop
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.account()}
	return c
}

// Start starts the server and waits until it takes connections.
func (s *Server) Start() {
	s.tb.Helper()
	arguments := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100",
		"-c", "fsync=on", "-c", "synchronous_commit=on",
	}
	for _, setting := range s.settings {
		arguments = append(arguments, "-c", setting)
	}
	log, err := os.Create(s.dir + ".log") // not a pipe: it would be held open by every process of the server
	require.NoError(s.tb, err)
	defer func() { require.NoError(s.tb, log.Close()) }()
	s.process = s.command("postgres", arguments...)
	s.process.Stdout, s.process.Stderr = log, log
	require.NoError(s.tb, s.process.Start())
	ended := make(chan struct{})
	s.ended = ended
	go func(c *exec.Cmd) {
		_ = c.Wait()
		close(ended)
	}(s.process)
	for deadline := time.Now().Add(serverWait); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) //nolint:forbidigo // of one attempt
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			_ = conn.Close(ctx)
			cancel()
			return
		}
		cancel()
		select {
		case <-ended:
			said, _ := os.ReadFile(log.Name())
			require.FailNow(s.tb, "PostgreSQL ended", "%s", said)
		case <-time.After(50 * time.Millisecond):
		}
		require.True(s.tb, time.Now().Before(deadline), "PostgreSQL does not start: %s", err)
	}
}

// Stop ends the server at once, as a crash does; it recovers when it starts again. A server that is not running stays so.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	s.Thaw()
	_ = s.process.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.ended:
	case <-time.After(serverWait):
		_ = s.process.Process.Kill()
		<-s.ended
	}
	s.process = nil
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://flowdesk@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// URL is the address of an empty database.
func (s *Server) URL() string { return s.url("flowdesk") }

// Database makes one more empty database and gives its address.
func (s *Server) Database(name string) string {
	s.tb.Helper()
	execute(s.tb, s.url("postgres"), "CREATE DATABASE "+name)
	return s.url(name)
}

// Freeze stops every process of the server where it stands: connections stay open and nothing answers, as behind a network that swallows every
// packet.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// signal reaches the first process and then its children, so that none is made in between.
func (s *Server) signal(signal syscall.Signal) {
	s.tb.Helper()
	first := s.process.Process.Pid
	_ = syscall.Kill(first, signal) // it may have ended
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", first, first))
	for field := range strings.FieldsSeq(string(children)) {
		pid, err := strconv.Atoi(field)
		require.NoError(s.tb, err)
		_ = syscall.Kill(pid, signal) // it may have ended
	}
}
