package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/freeport"
)

// Server is one server process. Its addresses and data stay the same over restarts.
type Server struct {
	// HTTP and GRPC are its addresses.
	HTTP, GRPC string
	// Dir holds its data and its log.
	Dir string
	// Database is a postgres:// URL; empty is a file in Dir.
	Database string
	// Args are more arguments, Env more variables, of later starts.
	Args, Env []string

	apart   atomic.Bool
	binary  string
	control string
	command *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// NewServer makes a server that is not started.
func NewServer(binary, dir, databaseURL string) (*Server, error) {
	s := &Server{binary: binary, Dir: dir, Database: databaseURL}
	for _, address := range []*string{&s.HTTP, &s.GRPC, &s.control} {
		port, err := freeport.Take()
		if err != nil {
			return nil, err
		}
		*address = freeport.Address(port)
	}
	return s, nil
}

// startWait bounds the wait for a server to be ready, and to end.
const startWait = 30 * time.Second

// ErrEnded is a server that ended before it was ready.
var ErrEnded = errors.New("the server ended before it was ready")

// Begin starts the process and does not wait. Failpoints are set from its first instruction on: NAME=ACTION; NAME=ACTION.
func (s *Server) Begin(failpoints string) error {
	logs, err := os.OpenFile(filepath.Join(s.Dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = logs.Close() }()
	arguments := append([]string{"serve", "--open", "--http", s.HTTP, "--grpc", s.GRPC, "--data-dir", s.Dir}, s.Args...)
	s.command = exec.Command(s.binary, arguments...) //nolint:gosec,noctx // our own binary; it is ended by Kill or Stop
	s.command.Env = append(os.Environ(), "FLOWDESK_FAILPOINTS="+failpoints, "FLOWDESK_FAILPOINTS_CONTROL="+s.control)
	s.command.Env = append(s.command.Env, s.Env...)
	if s.Database != "" { // it may hold a password, and arguments can be seen by others
		s.command.Env = append(s.command.Env, "FLOWDESK_DATABASE="+s.Database)
	}
	s.command.Stdout, s.command.Stderr = logs, logs
	s.command.SysProcAttr = orphanless()
	if err := s.command.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func(command *exec.Cmd, ended chan struct{}) {
		_ = command.Wait()
		close(ended)
	}(s.command, s.ended)
	return nil
}

// Start starts the process and waits until it is ready.
func (s *Server) Start(ctx context.Context, failpoints string) error {
	if err := s.Begin(failpoints); err != nil {
		return err
	}
	return s.Ready(ctx)
}

// Ready waits until the server is ready. With ErrEnded it ended before.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		if _, err := s.Get(ctx, "/readyz"); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return ErrEnded
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready after %s: %s", startWait, s.LastLog())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Running reports whether the process lives.
func (s *Server) Running() bool {
	if s.command == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// ExitCode is the exit code of a process that has ended; -1 for one that a signal ended.
func (s *Server) ExitCode() int { return s.command.ProcessState.ExitCode() }

// Kill ends the process without warning.
func (s *Server) Kill() {
	if s.command != nil {
		_ = s.command.Process.Kill()
		<-s.ended
	}
}

// Apart says whether whoever spreads the load passes the server over, as one does that looks after its servers.
func (s *Server) Apart(apart bool) { s.apart.Store(apart) }

// Pause freezes the process; Resume lets it go on.
func (s *Server) Pause() error { return s.command.Process.Signal(syscall.SIGSTOP) }

// Resume lets a frozen process go on.
func (s *Server) Resume() error { return s.command.Process.Signal(syscall.SIGCONT) }

// Stop ends the server as an operator does, and says how long that took.
func (s *Server) Stop(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-s.ended:
		if code := s.ExitCode(); code != 0 {
			return time.Since(began), fmt.Errorf("the server ended with code %d: %s", code, s.LastLog())
		}
		return time.Since(began), nil
	case <-time.After(startWait):
		return startWait, errors.New("the server does not stop")
	case <-ctx.Done():
		return time.Since(began), ctx.Err()
	}
}

// Fail sets a failpoint of the running server.
func (s *Server) Fail(ctx context.Context, name failpoint.Name, action string) error {
	_, err := s.request(ctx, http.MethodPut, "http://"+s.control+"/"+string(name), []byte(action))
	return err
}

// Heal clears all failpoints of the running server.
func (s *Server) Heal(ctx context.Context) error {
	_, err := s.request(ctx, http.MethodDelete, "http://"+s.control+"/", nil)
	return err
}

// Passes is how often each failpoint of the running server was passed.
func (s *Server) Passes(ctx context.Context) (map[failpoint.Name]int64, error) {
	body, err := s.request(ctx, http.MethodGet, "http://"+s.control+"/", nil)
	if err != nil {
		return nil, err
	}
	passes := make(map[failpoint.Name]int64)
	return passes, json.Unmarshal(body, &passes)
}

// Get reads a page of the server's HTTP address.
func (s *Server) Get(ctx context.Context, path string) (string, error) {
	body, err := s.request(ctx, http.MethodGet, "http://"+s.HTTP+path, nil)
	return string(body), err
}

func (s *Server) request(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: status %d: %s", method, address, answer.StatusCode, read)
	}
	return read, nil
}

// Gauges sums the server's metrics by name; one with labels counts under its name and under name{labels}.
func (s *Server) Gauges(ctx context.Context) (map[string]float64, error) {
	page, err := s.Get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	gauges := make(map[string]float64)
	for line := range strings.Lines(page) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		if strings.HasPrefix(line, "#") || at < 0 {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			continue
		}
		name, _, labelled := strings.Cut(line[:at], "{")
		gauges[name] += value
		if labelled {
			gauges[line[:at]] += value
		}
	}
	return gauges, nil
}

// Unsettled is how many commands have no result yet; -1 when the server does not tell.
func (s *Server) Unsettled(ctx context.Context) int {
	gauges, err := s.Gauges(ctx)
	if err != nil {
		return -1
	}
	return int(gauges["flowdesk_commands"])
}

// Memory is the resident size of the process in bytes.
func (s *Server) Memory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kib << 10
			}
		}
	}
	return 0
}

// Dial connects to the server's API.
func (s *Server) Dial() (*grpc.ClientConn, error) {
	return grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// Setting names the server's database.
func (s *Server) Setting() database.Setting {
	return database.Setting{Name: s.Database, DataDir: s.Dir}
}

// LastLog is the end of the server's log.
func (s *Server) LastLog() string {
	data, err := os.ReadFile(filepath.Join(s.Dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-3000):])
}
