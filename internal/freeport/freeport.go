// Package freeport finds ports for servers that tests and the fault kit start, kill and start again at the same address.
package freeport

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"sync"
)

// The ports lie below the ephemeral range, where no outgoing connection takes one between two lives of a server.
const (
	lowest = 20_000
	count  = 12_000
	tries  = 200
)

// ErrNone is a machine on which no port is free.
var ErrNone = errors.New("no port is free")

// taken keeps the marks of our ports for the life of the process.
var taken struct { //nolint:gochecknoglobals // ports are the machine's
	sync.Mutex
	marks []io.Closer
}

// Take gives a port of the loopback address that nobody listens at, and that no other process that asks this package is given as long as this one
// lives. The mark is a socket without a file (Linux); elsewhere two processes may be given the same.
func Take() (int, error) {
	for range tries {
		port := lowest + rand.IntN(count)
		mark, ok := marked(port)
		if !ok {
			continue
		}
		listener, err := net.Listen("tcp", Address(port)) //nolint:noctx // only asks whether it is free
		if err != nil {
			_ = mark.Close()
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, err
		}
		taken.Lock()
		taken.marks = append(taken.marks, mark)
		taken.Unlock()
		return port, nil
	}
	return 0, ErrNone
}

// marked marks a port as ours, unless it is another's.
func marked(port int) (mark io.Closer, ok bool) {
	if runtime.GOOS != "linux" {
		return io.NopCloser(nil), true
	}
	mark, err := net.Listen("unix", "@flowdesk-port-"+strconv.Itoa(port)) //nolint:noctx // for as long as the process lives
	return mark, err == nil
}

// Address is the loopback address with a port.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
