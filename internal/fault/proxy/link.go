package proxy

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one connection with its other half.
type link struct {
	proxy  *Proxy
	client net.Conn
	mu     sync.Mutex
	server net.Conn // nil until it is dialled
	gone   atomic.Bool
	silent atomic.Bool // the answer is swallowed, and then the link is cut
	down   atomic.Int64
}

// reset cuts both halves with RST.
func (l *link) reset() {
	l.gone.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range []net.Conn{l.client, l.server} {
		if tcp, ok := conn.(*net.TCPConn); ok && tcp != nil {
			_ = tcp.SetLinger(0)
			_ = tcp.Close()
		}
	}
}

// copy carries one direction until it ends.
func (l *link) copy(to, from net.Conn, up bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !l.carry(to, buffer[:n], up) {
			l.reset()
			return
		}
		if err != nil {
			f := l.proxy.faults.Load()
			if f.SlowClose > 0 {
				l.proxy.wait(f.SlowClose)
			}
			for f := l.proxy.faults.Load(); f.Hole || up && f.HalfUp || !up && f.HalfDown; f = l.proxy.faults.Load() {
				if !l.proxy.wait(10*time.Millisecond) || l.gone.Load() { // the end is lost like everything else
					break
				}
			}
			if tcp, ok := to.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			return
		}
	}
}

// carry passes one piece on, or does to it what the faults say. It reports whether the link goes on.
func (l *link) carry(to net.Conn, piece []byte, up bool) bool {
	p := l.proxy
	f := p.faults.Load()
	if f.Hole || up && f.HalfUp || !up && f.HalfDown {
		return true
	}
	if d := f.Latency + p.jitter(f.Jitter); d > 0 && !p.wait(d) {
		return false
	}
	if !up && l.silent.Load() {
		return false
	}
	if up && (f.Before || f.After) && f.Marker != "" && bytes.Contains(piece, []byte(f.Marker)) && p.strikes(f) {
		if f.Before {
			return false
		}
		l.silent.Store(true)
	}
	if f.Bandwidth > 0 && !p.wait(time.Duration(len(piece))*time.Second/time.Duration(f.Bandwidth)) {
		return false
	}
	if !up && f.TruncateAfter > 0 {
		if left := f.TruncateAfter - l.down.Load(); int64(len(piece)) > left {
			_, _ = to.Write(piece[:max(0, left)])
			return false
		}
		l.down.Add(int64(len(piece)))
	}
	_, err := to.Write(piece)
	return err == nil
}

func (p *Proxy) strikes(f *Faults) bool {
	if f.Times > 0 && p.struck.Load() >= f.Times || !p.draws(f.Share) {
		return false
	}
	p.struck.Add(1)
	p.total.Add(1)
	return true
}
