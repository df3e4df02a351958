package replica

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/storage"
)

// Times of a replica's life.
const (
	// DefaultTTL is how long a replica counts as alive after its last beat: a dead one's work moves after that.
	DefaultTTL = 3 * time.Second
	// DefaultEvery is the time between two beats.
	DefaultEvery = time.Second
	// margin is how much earlier than the database a replica takes its leases for ended: clocks may run at a somewhat different pace.
	margin = 500 * time.Millisecond
)

// Leader is the partition that no session lies in. Whoever has it does what one replica is enough for.
const Leader int32 = storage.Partitions

const all = storage.Partitions + 1

// Store is what a replica needs of the database.
type Store interface {
	Beat(ctx context.Context, replica string, ttl time.Duration) (*storage.Membership, error)
	TakeLeases(ctx context.Context, replica string, partitions []int32) ([]*storage.Lease, error)
	FreeLeases(ctx context.Context, replica string, partitions []int32) error
	Leave(ctx context.Context, replica string) error
}

// Worker does the work of partitions. Its methods are called one at a time.
type Worker interface {
	// Prepare is called before partitions become ours. With an error they do not, and it is tried again. It may take longer than the time to live:
	// beats go on meanwhile, and its context ends when they do not arrive.
	Prepare(ctx context.Context, partitions []int32) error
	// Gained is called after partitions became ours.
	Gained(partitions []int32)
	// Yield is called before partitions go to another replica in order: what cannot be taken up elsewhere without a doubt ends, unless the
	// context ends first.
	Yield(ctx context.Context, partitions []int32)
	// Lost is called after partitions ceased to be ours. It must return soon.
	Lost(partitions []int32)
}

// Options of a replica. Zero values take the defaults.
type Options struct {
	// Name tells the replica from all others that ever were: by default the machine's, the process's and a random part.
	Name   string
	TTL    time.Duration
	Every  time.Duration
	Fabric fabric.Fabric // hints to others; by default none
	Log    *slog.Logger
}

// Members is this replica among its like.
type Members struct {
	store   Store
	worker  Worker
	options Options

	numbers [all]atomic.Int64           // of the leases that we hold; 0 for those that we do not
	holders [all]atomic.Pointer[string] // as of the last beat
	beaten  atomic.Pointer[time.Time]   // when the last beat that succeeded began
	count   atomic.Int64                // members that lived then
	stats   stats

	wake   chan struct{}
	drop   sync.Mutex
	toldOf []int32 // refused since the last beat
	stop   context.CancelFunc
	work   sync.WaitGroup
	unhear func()
}

// NewName is a name that no other replica has.
func NewName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "replica"
	}
	return fmt.Sprintf("%.40s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

// New makes a replica. It has nothing before Start.
func New(store Store, options Options) *Members {
	if options.Name == "" {
		options.Name = NewName()
	}
	if options.TTL == 0 {
		options.TTL = DefaultTTL
	}
	if options.Every == 0 {
		options.Every = DefaultEvery
	}
	if options.Fabric == nil {
		options.Fabric = fabric.Alone{}
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	m := &Members{store: store, options: options, wake: make(chan struct{}, 1), stop: func() {}, unhear: func() {}}
	m.count.Store(1)
	return m
}

// Name is the replica's.
func (m *Members) Name() string { return m.options.Name }

// Start beats for the first time and takes what nobody has; the worker hears of it before Start returns. With an error that wraps
// storage.ErrUnavailable the database is away or too slow to say anything in the time to live: whoever starts may try again.
func (m *Members) Start(ctx context.Context, worker Worker) error {
	m.worker = worker
	if err := m.beat(ctx); err != nil {
		return fmt.Errorf("join the replicas: %w", err)
	}
	m.unhear = m.options.Fabric.Listen(fabric.Members, func([]byte) { m.ring() })
	m.options.Fabric.Send(fabric.Members, nil)
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.stop = stop
	m.work.Go(func() { m.loop(own) })
	return nil
}

// Leave ends the replica's life: its leases are free for others at once. Nothing of its work may be under way any more.
func (m *Members) Leave(ctx context.Context) error {
	m.unhear()
	m.stop()
	m.work.Wait()
	for p := range m.numbers {
		m.numbers[p].Store(0)
	}
	err := m.store.Leave(ctx, m.options.Name)
	m.options.Fabric.Send(fabric.Members, nil)
	if err != nil {
		return fmt.Errorf("leave the replicas: %w", err)
	}
	return nil
}

func (m *Members) ring() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Members) loop(ctx context.Context) {
	clock := time.NewTicker(m.options.Every)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		case <-m.wake:
		}
		if err := m.beat(ctx); err != nil && ctx.Err() == nil {
			m.options.Log.Error("beat", "replica", m.options.Name, "error", err)
		}
	}
}

