// Package redislink keeps one supervised connection to Redis for everything in the process that is faster with it. Nothing may depend on it but
// speed: whoever finds no client goes on without, at once.
//
// A Redis that is absent, dead or a black hole costs nobody anything but this package's own goroutine: the link is either up, or there is no
// client to be had. It may import nothing else of ours.
package redislink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"
)

// Times of the link.
const (
	dialWithin = time.Second // to connect, TLS included
	pingEvery  = time.Second // to find out that nobody answers any more
	pingWithin = time.Second // more is as good as away
	backoffMin = 100 * time.Millisecond
	backoffMax = 3 * time.Second // so that Redis is found again soon, and one that is away costs little
	endWithin  = 2 * time.Second // for connections to close
)

// cacheBytes bounds what the client keeps of Redis in memory for DoCache.
const cacheBytes = 16 << 20

// Task works with a client until the context ends or the client fails; its error brings the link down. It is run anew each time the link is up,
// and must return soon after its context ends.
type Task func(ctx context.Context, client rueidis.Client) error

// Link is the connection.
type Link struct {
	option rueidis.ClientOption
	log    *slog.Logger
	tasks  []Task

	up     atomic.Pointer[session]
	trip   atomic.Int64 // the last round trip, in nanoseconds
	downs  atomic.Int64
	mu     sync.Mutex
	why    string
	cancel context.CancelFunc
	ended  chan struct{}
}

// session is one time of being up.
type session struct {
	client rueidis.Client
	fail   context.CancelCauseFunc
}

// New reads the address of Redis: redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS. Its errors do not hold the address. It connects
// to nothing yet.
func New(address string, log *slog.Logger) (*Link, error) {
	option, err := Option(address)
	if err != nil {
		return nil, err
	}
	return &Link{option: option, log: log, why: "not connected yet", ended: make(chan struct{})}, nil
}

// Do adds a task. It must be called before Start.
func (l *Link) Do(task Task) { l.tasks = append(l.tasks, task) }

// Start connects, and connects again whenever the connection is lost, until Close. It does not wait.
func (l *Link) Start() {
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // it lives until Close
	l.cancel = cancel
	go l.supervise(ctx)
}

// Close ends the link and its tasks. One that was never started ends at once.
func (l *Link) Close(ctx context.Context) error {
	if l.cancel == nil {
		return nil
	}
	l.cancel()
	select {
	case <-l.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the link to redis: %w", ctx.Err())
	}
}

// Database is the number of the database within Redis. It is part of the names of channels, which databases share.
func (l *Link) Database() int { return l.option.SelectDB }

// Client gives the client while the link is up, and nil while it is not.
func (l *Link) Client() rueidis.Client {
	if s := l.up.Load(); s != nil {
		return s.client
	}
	return nil
}

// Failed says that a client did not answer in time: the link is down until Redis answers again. An old client's failure is no news.
func (l *Link) Failed(client rueidis.Client, err error) {
	if s := l.up.Load(); s != nil && s.client == client && !Refused(err) {
		l.down(s, err)
	}
}

// Refused reports whether Redis itself answered with an error: the connection is sound.
func Refused(err error) bool {
	_, refused := rueidis.IsRedisErr(err)
	return refused
}

// State is how the link stands.
type State struct {
	Up    bool
	Why   string        // why it is not up, without addresses or secrets
	Trip  time.Duration // the last round trip
	Downs int64         // how often it was lost
}

// State tells how the link stands.
func (l *Link) State() State {
	state := State{Up: l.up.Load() != nil, Trip: time.Duration(l.trip.Load()), Downs: l.downs.Load()}
	if !state.Up {
		l.mu.Lock()
		state.Why = l.why
		l.mu.Unlock()
	}
	return state
}

// down takes the client away from everybody, before its connections are closed.
func (l *Link) down(s *session, err error) {
	l.hide(s)
	s.fail(err)
}

func (l *Link) hide(s *session) {
	if l.up.CompareAndSwap(s, nil) {
		l.downs.Add(1)
	}
}

func (l *Link) supervise(ctx context.Context) {
	defer close(l.ended)
	wait, told := backoffMin, ""
	for ctx.Err() == nil {
		start := time.Now()
		err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		why := Explain(err)
		l.mu.Lock()
		l.why = why
		l.mu.Unlock()
		if time.Since(start) > backoffMax { // it was up for a while
			wait, told = backoffMin, ""
		}
		if why != told {
			l.log.Warn("redis is away; going on without it", "why", why)
			told = why
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait/2 + rand.N(wait)): // replicas do not all come back in the same moment
		}
		wait = min(2*wait, backoffMax)
	}
}

// session connects and works until something fails.
func (l *Link) session(parent context.Context) error {
	ctx, fail := context.WithCancelCause(parent)
	defer fail(nil)
	sockets := &sockets{open: make(map[net.Conn]bool)}
	option := l.option
	option.DialCtxFn = sockets.dial(option.DialCtxFn)
	client, err := connect(ctx, option, sockets)
	if err != nil {
		return err
	}
	s := &session{client: client, fail: fail}
	group, ctx := errgroup.WithContext(ctx)
	defer func() {
		sockets.close() // those who wait for an answer wait no longer
		closeClient(client)
	}()
	if err := l.ping(ctx, client); err != nil {
		return err
	}
	l.up.Store(s)
	l.log.Info("redis answers")
	group.Go(func() error { return l.beat(ctx, client) })
	for _, task := range l.tasks {
		group.Go(func() error { return task(ctx, client) })
	}
	group.Go(func() error {
		<-ctx.Done()
		l.hide(s)
		sockets.close()
		return context.Cause(ctx)
	})
	return group.Wait()
}

// connect makes a client, which rueidis does not let be interrupted: its sockets are closed instead.
func connect(ctx context.Context, option rueidis.ClientOption, sockets *sockets) (rueidis.Client, error) {
	timer := time.AfterFunc(dialWithin+pingWithin, sockets.close)
	defer timer.Stop()
	defer context.AfterFunc(ctx, sockets.close)()
	return rueidis.NewClient(option)
}

// closeClient does not wait for a client that cannot say good-bye: with its sockets closed its goroutines end by themselves.
func closeClient(client rueidis.Client) {
	closed := make(chan struct{})
	go func() {
		client.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(endWithin):
	}
}

// beat asks for a sign of life as long as there is one.
func (l *Link) beat(ctx context.Context, client rueidis.Client) error {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if err := l.ping(ctx, client); err != nil {
			return err
		}
	}
}

func (l *Link) ping(ctx context.Context, client rueidis.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pingWithin, errSilent)
	defer cancel()
	start := time.Now()
	if err := client.Do(ctx, client.B().Ping().Build()).Error(); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return errSilent
		}
		return err
	}
	l.trip.Store(int64(time.Since(start)))
	return nil
}
