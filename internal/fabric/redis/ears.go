package redis

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// gapEvery is how often at most a listener is told that hints may have been lost: looking for everything costs the database something, and
// whoever lies to us must not decide how often it is done.
const gapEvery = time.Second

// ears are those who listen. One hint is heard at a time.
type ears struct {
	mu        sync.Mutex
	listeners map[fabric.Subject][]*listener
	closed    bool

	speaking sync.Mutex
	told     time.Time   // when a gap was last told
	later    *time.Timer // of the next telling
}

type listener struct {
	hear    func([]byte)
	stopped atomic.Bool
}

func (e *ears) listen(subject fabric.Subject, hear func([]byte)) (stop func()) {
	l := &listener{hear: hear}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listeners == nil {
		e.listeners = make(map[fabric.Subject][]*listener)
	}
	e.listeners[subject] = append(e.listeners[subject], l)
	return func() {
		l.stopped.Store(true)
		e.mu.Lock()
		defer e.mu.Unlock()
		var rest []*listener
		for _, other := range e.listeners[subject] {
			if other != l {
				rest = append(rest, other)
			}
		}
		e.listeners[subject] = rest
	}
}

// of gives those who listen to a subject, or to any.
func (e *ears) of(subject fabric.Subject) []*listener {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	if subject != "" {
		return e.listeners[subject]
	}
	var all []*listener
	for _, some := range e.listeners {
		all = append(all, some...)
	}
	return all
}

// hear tells a hint.
func (e *ears) hear(subject fabric.Subject, message []byte) {
	if message == nil {
		message = []byte{} // nil says something else
	}
	e.speaking.Lock()
	defer e.speaking.Unlock()
	e.tell(subject, message)
}

func (e *ears) tell(subject fabric.Subject, message []byte) {
	for _, l := range e.of(subject) {
		if !l.stopped.Load() {
			l.hear(message)
		}
	}
}

// gap tells everybody that hints may have been lost: now, or when it was told a moment ago, at the end of that moment.
func (e *ears) gap() {
	e.speaking.Lock()
	defer e.speaking.Unlock()
	if e.later != nil {
		return
	}
	if wait := gapEvery - time.Since(e.told); !e.told.IsZero() && wait > 0 {
		e.later = time.AfterFunc(wait, e.tellGap)
		return
	}
	e.told = time.Now()
	e.tell("", nil)
}

func (e *ears) tellGap() {
	e.speaking.Lock()
	defer e.speaking.Unlock()
	e.later, e.told = nil, time.Now()
	e.tell("", nil)
}

func (e *ears) close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.speaking.Lock()
	defer e.speaking.Unlock()
	if e.later != nil {
		e.later.Stop()
	}
}
