package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/flowdesk/flowdesk/internal/sealed"
)

// fleet is one server, or several equal ones on one database behind a balancer that knows which of them are up.
type fleet struct {
	servers []*process
	down    []atomic.Bool
	turn    atomic.Int64
	results net.Listener // where the platform's results for several servers come in; nil for one
	work    sync.WaitGroup
}

// newFleet makes the servers; none of them runs.
func newFleet(o Options, dir string) (*fleet, error) {
	f := &fleet{down: make([]atomic.Bool, o.Replicas)}
	keys := sealed.NewKey()
	for i := range o.Replicas {
		own := dir
		if o.Replicas > 1 {
			own = filepath.Join(dir, fmt.Sprintf("replica-%d", i+1))
			if err := os.Mkdir(own, 0o700); err != nil {
				return nil, err
			}
		}
		server, err := newProcess(o.Binary, own)
		if err != nil {
			return nil, err
		}
		if o.Replicas > 1 {
			server.keys = keys
		}
		f.servers = append(f.servers, server)
	}
	if o.Replicas == 1 {
		return f, nil
	}
	var err error
	if f.results, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // loopback
		return nil, err
	}
	f.work.Go(f.balance)
	return f, nil
}

// start starts all servers, one after the other.
func (f *fleet) start(ctx context.Context) error {
	for _, server := range f.servers {
		if err := server.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// host is the server for the next callback.
func (f *fleet) host() string { return f.servers[f.next()].http }

func (f *fleet) next() int {
	for range f.servers {
		i := int(f.turn.Add(1)) % len(f.servers)
		if !f.down[i].Load() {
			return i
		}
	}
	return 0
}

// resultsHost is where the platform reports results: the balancer, or the only server.
func (f *fleet) resultsHost() string {
	if f.results == nil {
		return f.servers[0].http
	}
	return f.results.Addr().String()
}

// balance passes connections of the platform on to the servers in turn.
func (f *fleet) balance() {
	for {
		in, err := f.results.Accept()
		if err != nil {
			return
		}
		f.work.Go(func() {
			defer func() { _ = in.Close() }()
			out, err := net.DialTimeout("tcp", f.host(), time.Second) //nolint:noctx // loopback
			if err != nil {
				return
			}
			var both sync.WaitGroup
			both.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
			both.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
			both.Wait()
		})
	}
}

// kill ends all servers without warning.
func (f *fleet) kill() {
	for _, server := range f.servers {
		server.kill()
	}
	if f.results != nil {
		_ = f.results.Close()
	}
}

// stop ends all servers as an operator does.
func (f *fleet) stop(ctx context.Context) error {
	var errs []error
	for _, server := range f.servers {
		errs = append(errs, server.stop(ctx))
	}
	return errors.Join(errs...)
}

func (f *fleet) peakMemory() (sum int64) {
	for _, server := range f.servers {
		sum += server.peakMemory()
	}
	return sum
}

func (f *fleet) processorTime() (sum time.Duration) {
	for _, server := range f.servers {
		sum += server.processorTime()
	}
	return sum
}

// unsettled is how many commands have no result yet; every server knows.
func (f *fleet) unsettled(ctx context.Context) int { return f.servers[f.next()].unsettled(ctx) }

// trouble is what befalls a server under load. It returns when the server is as before.
type trouble func(ctx context.Context, server *process) error

// killed is kill -9 and a new start.
func killed(ctx context.Context, server *process) error {
	server.kill()
	return server.start(ctx)
}

// stopped is an orderly stop and a new start.
func stopped(ctx context.Context, server *process) error {
	if err := server.stop(ctx); err != nil {
		return err
	}
	return server.start(ctx)
}

// frozenFor is longer than a replica counts as alive.
const frozenFor = 6 * time.Second

// frozen is a server that stands still for longer than its leases last, and then goes on.
func frozen(ctx context.Context, server *process) error {
	if err := server.command.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pause(ctx, frozenFor)
	return server.command.Process.Signal(syscall.SIGCONT)
}

// hurt lets a trouble befall one server after the other while the load goes on.
func hurt(t trouble) func(context.Context, *rig) {
	return func(ctx context.Context, r *rig) {
		var work sync.WaitGroup
		work.Go(func() { closedLoop(ctx, r) })
		for n := range r.options.Kills {
			pause(ctx, r.options.Duration/time.Duration(r.options.Kills+1))
			i := n % len(r.fleet.servers)
			r.fleet.down[i].Store(len(r.fleet.servers) > 1)
			err := t(ctx, r.fleet.servers[i])
			r.fleet.down[i].Store(false)
			if err != nil {
				r.trouble = err
				break // what is missing shows as lost
			}
		}
		work.Wait()
	}
}