// beat is live within the time to live, and then takes up the work of what it took. A database that says nothing in that time is away, like one
// that refuses: a start must be able to tell that from its own end.
func (m *Members) beat(ctx context.Context) error {
	taken, err := m.liveInTime(ctx)
	if err != nil || len(taken) == 0 {
		return err
	}
	return m.takeUp(ctx, taken)
}

func (m *Members) liveInTime(ctx context.Context) ([]*storage.Lease, error) {
	limited, cancel := context.WithTimeout(ctx, m.options.TTL)
	defer cancel()
	taken, err := m.live(limited)
	if errors.Is(err, storage.ErrUnknown) { // whatever came of it, the next beat sees it
		return nil, fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	if err != nil && limited.Err() != nil && ctx.Err() == nil && !errors.Is(err, storage.ErrUnavailable) {
		return nil, fmt.Errorf("%w: no beat within %s: %w", storage.ErrUnavailable, m.options.TTL, err)
	}
	return taken, err
}

// live says that the replica lives, and brings what it holds in line with who lives. The leases that it took are not ours before their work is
// taken up.
func (m *Members) live(ctx context.Context) (taken []*storage.Lease, err error) {
	began := time.Now()
	membership, err := m.store.Beat(ctx, m.options.Name, m.options.TTL)
	if err != nil {
		m.stats.failed.Add(1)
		if m.fresh() <= 0 {
			m.lose(m.held(), "no beat reached the database")
		}
		return nil, err
	}
	m.lose(m.refused(), "a commit was refused")
	if m.fresh() <= 0 { // nobody may have taken them, but others may have looked
		m.lose(m.held(), "the beat came too late")
	}
	m.beaten.Store(&began)
	names := make([]string, 0, len(membership.Members))
	for _, member := range membership.Members {
		names = append(names, member.Name)
	}
	m.count.Store(int64(max(1, len(names))))
	leases := m.note(membership)
	var lost, give, want []int32
	for p := range int32(all) {
		held := m.numbers[p].Load()
		lease := leases[p]
		ours := lease != nil && lease.Holder == m.options.Name
		mine := chosen(p, names) == m.options.Name
		switch {
		case held != 0 && (!ours || lease.Number != held):
			lost = append(lost, p)
		case ours && !mine: // we hold it, or we let go of it and the database did not hear: nobody else could take it
			give = append(give, p)
		case held == 0 && mine && (lease == nil || ours || !slices.Contains(names, lease.Holder)):
			want = append(want, p)
		}
	}
	m.lose(lost, "another replica has them")
	return m.exchange(ctx, give, want)
}

// note remembers who holds what.
func (m *Members) note(membership *storage.Membership) map[int32]*storage.Lease {
	leases := make(map[int32]*storage.Lease, len(membership.Leases))
	for _, lease := range membership.Leases {
		leases[lease.Partition] = lease
	}
	for p := range int32(all) {
		var holder string
		if lease := leases[p]; lease != nil {
			holder = lease.Holder
		}
		if known := m.holders[p].Load(); known == nil || *known != holder {
			m.holders[p].Store(&holder)
		}
	}
	return leases
}

// exchange gives partitions to those who are to have them, and takes others.
func (m *Members) exchange(ctx context.Context, give, want []int32) ([]*storage.Lease, error) {
	if len(give) > 0 {
		held := slices.DeleteFunc(slices.Clone(give), func(p int32) bool { return m.numbers[p].Load() == 0 })
		m.yield(ctx, held)
		m.lose(held, "they are another replica's share")
		if err := m.store.FreeLeases(ctx, m.options.Name, give); err != nil {
			return nil, err // the database still has them as ours: the next beat frees them
		}
		m.options.Fabric.Send(fabric.Members, nil)
	}
	if len(want) == 0 {
		return nil, nil
	}
	return m.store.TakeLeases(ctx, m.options.Name, want)
}

// yieldWithin bounds the wait for what is on its way outside: beats wait for it too.
const yieldWithin = time.Second

func (m *Members) yield(ctx context.Context, partitions []int32) {
	ctx, cancel := context.WithTimeout(ctx, yieldWithin)
	defer cancel()
	m.worker.Yield(ctx, partitions)
}
