package cli_test

import (
	"context"
	"net"
	"sync"
)

// network is a small internet in memory: hosts by address. In virtual time nothing may wait for the real one.
type network struct {
	mu    sync.Mutex
	hosts map[string]*host
}

// host is a listener whose connections are pipes.
type host struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// listen opens a host.
func (n *network) listen(address string) *host {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = make(map[string]*host)
	}
	n.hosts[address] = &host{calls: make(chan net.Conn), closed: make(chan struct{})}
	return n.hosts[address]
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	h := n.hosts[address]
	n.mu.Unlock()
	if h == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: "connection refused", Addr: address}}
	}
	near, far := net.Pipe()
	select {
	case h.calls <- far:
		return near, nil
	case <-h.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (h *host) Accept() (net.Conn, error) {
	select {
	case c := <-h.calls:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *host) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr implements net.Listener.
func (h *host) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }
