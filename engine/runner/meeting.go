package runner

import (
	"context"
	"sync"
	"sync/atomic"
)

// meetings keep the messages of a chat in their order while it is met for the first time: those that wait for that have no place in a session yet,
// and one that came later would find the chat known and pass them.
type meetings struct {
	waiting atomic.Int64
	mu      sync.Mutex
	last    map[aliasKey]chan struct{} // of each chat whose messages stand in line, closed when the last one has its place
}

// join lets a message stand in the line of its chat, unless nobody does and the chat is known. It waits until whoever stands before it has his
// place; leave says that this one has his, or gets none. It may be called again.
func (m *meetings) join(ctx context.Context, chat aliasKey, known func() bool) (leave func(), err error) {
	if m.waiting.Load() == 0 && known() {
		return func() {}, nil
	}
	m.mu.Lock()
	before := m.last[chat]
	if before == nil && known() {
		m.mu.Unlock()
		return func() {}, nil
	}
	if m.last == nil {
		m.last = make(map[aliasKey]chan struct{})
	}
	own := make(chan struct{})
	m.last[chat] = own
	m.waiting.Add(1)
	m.mu.Unlock()
	left := sync.OnceFunc(func() { m.leave(chat, own) })
	if before == nil {
		return left, nil
	}
	select {
	case <-before:
		return left, nil
	case <-ctx.Done():
		go func() { // those behind it wait for those before it all the same
			<-before
			left()
		}()
		return func() {}, ctx.Err()
	}
}

func (m *meetings) leave(chat aliasKey, own chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(own)
	m.waiting.Add(-1)
	if m.last[chat] == own {
		delete(m.last, chat)
	}
}
