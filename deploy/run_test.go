package deploy

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/redistest"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// within is how long a service may take on a busy machine.
const within = time.Minute

// machine runs services of the compose file with what this machine has in place of containers.
type machine struct {
	t       *testing.T
	binary  string
	dir     string
	replace *strings.Replacer
	image   []string // what the image sets
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	database := pgtest.NewServer(t).URL() // one that writes to the disk: serve refuses another
	m := &machine{t: t, dir: t.TempDir()}
	m.binary = filepath.Join(m.dir, "flowdesk")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", m.binary, "github.com/flowdesk/flowdesk/cmd/flowdesk").CombinedOutput()
	require.NoError(t, err, "%s", output)
	for secret, text := range map[string]string{"postgres_password": "not asked for", "redis_password": "open sesame", "flowdesk_key": sealed.NewKey()} {
		require.NoError(t, os.WriteFile(filepath.Join(m.dir, secret), []byte(text+"\n"), 0o600))
	}
	m.replace = strings.NewReplacer(
		"postgres://flowdesk@postgres:5432/flowdesk?sslmode=disable", database,
		"redis:6379", m.free(), "/run/secrets/", m.dir+"/", "${FLOWDESK_BASE_URI:-http://desk.localhost:8080}", "http://desk.localhost:8080", "$$", "$",
	)
	data, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	for _, word := range strings.Fields(string(data)) {
		if strings.HasPrefix(word, "FLOWDESK_") {
			m.image = append(m.image, word)
		}
	}
	return m
}

// free is a loopback address that nobody listens at.
func (m *machine) free() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(m.t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// process is a service, running.
type process struct {
	t      *testing.T
	http   string
	env    []string
	cmd    *exec.Cmd
	mu     sync.Mutex
	output strings.Builder
	exited chan error
}

// start runs a service of ours as its container would be, on ports of its own.
func (m *machine) start(s *service, arguments ...string) *process {
	m.t.Helper()
	p := &process{t: m.t, http: m.free(), exited: make(chan error, 1)}
	grpc, data := m.free(), m.t.TempDir()
	local := strings.NewReplacer("0.0.0.0:8080", p.http, "0.0.0.0:9090", grpc, "0.0.0.0:8090", p.http, "=/data", "="+data)
	p.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + data}
	for _, setting := range m.image {
		p.env = append(p.env, local.Replace(setting))
	}
	for key, value := range s.Environment {
		p.env = append(p.env, key+"="+m.replace.Replace(value))
	}
	for _, argument := range s.Command {
		arguments = append(arguments, local.Replace(argument))
	}
	for _, volume := range s.Volumes {
		if source, target, _ := strings.Cut(volume, ":"); strings.HasPrefix(source, "./") {
			text, err := os.ReadFile(source)
			require.NoError(m.t, err)
			require.NoError(m.t, os.WriteFile(filepath.Join(data, strings.TrimSuffix(strings.TrimPrefix(target, "/data/"), ":ro")), text, 0o600))
		}
	}
	p.run(m.binary, arguments)
	return p
}

func (p *process) run(program string, arguments []string) {
	p.t.Helper()
	p.cmd = exec.CommandContext(context.WithoutCancel(p.t.Context()), program, arguments...)
	p.cmd.Env, p.cmd.Dir = p.env, p.t.TempDir()
	out, err := p.cmd.StderrPipe()
	require.NoError(p.t, err)
	p.cmd.Stdout = p.cmd.Stderr
	require.NoError(p.t, p.cmd.Start())
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.mu.Lock()
			p.output.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
		}
		p.exited <- p.cmd.Wait()
	}()
	p.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// wait waits for the end.
func (p *process) wait() error {
	p.t.Helper()
	select {
	case err := <-p.exited:
		return err
	case <-time.After(within):
		p.t.Fatalf("it does not end: %s", p.said())
		return nil
	}
}

// healthy runs a health check as the container would.
func (p *process) healthy(m *machine, check []string) error {
	p.t.Helper()
	require.Equal(p.t, []string{"CMD", "/flowdesk"}, check[:2])
	command := exec.CommandContext(p.t.Context(), m.binary, check[2:]...)
	command.Env = p.env
	return command.Run()
}

func TestEveryServiceOfOursRuns(t *testing.T) {
	t.Parallel()
	m, c := newMachine(t), composed(t)

	before := m.start(c.Services["desk1"])
	require.Error(t, before.wait(), "no replica starts before the schema is there")
	require.Contains(t, before.said(), "migrate")
	require.NoError(t, m.start(c.Services["migrate"]).wait())
	require.NoError(t, m.start(c.Services["migrate"]).wait(), "once more changes nothing")

	m.redis(c.Services["redis"])
	desks := map[string]*process{"desk1": m.start(c.Services["desk1"]), "desk2": m.start(c.Services["desk2"])}
	for name, desk := range desks {
		check := c.Services[name].Healthcheck.Test
		require.Error(t, desk.healthy(m, append(slices.Clone(check), "--timeout", "1ns")))
		if !assert.Eventually(t, func() bool { return desk.healthy(m, check) == nil }, within, 100*time.Millisecond) {
			t.Fatalf("%s is not healthy: %s", name, desk.said())
		}
		require.Eventually(t, func() bool { return get(t, "http://"+desk.http+"/readyz") == "ready\n" }, within, 50*time.Millisecond, "redis is not used")
	}
	for name, desk := range desks {
		require.NoError(t, desk.cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, desk.wait(), "%s: %s", name, desk.said())
		require.Error(t, desk.healthy(m, c.Services[name].Healthcheck.Test), "what has ended is not healthy")
		require.NotContains(t, desk.said(), "open sesame")
	}

	platform := m.start(c.Services["platform"])
	require.Eventually(t, func() bool { return strings.Contains(get(t, "http://"+platform.http+"/sim/"), "<html") }, within, 50*time.Millisecond)
	require.NoError(t, platform.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, platform.wait())
}

// redis runs the command of the service with this machine's redis-server.
func (m *machine) redis(s *service) {
	m.t.Helper()
	if _, err := exec.LookPath(redistest.Program); err != nil {
		m.t.Fatalf("%s is not on this machine: install it (Debian: apt-get install redis-server)", redistest.Program)
	}
	require.Equal(m.t, []string{"sh", "-c"}, s.Command[:2])
	address := strings.TrimPrefix(m.replace.Replace("redis:6379"), "redis://")
	_, port, err := net.SplitHostPort(address)
	require.NoError(m.t, err)
	n, err := strconv.Atoi(port)
	require.NoError(m.t, err)
	script := strings.TrimSpace(m.replace.Replace(s.Command[2])) + " --bind 127.0.0.1 --port " + strconv.Itoa(n)
	p := &process{t: m.t, env: []string{"PATH=" + os.Getenv("PATH")}, exited: make(chan error, 1)}
	p.run("sh", []string{"-c", "set -m; " + script + " & echo $! >pid; wait"})
	m.t.Cleanup(func() {
		text, err := os.ReadFile(filepath.Join(p.cmd.Dir, "pid"))
		require.NoError(m.t, err)
		group, err := strconv.Atoi(strings.TrimSpace(string(text)))
		require.NoError(m.t, err)
		_ = syscall.Kill(group, syscall.SIGKILL)
	})
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	var text strings.Builder
	if _, err := bufio.NewReader(answer.Body).WriteTo(&text); err != nil {
		return ""
	}
	return text.String()
}
