// Package redis is the fabric of replicas that share a Redis: what all are told goes by publish and subscribe, what one is told goes into its
// stream, where it waits for a reader that is away for a moment, and for those who take over from one that is gone.
//
// Redis is never believed. Whoever can write to it can make a replica look into the database, at most once a second for each subject, and no more.
// It may import internal/fabric and internal/redislink.
package redis

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/redislink"
)

// queued is how many hints may wait to be sent. More are dropped: the others look for themselves before long.
const queued = 8192

// Fabric implements fabric.Fabric.
type Fabric struct {
	name  string
	life  uint64
	keys  keys
	link  *redislink.Link
	log   *slog.Logger
	ears  ears
	peers peers

	mu     sync.Mutex // orders numbers with the queue
	queue  chan outgoing
	last   uint64            // number of the last hint to all
	lasts  map[string]uint64 // number of the last hint to one
	closed bool

	hearing  atomic.Bool  // our own beat came back
	streamed atomic.Int64 // when one came through our stream, in nanoseconds since 1970

	sent, received, dropped, refused atomic.Int64
}

// outgoing is an envelope on its way, to all or to one.
type outgoing struct {
	to     string
	sealed string
}

// keys are the names in Redis. Channels are shared by all its databases, so that the number of the database is part of every name.
type keys struct{ all, stream string }

func newKeys(database int) keys {
	base := "flowdesk:" + strconv.Itoa(database) + ":"
	return keys{all: base + "all", stream: base + "to:"}
}

// New makes the fabric of a replica with a name of its own, of at most 200 bytes. It adds itself to the link, which must not have been started.
func New(link *redislink.Link, name string, log *slog.Logger) (*Fabric, error) {
	if name == "" || len(name) > maxName {
		return nil, fmt.Errorf("a replica's name has 1 to %d bytes, not %d", maxName, len(name))
	}
	var life [8]byte
	if _, err := rand.Read(life[:]); err != nil {
		return nil, fmt.Errorf("draw a number for this process: %w", err)
	}
	f := &Fabric{
		name: name, life: binary.BigEndian.Uint64(life[:]), keys: newKeys(link.Database()), link: link, log: log,
		queue: make(chan outgoing, queued), lasts: make(map[string]uint64),
	}
	link.Do(f.work)
	return f, nil
}

// Send implements fabric.Fabric.
func (f *Fabric) Send(subject fabric.Subject, message []byte) { f.send("", subject, message) }

// SendTo implements fabric.Fabric.
func (f *Fabric) SendTo(replica string, subject fabric.Subject, message []byte) {
	if replica == "" || len(replica) > maxName {
		f.dropped.Add(1)
		return
	}
	f.send(replica, subject, message)
}

// send gives a hint its number even when it is dropped, so that those who hear the next one know that one is missing.
func (f *Fabric) send(to string, subject fabric.Subject, message []byte) {
	if len(message) > MaxMessage || subject == "" || len(subject) > maxName {
		f.dropped.Add(1)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := envelope{sender: f.name, life: f.life, number: f.number(to), subject: subject, message: message}
	if f.closed || f.link.Client() == nil {
		f.dropped.Add(1)
		return
	}
	select {
	case f.queue <- outgoing{to: to, sealed: string(e.seal())}:
	default:
		f.dropped.Add(1)
	}
}

// peersKept bounds what is remembered of others, who may be inventions.
const peersKept = 1024

func (f *Fabric) number(to string) uint64 {
	if to == "" {
		f.last++
		return f.last
	}
	if len(f.lasts) >= peersKept {
		clear(f.lasts)
	}
	f.lasts[to]++
	return f.lasts[to]
}

// Listen implements fabric.Fabric.
func (f *Fabric) Listen(subject fabric.Subject, listener func(message []byte)) (stop func()) {
	return f.ears.listen(subject, listener)
}

// Health implements fabric.Fabric.
func (f *Fabric) Health() fabric.Health {
	state := f.link.State()
	health := fabric.Health{
		Kind: "redis", Connected: state.Up && f.hearing.Load(), Detail: state.Why,
		Sent: f.sent.Load(), Received: f.received.Load(), Dropped: f.dropped.Load() + f.refused.Load(),
	}
	if state.Up && !health.Connected {
		health.Detail = "what is published does not come back"
	}
	return health
}

// Close implements fabric.Fabric. The link ends with it.
func (f *Fabric) Close(ctx context.Context) error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.leave(ctx)
	err := f.link.Close(ctx)
	f.ears.close()
	return err
}

// leave tells the others that we go, so that they need not wait until they miss us.
func (f *Fabric) leave(ctx context.Context) {
	client := f.link.Client()
	if client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := client.Do(ctx, client.B().Publish().Channel(f.keys.all).Message(f.beat(true)).Build()).Error(); err != nil {
		f.log.Debug("say good-bye", "error", redislink.Explain(err))
	}
}

// beat is the word that we live.
func (f *Fabric) beat(leaving bool) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := envelope{sender: f.name, life: f.life, number: f.last, leaving: leaving}
	return string(e.seal())
}
