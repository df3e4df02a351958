package robotstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Network is an HTTP network in memory. It needs no port and runs inside testing/synctest bubbles.
type Network struct {
	mu    sync.Mutex
	hosts map[string]*listener
}

// NewNetwork makes an empty network.
func NewNetwork() *Network { return &Network{hosts: map[string]*listener{}} }

// Serve lets a handler answer at http://host until the test ends.
func (n *Network) Serve(t *testing.T, host string, handler http.Handler) {
	t.Helper()
	l := &listener{connections: make(chan net.Conn), closed: make(chan struct{}), name: host}
	n.mu.Lock()
	n.hosts[host+":80"] = l
	n.mu.Unlock()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // ends with ErrServerClosed
	}()
	t.Cleanup(func() {
		_ = server.Close() // connections in memory close without error
		<-ended
	})
}

// Client makes an HTTP client of the network. Its connections are closed when the test ends.
func (n *Network) Client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: 16, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

var errNoHost = errors.New("connection refused")

func (n *Network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.hosts[address]
	n.mu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("dial %s: %w", address, errNoHost)
	}
	ours, theirs := net.Pipe()
	select {
	case l.connections <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, fmt.Errorf("dial %s: %w", address, errNoHost)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type listener struct {
	name        string
	connections chan net.Conn
	once        sync.Once
	closed      chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.name) }

type address string

func (address) Network() string  { return "memory" }
func (a address) String() string { return string(a) }
