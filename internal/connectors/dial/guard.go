// Package dial keeps connections that others may point somewhere from reaching inside: addresses of flows' HTTP calls and
// of notification webhooks are written by flow authors, and a name they own may resolve to anything.
//
// It promises that a guarded dialer connects to public unicast addresses only, or to prefixes that the operator allowed.
// The check is made on the address being dialled, after the name was resolved, for every attempt and every redirect, so a
// DNS answer that changes between a check and its use changes nothing. No proxy of the environment is used: behind one,
// the address dialled would be the proxy's.
//
// It imports the standard library only.
package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrRefused is the cause of every connection that the guard did not let happen.
var ErrRefused = errors.New("address not allowed")

const (
	connectTimeout   = 5 * time.Second
	handshakeTimeout = 5 * time.Second
	idleTimeout      = 60 * time.Second
	maxHeaderBytes   = 64 << 10 // answer headers; more is an attack or a mistake
)

// Guard decides which addresses may be dialled. The zero value lets public unicast addresses through and nothing else.
type Guard struct {
	Allow    []netip.Prefix // inside addresses that are let through all the same
	Resolver *net.Resolver  // nil is the system's
}

// Check returns an error that wraps ErrRefused unless addr may be dialled.
func (g Guard) Check(addr netip.Addr) error {
	if addr.Zone() != "" {
		return fmt.Errorf("address %s has a zone: %w", addr, ErrRefused)
	}
	addr = addr.Unmap()
	for _, p := range g.Allow {
		if p.Contains(addr) {
			return nil
		}
	}
	if !Public(addr) {
		return fmt.Errorf("address %s is not public: %w", addr, ErrRefused)
	}
	return nil
}

// Control is a net.Dialer.Control: it sees the resolved address of every single connection attempt.
func (g Guard) Control(network, address string, _ syscall.RawConn) error {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return fmt.Errorf("network %q: %w", network, ErrRefused)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %q: %w", address, errors.Join(ErrRefused, err))
	}
	return g.Check(at.Addr())
}

// Dialer returns a guarded dialer.
func (g Guard) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, Resolver: g.Resolver, Control: g.Control}
}

// Transport returns a guarded HTTP transport: no proxy, bounded headers, bounded waits, no transparent decompression (a
// caller who decompresses must bound what comes out).
func (g Guard) Transport() *http.Transport {
	d := g.Dialer()
	return &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return d.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout:    handshakeTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    8,
		MaxIdleConns:           64,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}
