package app_test

import (
	"context"
	"net"
	"sync"
)

// network is a small internet in memory: hosts by name.
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

// listen opens a host, anew when it was there.
func (n *network) listen(name string) *host {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = make(map[string]*host)
	}
	n.hosts[name] = &host{calls: make(chan net.Conn), closed: make(chan struct{})}
	return n.hosts[name]
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	h := n.hosts[name]
	n.mu.Unlock()
	if h == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	near, far := net.Pipe()
	select {
	case h.calls <- far:
		return near, nil
	case <-h.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: net.ErrClosed}
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
