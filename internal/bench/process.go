package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/flowdesk/flowdesk/internal/database"
)

// process is the server under measurement. Its addresses and data stay the same over restarts.
type process struct {
	binary, dir, http, grpc string
	command                 *exec.Cmd
	peak                    int64         // bytes, of processes that have ended
	spent                   time.Duration // of the processors, by processes that have ended
	profile                 string        // file for a CPU profile; empty for none
	database                string        // URL of a PostgreSQL schema; empty for a file in dir
	keys                    string        // that seal secrets; empty for some of its own
}

func newProcess(binary, dir string) (*process, error) {
	p := &process{binary: binary, dir: dir}
	for _, address := range []*string{&p.http, &p.grpc} {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // only asks for a free port
		if err != nil {
			return nil, err
		}
		*address = listener.Addr().String()
		if err := listener.Close(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

const startWait = 20 * time.Second

// start runs the server and waits until it is ready.
func (p *process) start(ctx context.Context) error {
	logs, err := os.OpenFile(filepath.Join(p.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = logs.Close() }()
	arguments := []string{"serve", "--open", "--http", p.http, "--grpc", p.grpc, "--data-dir", p.dir}
	if p.database != "" {
		arguments = append(arguments, "--migrate")
	}
	if p.profile != "" {
		arguments = append(arguments, "--cpu-profile", p.profile)
	}
	p.command = exec.Command(p.binary, arguments...) //nolint:gosec,noctx // our own binary; it is ended by kill
	if p.database != "" {                            // it may hold a password, and arguments can be seen by others
		p.command.Env = append(os.Environ(), "FLOWDESK_DATABASE="+p.database)
	}
	if p.keys != "" {
		p.command.Env = append(p.command.Environ(), "FLOWDESK_KEYS="+p.keys)
	}
	p.command.Stdout, p.command.Stderr = logs, logs
	p.command.SysProcAttr = orphanless()
	if err := p.command.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		if _, err := p.get(ctx, "/readyz"); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			p.kill()
			return fmt.Errorf("the server is not ready after %s: %s", startWait, p.lastLog())
		}
		pause(ctx, 10*time.Millisecond)
	}
}

func (p *process) lastLog() string {
	data, err := os.ReadFile(filepath.Join(p.dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-2000):])
}

// kill ends the server without warning.
func (p *process) kill() {
	if p.command == nil {
		return
	}
	p.peak, p.spent = p.peakMemory(), p.processorTime()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
	p.command = nil
}

// stop ends the server as an operator does.
func (p *process) stop(ctx context.Context) error {
	p.peak, p.spent = p.peakMemory(), p.processorTime()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.command.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case err := <-ended:
		p.command = nil
		return err
	case <-ctx.Done():
		return errors.New("the server does not stop")
	}
}

// peakMemory is the greatest resident size so far, in bytes.
func (p *process) peakMemory() int64 {
	if of, err := p.running(); err == nil {
		if status, err := of.NewStatus(); err == nil {
			return max(p.peak, int64(status.VmHWM))
		}
	}
	return p.peak
}

// processorTime is what the server and those before it took of the processors.
func (p *process) processorTime() time.Duration {
	if of, err := p.running(); err == nil {
		if stat, err := of.Stat(); err == nil {
			return p.spent + time.Duration(stat.CPUTime()*float64(time.Second))
		}
	}
	return p.spent
}

func (p *process) running() (procfs.Proc, error) {
	if p.command == nil {
		return procfs.Proc{}, os.ErrProcessDone
	}
	return procfs.NewProc(p.command.Process.Pid)
}

func (p *process) setting() database.Setting {
	return database.Setting{Name: p.database, DataDir: p.dir}
}

func (p *process) get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.http+path, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var body strings.Builder
	if _, err := bufio.NewReader(answer.Body).WriteTo(&body); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: status %d", path, answer.StatusCode)
	}
	return body.String(), nil
}

// unsettled is how many commands have no result yet; -1 when the server does not tell.
func (p *process) unsettled(ctx context.Context) int {
	metrics, err := p.get(ctx, "/metrics")
	if err != nil {
		return -1
	}
	sum := 0.0
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, "flowdesk_commands{") {
			continue
		}
		fields := strings.Fields(line)
		n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return -1
		}
		sum += n
	}
	return int(sum)
}

// dial connects to the server's API.
func (p *process) dial() (*grpc.ClientConn, error) {
	return grpc.NewClient(p.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
}
