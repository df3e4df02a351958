package app

import (
	"net"
	"sync"
)

// Lender is a listener that may be lent to a server which ends before another takes it: none of its connections is refused in between.
type Lender struct {
	net.Listener

	conns chan accepted
	gone  chan struct{}
	once  sync.Once
}

type accepted struct {
	conn net.Conn
	err  error
}

// NewLender takes a listener over.
func NewLender(l net.Listener) *Lender {
	s := &Lender{Listener: l, conns: make(chan accepted), gone: make(chan struct{})}
	go s.accept()
	return s
}

func (s *Lender) accept() {
	for {
		conn, err := s.Listener.Accept()
		select {
		case s.conns <- accepted{conn, err}:
		case <-s.gone:
			if err == nil {
				_ = conn.Close()
			}
			return
		}
	}
}

// Accept implements net.Listener.
func (s *Lender) Accept() (net.Conn, error) {
	select {
	case a := <-s.conns:
		return a.conn, a.err
	case <-s.gone:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s *Lender) Close() error {
	err := net.ErrClosed
	s.once.Do(func() {
		close(s.gone)
		err = s.Listener.Close()
	})
	return err
}

// Lend gives the listener to a server. When that closes it, the lender has it again.
func (s *Lender) Lend() net.Listener { return &lent{lender: s, closed: make(chan struct{})} }

type lent struct {
	lender *Lender
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *lent) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case a := <-l.lender.conns:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	case <-l.lender.gone:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *lent) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *lent) Addr() net.Addr { return l.lender.Addr() }
