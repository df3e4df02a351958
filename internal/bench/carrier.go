package bench

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// carrier is the platform's way to the servers. Unlike http.Transport it has no goroutines of its own for each connection: what the load costs is
// taken from what it measures.
type carrier struct {
	keeps int

	mu   sync.Mutex
	idle map[string][]*carried // by host
}

// carried is a connection with its buffers.
type carried struct {
	net.Conn

	in  *bufio.Reader
	out *bufio.Writer
}

// newCarrier makes a carrier that keeps a number of idle connections to a host.
func newCarrier(keeps int) *carrier { return &carrier{keeps: keeps, idle: make(map[string][]*carried)} }

// RoundTrip implements http.RoundTripper for small bodies over plain HTTP. A connection that was kept may have ended in between: then the request
// goes over a new one.
func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	if kept := c.take(r.URL.Host); kept != nil {
		if answer, err := c.exchange(kept, r, body); err == nil {
			return answer, nil
		}
	}
	conn, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.URL.Host)
	if err != nil {
		return nil, err
	}
	return c.exchange(&carried{Conn: conn, in: bufio.NewReaderSize(conn, 1<<10), out: bufio.NewWriterSize(conn, 2<<10)}, r, body)
}

// exchange sends a request, reads its whole answer and keeps the connection when both went well.
func (c *carrier) exchange(conn *carried, r *http.Request, body []byte) (*http.Response, error) {
	answer, err := conn.exchange(r, body)
	if err != nil || answer.Close {
		_ = conn.Close()
		return answer, err
	}
	c.keep(r.URL.Host, conn)
	return answer, nil
}

func (conn *carried) exchange(r *http.Request, body []byte) (*http.Response, error) {
	if err := conn.SetDeadline(deadline(r.Context())); err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.Write(conn.out); err != nil {
		return nil, err
	}
	if err := conn.out.Flush(); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(conn.in, r)
	if err != nil {
		return nil, err
	}
	whole, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(whole))
	return answer, err
}

func deadline(ctx context.Context) time.Time {
	if at, ok := ctx.Deadline(); ok {
		return at
	}
	return time.Now().Add(requestTimeout)
}

func (c *carrier) take(host string) *carried {
	c.mu.Lock()
	defer c.mu.Unlock()
	idle := c.idle[host]
	if len(idle) == 0 {
		return nil
	}
	conn := idle[len(idle)-1]
	c.idle[host] = idle[:len(idle)-1]
	return conn
}

func (c *carrier) keep(host string, conn *carried) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle[host]) >= c.keeps {
		_ = conn.Close()
		return
	}
	c.idle[host] = append(c.idle[host], conn)
}
