package redistest

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Proxy stands between a client and a server and fails as a network does.
type Proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	changed chan struct{} // closed when what follows changes
	swallow bool
	delay   time.Duration
	open    map[net.Conn]bool
	ended   bool
	work    sync.WaitGroup
}

// NewProxy starts a proxy in front of an address; it ends with the test.
func NewProxy(tb testing.TB, target string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	p := &Proxy{listener: listener, target: target, changed: make(chan struct{}), open: make(map[net.Conn]bool)}
	p.work.Go(p.accept)
	tb.Cleanup(p.close)
	return p
}

// URL is the address of Redis through the proxy.
func (p *Proxy) URL() string { return "redis://" + p.listener.Addr().String() + "/0" }

// Swallow lets connections live and bytes vanish, in both directions, until Heal: a black hole.
func (p *Proxy) Swallow() { p.set(true, 0) }

// Delay holds up every piece in both directions.
func (p *Proxy) Delay(d time.Duration) { p.set(false, d) }

// Heal passes everything on again. What was swallowed is lost, and so are the connections on which it was: a stream with a hole in it would
// not happen on a network.
func (p *Proxy) Heal() {
	p.set(false, 0)
	p.Cut()
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for connection := range p.open {
		_ = connection.Close()
	}
}

func (p *Proxy) set(swallow bool, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow, p.delay = swallow, delay
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		if !p.keep(near, far) {
			return
		}
		p.work.Go(func() { p.pass(far, near) })
		p.work.Go(func() { p.pass(near, far) })
	}
}

func (p *Proxy) keep(connections ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range connections {
		if p.ended {
			_ = connection.Close()
			continue
		}
		p.open[connection] = true
	}
	return !p.ended
}

func (p *Proxy) pass(to, from net.Conn) {
	defer func() {
		_, _ = to.Close(), from.Close()
		p.mu.Lock()
		delete(p.open, to)
		delete(p.open, from)
		p.mu.Unlock()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		swallow, delay, changed := p.swallow, p.delay, p.changed
		p.mu.Unlock()
		if delay > 0 {
			select {
			case <-time.After(delay):
			case <-changed:
			}
		}
		if !swallow && n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && swallow {
				<-changed // a black hole does not say that the other side went
			}
			return
		}
	}
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.set(false, 0)
	p.Cut()
	p.work.Wait()
}
