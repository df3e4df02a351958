package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/redislimits"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
)

// shared reports whether other servers may use the database at the same time.
func (o *Options) shared() bool { return database.Setting{Name: o.Database}.IsPostgres() && !o.Sole }

// replicated is what a server does as one of several.
type replicated struct {
	app     *App
	members *replica.Members
	limits  *outbox.Stored
	follow  chan struct{} // the environment may have changed
	cancel  context.CancelFunc
	work    sync.WaitGroup
	ended   sync.Once

	behind atomic.Pointer[behind] // nil while everything is followed
	robots atomic.Bool            // the robots are to be read, because something was followed since

	records func(context.Context) ([]*storage.RobotRecord, error) // reads the robots
}

// behind is that changes of others could not be taken up.
type behind struct {
	since time.Time
	why   error
	told  time.Time // in the log
}

// share makes this server one of several on its database.
func (a *App) share(running *runner.Options, alive replica.Options) {
	r := &replicated{app: a, follow: make(chan struct{}, 1), cancel: func() {}, records: a.Store.ListRobots}
	r.members = replica.New(a.Store, replica.Options{Name: a.name, Fabric: a.Fabric, Log: a.log, TTL: alive.TTL, Every: alive.Every})
	running.Shares = r.members
	running.Changed = func() { a.Fabric.Send(fabric.Environment, nil) }
	a.Guard.ShareTries(a.Store)
	a.replica = r
}

// shareRobots lets the replicas keep the limits of the robots' platforms together.
func (r *replicated) shareRobots() {
	a := r.app
	hint := func() { a.Fabric.Send(fabric.Commands, nil) }
	r.limits = outbox.NewStored(a.Store, a.log, hint)
	var limits outbox.Limits = r.limits
	if a.redis != nil {
		limits = redislimits.New(a.redis, r.limits)
	}
	a.Outbox.Share(outbox.Sharing{Limits: limits, Leases: r.members, Notes: a.Store, Hint: hint})
}

// start joins the others. What waits for this replica's partitions is taken up before it returns.
func (r *replicated) start(ctx context.Context) error {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	hear := func(subject fabric.Subject, f func()) {
		stop := r.app.Fabric.Listen(subject, func([]byte) { f() })
		context.AfterFunc(own, stop)
	}
	hear(fabric.Inbox, r.app.Runner.Look)
	hear(fabric.Commands, func() {
		r.app.Outbox.LookAtNotes()
		r.limits.Look()
	})
	hear(fabric.Environment, func() {
		select {
		case r.follow <- struct{}{}:
		default:
		}
	})
	r.work.Go(func() { r.followEnvironment(own) })
	return r.members.Start(ctx, r)
}

// leave ends this replica's part. Nothing of its turns and commands may be under way.
func (r *replicated) leave() {
	r.ended.Do(func() {
		r.cancel()
		r.work.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), leaveWithin) //nolint:forbidigo // the end has a time of its own
		defer cancel()
		if err := r.members.Leave(ctx); err != nil {
			r.app.log.Error("its partitions are free when its time to live has passed", "error", err)
		}
		if r.limits != nil {
			r.limits.Close()
		}
	})
}

// leaveWithin bounds the good-bye to the database.
const leaveWithin = 2 * time.Second

// Prepare implements replica.Worker. Commands that are taken up go to groups and by robots that another replica may have met a moment ago.
func (r *replicated) Prepare(ctx context.Context, partitions []int32) error {
	if err := r.followOnce(ctx); err != nil {
		return err
	}
	return r.app.Outbox.Gained(ctx, partitions)
}

// Gained implements replica.Worker.
func (r *replicated) Gained(partitions []int32) { r.app.Runner.Gained(partitions) }

// Yield implements replica.Worker.
func (r *replicated) Yield(ctx context.Context, partitions []int32) {
	r.app.Outbox.Yield(ctx, partitions)
}

// Lost implements replica.Worker.
func (r *replicated) Lost(partitions []int32) {
	r.app.Outbox.Lost(partitions)
	r.app.Runner.Lost(partitions)
}

// Following the environment that others change.
const (
	followEvery  = 2 * time.Second // without a hint
	followWithin = 10 * time.Second
	followPause  = 100 * time.Millisecond // between two: hundreds of groups may be met in a second
	behindSoon   = 5 * time.Second        // of falling behind that may pass by itself
	behindTold   = time.Minute            // between two lines of the log about it
)

// followEnvironment builds the environment anew whenever another replica changed it.
func (r *replicated) followEnvironment(ctx context.Context) {
	poll := time.NewTicker(followEvery)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.follow:
		case <-poll.C:
		}
		if err := r.followOnce(ctx); err == nil {
			r.behind.Store(nil)
		} else if ctx.Err() == nil {
			r.fellBehind(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(followPause):
		}
	}
}

// followOnce takes up what others changed. What could not be taken up the last time is, even when nothing was changed since.
func (r *replicated) followOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, followWithin)
	defer cancel()
	changed, err := r.app.Runner.Follow(ctx)
	if err == nil && !changed && r.behind.Load() != nil {
		changed, err = true, r.app.Runner.Reload(ctx)
	}
	if changed {
		r.robots.Store(true)
	}
	if err != nil || !r.robots.Swap(false) {
		return err
	}
	records, err := r.records(ctx)
	if err != nil {
		r.robots.Store(true) // whoever follows next reads them, although nothing changed since
		return err
	}
	r.app.robotsChanged(records)
	return nil
}

// fellBehind notes why others are not followed, and tells the log at once and then now and then.
func (r *replicated) fellBehind(err error) {
	now, is := time.Now(), behind{why: err}
	if was := r.behind.Load(); was != nil {
		is.since, is.told = was.since, was.told
	} else {
		is.since = now
	}
	if now.Sub(is.told) >= behindTold {
		is.told = now
		r.app.log.Error("follow the environment", "error", err)
	}
	r.behind.Store(&is)
}

// stale says what a server that does not follow the others keeps doing as before.
func (a *App) stale() string {
	if a.replica == nil {
		return ""
	}
	is := a.replica.behind.Load()
	if is == nil || time.Since(is.since) < behindSoon || a.health.Away() != nil {
		return ""
	}
	why := "the log says why"
	if errors.Is(is.why, sealed.ErrOpen) {
		why = "another server sealed secrets with a key that this one does not have: start all with the same keys"
	}
	return fmt.Sprintf("settings, people, groups, robots and flows are as they were at %s here, whatever others changed since (%s)", is.since.UTC().Format(time.RFC3339), why)
}

// leads reports whether this server does what one of several is enough for.
func (a *App) leads() bool { return a.replica == nil || a.replica.members.Leads() }

// leadership is the lease under which this server, one of several, does what one is enough for.
func (a *App) leadership() (lease int64, leads bool) { return a.replica.members.Fence(replica.Leader) }

// turnHints tell other replicas of committed turns.
type turnHints struct{ fabric.Fabric }

// Send implements server.TurnHints.
func (h turnHints) Send() { h.Fabric.Send(fabric.Turns, nil) }

// Listen implements server.TurnHints.
func (h turnHints) Listen(f func()) (stop func()) {
	return h.Fabric.Listen(fabric.Turns, func([]byte) { f() })
}
