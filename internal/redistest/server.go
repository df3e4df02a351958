// Package redistest gives tests a Redis of their own, which they may kill, freeze and flush, and a proxy in front of it that fails on demand.
//
// Only tests may import it.
package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/freeport"
)

// Program is the server that tests start.
const Program = "redis-server"

// startWithin is how long a server may take to answer, on a machine that is busy with other tests.
const startWithin = 30 * time.Second

// Server is a private Redis on a loopback port. It keeps nothing on disk and ends with its test.
type Server struct {
	tb   testing.TB
	dir  string
	port int

	mu   sync.Mutex
	pid  int
	hold io.Closer // the server dies when this closes, and so when the test's process does
	exit chan struct{}
}

// Start starts a Redis. Without the program the test fails and says what to install; a short test is skipped.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := New(tb)
	s.Run()
	return s
}

// New reserves a Redis that does not run yet.
func New(tb testing.TB) *Server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs a server: not among the short tests")
	}
	if _, err := exec.LookPath(Program); err != nil {
		tb.Fatalf("%s is not on this machine: install it (Debian: apt-get install redis-server), or test with -short", Program)
	}
	port, err := freeport.Take()
	require.NoError(tb, err)
	s := &Server{tb: tb, dir: tb.TempDir(), port: port}
	tb.Cleanup(s.Kill)
	return s
}

// Addr is host and port.
func (s *Server) Addr() string { return freeport.Address(s.port) }

// URL is the address as the product takes it.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Run starts the server, again after a Kill: at the same address and with nothing in it. It returns when the server answers.
func (s *Server) Run(settings ...string) {
	s.tb.Helper()
	// The shell ends the server when its input ends: no server survives a test that was killed.
	script := `exec 3<&0; "$@" </dev/null >log 2>&1 & echo $!; cat <&3 >/dev/null; kill -9 $!`
	arguments := append([]string{"-c", script, "sh", Program, "--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--save", "", "--appendonly", "no"}, settings...)
	command := exec.Command("sh", arguments...)
	command.Dir = s.dir
	hold, err := command.StdinPipe()
	require.NoError(s.tb, err)
	out, err := command.StdoutPipe()
	require.NoError(s.tb, err)
	require.NoError(s.tb, command.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(s.tb, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(s.tb, err)
	exit := make(chan struct{})
	go func() {
		defer close(exit)
		_ = command.Wait() // it was killed
	}()
	s.mu.Lock()
	s.pid, s.hold, s.exit = pid, hold, exit
	s.mu.Unlock()
	s.await()
}

func (s *Server) await() {
	s.tb.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for start := time.Now(); time.Since(start) < startWithin; <-ticker.C {
		if answer, err := s.ask("PING"); err == nil && (answer == "+PONG" || strings.HasPrefix(answer, "-NOAUTH")) {
			return
		}
	}
	s.tb.Fatalf("redis does not answer: %s", s.log())
}

// Kill ends the server as a crash does. It may be called again.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid == 0 {
		return
	}
	_ = syscall.Kill(s.pid, syscall.SIGKILL) // it may be dead already
	_ = s.hold.Close()
	<-s.exit
	s.pid = 0
}

// Freeze stops the server without closing its connections.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotZero(s.tb, s.pid, "redis does not run")
	require.NoError(s.tb, syscall.Kill(s.pid, signal))
}

// Flush removes everything, as FLUSHALL does.
func (s *Server) Flush() {
	s.tb.Helper()
	answer, err := s.ask("FLUSHALL")
	require.NoError(s.tb, err)
	require.Equal(s.tb, "+OK", answer)
}

// ask sends one inline command and gives the first line of the answer.
func (s *Server) ask(command string) (string, error) {
	connection, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(connection, "%s\r\n", command); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	return strings.TrimSpace(line), err
}

func (s *Server) log() string {
	text, err := os.ReadFile(s.dir + "/log")
	if err != nil {
		return err.Error()
	}
	return string(text)
}
