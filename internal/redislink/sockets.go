package redislink

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/redis/rueidis"
)

// dialFunc is how rueidis dials.
type dialFunc = func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error)

// sockets are a session's connections. Closing them is the one way to end waiting for a peer that has fallen silent.
type sockets struct {
	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// dial wraps the dialling of another, or the usual one.
func (s *sockets) dial(other dialFunc) dialFunc {
	if other == nil {
		other = dial
	}
	return func(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		connection, err := other(ctx, address, dialer, config)
		if err != nil {
			return nil, err
		}
		kept := &socket{Conn: connection, of: s}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closed {
			_ = connection.Close()
			return nil, rueidis.ErrClosing
		}
		s.open[kept] = true
		return kept, nil
	}
}

func dial(ctx context.Context, address string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	if config == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", address)
}

// close closes what is open, and whatever is opened later.
func (s *sockets) close() {
	s.mu.Lock()
	open := s.open
	s.open, s.closed = nil, true
	s.mu.Unlock()
	for connection := range open {
		_ = connection.Close()
	}
}

// socket is a connection that is forgotten when it closes.
type socket struct {
	net.Conn

	of *sockets
}

// Close implements net.Conn.
func (c *socket) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
