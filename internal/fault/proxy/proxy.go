// Package proxy is a TCP proxy that breaks what goes through it, as networks do: late, slowly, half, or not at all. Its decisions are drawn from
// a seed.
//
// It is for tests, and may import the standard library alone.
package proxy

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Faults are how the network misbehaves. The zero value behaves. They hold for connections that are open too.
type Faults struct {
	// Latency is added to each piece on its way, and up to Jitter more.
	Latency, Jitter time.Duration
	// Bandwidth bounds each direction in bytes a second; 0 is no bound.
	Bandwidth int
	// Refuse closes new connections at once.
	Refuse bool
	// Hole swallows everything in both directions, and answers nothing to new connections: packets that are dropped.
	Hole bool
	// HalfUp swallows what goes to the server, HalfDown what comes back.
	HalfUp, HalfDown bool
	// SlowClose is how long the end of one side is kept from the other.
	SlowClose time.Duration
	// TruncateAfter cuts a connection once so many bytes have come back over it; 0 is never.
	TruncateAfter int64
	// Before cuts the connection when a piece on its way to the server holds Marker, and the piece does not arrive. After lets it arrive and
	// swallows the answer, then cuts.
	Before, After bool
	// Marker is what Before and After look for.
	Marker string
	// Share is the part of the marked pieces that they strike; 0 means all. Times ends them after so many; 0 means never.
	Share float64
	Times int64
}

// Proxy stands between clients and a server.
type Proxy struct {
	listener net.Listener
	server   string
	faults   atomic.Pointer[Faults]
	struck   atomic.Int64 // by Before and After since Set
	total    atomic.Int64
	work     sync.WaitGroup
	ctx      context.Context //nolint:containedctx // the life of the proxy
	cancel   context.CancelFunc

	mu    sync.Mutex
	noise *rand.Rand
	conns map[*link]bool
}

// New starts a proxy on a loopback address.
func New(server string, seed uint64) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for as long as the proxy lives
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: listener, server: server, conns: make(map[*link]bool),
		noise: rand.New(rand.NewPCG(seed, 0)),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // the proxy's own life begins here
	p.faults.Store(&Faults{})
	p.work.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set changes the faults.
func (p *Proxy) Set(f Faults) {
	p.struck.Store(0)
	p.faults.Store(&f)
}

// Heal ends all faults. Connections that lost pieces are cut: TCP would not have lost them.
func (p *Proxy) Heal() {
	before := p.faults.Swap(&Faults{})
	if before.Hole || before.HalfUp || before.HalfDown {
		p.Cut()
	}
}

// Struck counts what Before and After struck since the start.
func (p *Proxy) Struck() int64 { return p.total.Load() }

// Open is how many connections go through.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Cut resets all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	links := make([]*link, 0, len(p.conns))
	for l := range p.conns {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.reset()
	}
}

// Close ends the proxy and everything that goes through.
func (p *Proxy) Close() error {
	p.cancel()
	err := p.listener.Close()
	p.Cut()
	p.work.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.connect(client) })
	}
}

func (p *Proxy) connect(client net.Conn) {
	l := &link{proxy: p, client: client}
	p.mu.Lock()
	p.conns[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.conns, l)
		p.mu.Unlock()
	}()
	for p.faults.Load().Hole { // nobody answers, and nobody says so
		if !p.wait(10*time.Millisecond) || l.gone.Load() {
			l.reset()
			return
		}
	}
	if p.faults.Load().Refuse {
		l.reset()
		return
	}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(p.ctx, "tcp", p.server)
	if err != nil {
		l.reset()
		return
	}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	if l.gone.Load() || p.ctx.Err() != nil {
		l.reset()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.copy(server, client, true) })
	both.Go(func() { l.copy(client, server, false) })
	both.Wait()
	l.reset()
}

// wait waits, and reports whether the proxy still lives.
func (p *Proxy) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// draws reports whether a share of cases strikes this one.
func (p *Proxy) draws(share float64) bool {
	if share == 0 {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.noise.Float64() < share
}

func (p *Proxy) jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.noise.Int64N(int64(most)))
}
