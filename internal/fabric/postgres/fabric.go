// Package postgres carries hints between replicas over PostgreSQL's LISTEN and NOTIFY, on two connections of its own: one listens, one sends. A
// connection that is lost is made again; whoever listens hears of the gap.
//
// The package may import internal/fabric and the driver.
package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// Limits of the fabric.
const (
	maxWaiting = 10_000                 // hints that wait to be sent; what comes beyond is dropped
	maxBatch   = 100                    // hints in one round trip
	sendWithin = 2 * time.Second        // one round trip
	retryFirst = 100 * time.Millisecond // after a connection was lost
	retryMost  = 2 * time.Second
	lookEvery  = 15 * time.Second // a silent connection is asked whether it lives
)

// Fabric implements fabric.Fabric.
type Fabric struct {
	config *pgx.ConnConfig
	name   string
	log    *slog.Logger

	mu        sync.Mutex
	listeners map[int]listener
	next      int
	schema    string // known with the first connection

	waiting   chan hint
	number    atomic.Int64
	connected atomic.Bool
	trouble   atomic.Pointer[string]

	sent, received, dropped atomic.Int64

	cancel context.CancelFunc
	work   sync.WaitGroup
}

type listener struct {
	subject fabric.Subject
	f       func([]byte)
}

type hint struct {
	replica string // empty for all
	subject fabric.Subject
	message []byte
}

// New makes a fabric on the database of a URL for the replica of a name. It connects by itself, and again whenever it must.
func New(url, name string, log *slog.Logger) (*Fabric, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "flowdesk hints"
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // the fabric's own life begins here
	f := &Fabric{config: config, name: name, log: log, listeners: make(map[int]listener), waiting: make(chan hint, maxWaiting), cancel: cancel}
	f.work.Go(func() { f.again(ctx, f.listen) })
	f.work.Go(func() { f.again(ctx, f.send) })
	return f, nil
}

// Send implements fabric.Fabric.
func (f *Fabric) Send(subject fabric.Subject, message []byte) {
	f.put(hint{subject: subject, message: message})
}

// SendTo implements fabric.Fabric.
func (f *Fabric) SendTo(replica string, subject fabric.Subject, message []byte) {
	if replica != f.name {
		f.put(hint{replica: replica, subject: subject, message: message})
	}
}

func (f *Fabric) put(h hint) {
	if len(h.message) > MaxMessage {
		f.dropped.Add(1)
		return
	}
	select {
	case f.waiting <- h:
	default:
		f.dropped.Add(1)
	}
}

// Listen implements fabric.Fabric.
func (f *Fabric) Listen(subject fabric.Subject, hear func(message []byte)) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.next
	f.next++
	f.listeners[id] = listener{subject, hear}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.listeners, id)
	}
}

// hear calls the listeners of a subject, or all of them with nil after a gap.
func (f *Fabric) hear(subject fabric.Subject, message []byte) {
	f.mu.Lock()
	var to []func([]byte)
	for id := range f.next {
		if l, there := f.listeners[id]; there && (message == nil || l.subject == subject) {
			to = append(to, l.f)
		}
	}
	f.mu.Unlock()
	for _, hear := range to {
		hear(message)
	}
}

// Health implements fabric.Fabric.
func (f *Fabric) Health() fabric.Health {
	h := fabric.Health{Kind: "postgres", Connected: f.connected.Load(), Sent: f.sent.Load(), Received: f.received.Load(), Dropped: f.dropped.Load()}
	if trouble := f.trouble.Load(); trouble != nil && !h.Connected {
		h.Detail = *trouble
	}
	return h
}

// Close implements fabric.Fabric.
func (f *Fabric) Close(ctx context.Context) error {
	f.cancel()
	ended := make(chan struct{})
	go func() {
		f.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the fabric: %w", ctx.Err())
	}
}
