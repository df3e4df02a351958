package spill

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Errors of a spill.
var (
	// ErrFull is an event beyond the limit; it was not kept.
	ErrFull = errors.New("the spill is full")
	// ErrClosed is a spill that was closed; the event was not kept.
	ErrClosed = errors.New("the spill is closed")
	// ErrSealed is a log that cannot be opened with the given keys.
	ErrSealed = errors.New("the spill cannot be opened")
)

// Defaults of the options.
const (
	DefaultLimit   = 1 << 30
	defaultSegment = 4 << 20
)

// Sealer makes what is written unreadable to whoever has the disk. What is sealed for one place does not open at another.
type Sealer interface {
	Seal(place, text string) string
	Open(place, text string) (string, error)
}

// Options of a spill.
type Options struct {
	// Dir holds the log; it is made with mode 0700.
	Dir string
	// Limit bounds the log, in bytes; 1 GiB by default. Beyond it nothing is kept.
	Limit int64
	// Segment is the size from which a new file is begun, in bytes; 4 MiB by default. A file is removed when all of it was drained.
	Segment int64
	// Sealer seals the events.
	Sealer Sealer
	// Log is told of what cannot be read; slog.Default by default.
	Log *slog.Logger
	// Now is the clock; time.Now by default.
	Now func() time.Time

	create func(path string) (file, error)   // for tests
	read   func(path string) ([]byte, error) // likewise
}

// Stats are figures of a spill.
type Stats struct {
	// Spilled and Drained count the events since the process started.
	Spilled, Drained int64
	// Waiting counts the events that are in the log, Bytes is their size there.
	Waiting, Bytes int64
	// Oldest is when the first of them was received; the zero time when there is none.
	Oldest time.Time
	// Broken counts what was set aside, in earlier processes too: damaged places, files that could not be read, events that the store does not take.
	Broken int64
}

// Spill is a log of events. It is made by Open and ended by Close.
type Spill struct {
	options Options

	mu      sync.Mutex // guards what follows
	queue   []entry
	wake    chan struct{}
	closed  bool
	writing bool // entries were taken from the queue and are not synced yet
	reserve int64
	stats   Stats

	files    sync.Mutex // held while files are written, read or removed; never taken with mu held
	segments []*segment // oldest first
	current  file       // of the last segment; nil when the next write begins a new one
	sequence uint64     // of the last record
	number   uint64     // of the last segment

	done sync.WaitGroup
}

// entry is an event on its way to the disk.
type entry struct {
	plain    []byte
	flags    byte
	received time.Time
	done     func(error)
}

// overhead is about what sealing and framing add to an event besides a third of its size.
const overhead = 128

func (e *entry) size() int64 { return int64(len(e.plain))*4/3 + overhead }

// Open opens the log of a directory, and begins one where there is none. With ErrSealed it holds events that the keys do not open.
func Open(options Options) (*Spill, error) {
	if options.Limit <= 0 {
		options.Limit = DefaultLimit
	}
	if options.Segment <= 0 {
		options.Segment = defaultSegment
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.create == nil {
		options.create = create
	}
	if options.read == nil {
		options.read = os.ReadFile
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spill: %w", err)
	}
	s := &Spill{options: options, wake: make(chan struct{}, 1)}
	if err := s.find(); err != nil {
		return nil, fmt.Errorf("open spill: %w", err)
	}
	s.done.Go(s.write)
	return s, nil
}

// Add keeps an event behind all that were added before. It returns at once; done is called when the event is synced to the disk, or with the
// reason why it is not kept. Perhaps says that the database may have the event already.
func (s *Spill) Add(event *flowdeskv1.Event, perhaps bool, done func(error)) {
	plain, err := proto.MarshalOptions{Deterministic: true}.Marshal(event)
	if err != nil {
		done(fmt.Errorf("spill event %s: %w", event.GetId(), err))
		return
	}
	e := entry{plain: plain, received: event.GetReceivedAt().AsTime(), done: done}
	if perhaps {
		e.flags = flagPerhaps
	}
	if err := s.enqueue(e); err != nil {
		done(fmt.Errorf("spill event %s: %w", event.GetId(), err))
	}
}

func (s *Spill) enqueue(e entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.stats.Bytes+s.reserve+e.size() > s.options.Limit || e.size() > maxPayload {
		return ErrFull
	}
	s.reserve += e.size()
	s.queue = append(s.queue, e)
	s.ring()
	return nil
}

func (s *Spill) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Empty reports whether the log holds nothing and nothing is on its way there.
func (s *Spill) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats.Waiting == 0 && len(s.queue) == 0 && !s.writing
}

// Stats are the present figures.
func (s *Spill) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Close writes what was added and ends the spill. What is in the log stays there.
func (s *Spill) Close() error {
	s.mu.Lock()
	s.closed = true
	s.ring()
	s.mu.Unlock()
	s.done.Wait()
	s.files.Lock()
	defer s.files.Unlock()
	if s.current == nil {
		return nil
	}
	err := s.current.Close()
	s.current = nil
	return err
}
