package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

// wire is one kept connection to the server. The senders share the processors with what they measure: a request is one write, and of an
// answer only status and length are read.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
	out    bytes.Buffer
}

// requestTimeout bounds one callback; the platform gives up after 3 s.
const requestTimeout = 5 * time.Second

// post sends a callback and reports whether it was acknowledged.
func (w *world) post(ctx context.Context, q question) bool {
	var c *wire
	select {
	case c = <-w.idle[q.host]:
	default:
	}
	if c == nil {
		conn, err := (&net.Dialer{Timeout: requestTimeout}).DialContext(ctx, "tcp", q.host)
		if err != nil {
			return false
		}
		c = &wire{conn: conn, reader: bufio.NewReaderSize(conn, 1<<10)}
	}
	status, err := c.exchange(q)
	if err != nil {
		_ = c.conn.Close()
		return false
	}
	select {
	case w.idle[q.host] <- c:
	default:
		_ = c.conn.Close()
	}
	return status == 200
}

func (c *wire) exchange(q question) (status int, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return 0, err
	}
	c.out.Reset()
	fmt.Fprintf(&c.out, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", q.path, q.host, len(q.body))
	c.out.Write(q.body)
	if _, err := c.conn.Write(c.out.Bytes()); err != nil {
		return 0, err
	}
	length := 0
	for first := true; ; first = false {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first:
			if len(line) < len("HTTP/1.1 200") {
				return 0, io.ErrUnexpectedEOF
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
		case len(line) == 0:
			_, err := c.reader.Discard(length)
			return status, err
		default:
			name, value, _ := bytes.Cut(line, []byte(":"))
			if bytes.EqualFold(name, []byte("Content-Length")) {
				if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
					return 0, err
				}
			}
		}
	}
}

// target is the path to ask for of a callback's address.
func target(address string) (path string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return u.RequestURI(), nil
}
