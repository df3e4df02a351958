package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Flow is the flow on which the week runs.
const Flow = "unified"

// Length of the week, and how long before it the first version of the flow was published.
const (
	daysOfWeek = 7
	week       = daysOfWeek * 24 * time.Hour
	Before     = week + 24*time.Hour
)

// Kinds of notes in the store.
const (
	kindState   = "state"
	kindSession = "session"
	kindGroup   = "group"
	kindPerson  = "person"
	kindRobot   = "robot"
	kindAnswer  = "answer"
	kindVersion = "version"
	kindRange   = "range"

	stateFilling = "filling"
	stateFilled  = "filled"
	stateFailed  = "failed"
	stateRemoved = "removed"
)

// systemSession is where the coming and going of robots is noted, which belongs to no group.
const systemSession = "system"

var errNotTheFlow = errors.New("it is not the shipped flow")

// Deps are what the demo needs of the installation.
type Deps struct {
	Store  storage.Store
	Runner *runner.Runner
	Fill   func(*flowdeskv1.Settings) *flowdeskv1.Settings
	Log    *slog.Logger
	// TakeUp takes a command that waits into the installation's queue; Withdraw takes one out.
	TakeUp   func(*flowdeskv1.Command)
	Withdraw func(command string)
	// Robots are the demo's robots.
	Robots func() []*storage.RobotRecord
	// Days is how much is made; a week by default.
	Days int
	// RobotsChanged is told of all robots when some were added or removed.
	RobotsChanged func([]*storage.RobotRecord)
}

// Demo keeps the demo data of one installation. The methods are safe for concurrent use.
type Demo struct {
	deps Deps

	mu      sync.Mutex
	busy    bool
	percent int32
	failure string
	work    sync.WaitGroup
	ctx     context.Context //nolint:containedctx // the life of the filling
	cancel  context.CancelFunc
}

// New makes the keeper. Close must be called.
func New(deps Deps) *Demo {
	if deps.Days == 0 {
		deps.Days = daysOfWeek
	}
	d := &Demo{deps: deps}
	d.ctx, d.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // it is ended by Close
	return d
}

// length is how long the time is that is made.
func (d *Demo) length() time.Duration { return time.Duration(d.deps.Days) * 24 * time.Hour }

// Close ends filling; the next start begins it anew.
func (d *Demo) Close() {
	d.cancel()
	d.work.Wait()
}

// Wait waits until nothing is being made.
func (d *Demo) Wait() { d.work.Wait() }

// marks is what the store notes.
type marks map[string][]string

func (m marks) is(state string) bool { return slices.Contains(m[kindState], state) }

// Furnish gives an empty installation the demo's robots, people, groups and answers, so that callbacks can be bound before the week is made; one
// that has demo data, had it removed, or is at work, stays as it is.
func (d *Demo) Furnish(ctx context.Context) error {
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil || len(noted[kindState]) > 0 {
		return err
	}
	sessions, _, err := d.deps.Store.ListSessions(ctx, storage.SessionFilter{}, storage.Page{Size: 2})
	if err != nil || slices.ContainsFunc(sessions, func(s *flowdeskv1.Session) bool { return s.GetId() != systemSession }) {
		return err
	}
	return d.furnish(ctx)
}

// Resume makes the week where the installation was furnished for it, or where making it was cut off: then it begins anew.
func (d *Demo) Resume(ctx context.Context) error {
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil {
		return err
	}
	m := marks(noted)
	if !m.is(stateFilling) {
		return nil
	}
	if _, err := d.deps.Store.DeleteSessions(ctx, m[kindSession]); err != nil {
		return err
	}
	return d.Load(ctx)
}

// Load makes the directory at once and begins to make the week.
func (d *Demo) Load(ctx context.Context) error {
	if !d.begin() {
		return fmt.Errorf("demo data is being made or removed: %w", storage.ErrConflict)
	}
	if err := d.prepare(ctx); err != nil {
		d.end("")
		return err
	}
	d.work.Go(func() { //nolint:contextcheck // it goes on after the request
		err := d.fill(d.ctx)
		if err == nil {
			d.end("")
			return
		}
		d.end(err.Error())
		if d.ctx.Err() == nil {
			d.deps.Log.Error("demo data", "error", err)
			d.note(context.WithoutCancel(d.ctx), stateFailed)
		}
	})
	return nil
}

func (d *Demo) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy {
		return false
	}
	d.busy, d.percent, d.failure = true, 0, ""
	return true
}

func (d *Demo) end(failure string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy, d.failure = false, failure
}

// note replaces the state in the store.
func (d *Demo) note(ctx context.Context, state string) {
	others := slices.DeleteFunc([]string{stateFilling, stateFilled, stateFailed, stateRemoved}, func(s string) bool { return s == state })
	err := errors.Join(d.deps.Store.MarkDemo(ctx, kindState, state), d.deps.Store.UnmarkDemo(ctx, kindState, others...))
	if err != nil {
		d.deps.Log.Error("note of demo data", "error", err)
	}
}

// fill plays the week and hands its open ends to the installation.
func (d *Demo) fill(ctx context.Context) error {
	began := time.Now()
	until := d.deps.Runner.Now().Truncate(time.Second)
	zone := d.deps.Runner.Env().Zone
	length := d.length()
	since := until.Add(-length)
	versions, err := d.versions(ctx, since)
	if err != nil {
		return err
	}
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil {
		return err
	}
	sessions := make(map[string]bool)
	for _, s := range noted[kindSession] {
		sessions[s] = true
	}
	var h *history
	l, err := newLedger(ctx, d.deps.Store, sessions, func() *flowdeskv1.FlowVersion { return versionAt(versions, h.clock()) })
	if err != nil {
		return err
	}
	h = newHistory(d.deps.Runner.Catalog(), l, d.deps.Fill, since, until, d.deps.Log)
	if err := h.runner.Start(ctx); err != nil {
		return err
	}
	defer h.runner.Close()
	for _, v := range versions {
		h.at(laterOf(v.GetCreateTime().AsTime(), since), h.runner.Reload)
	}
	(&script{history: h, zone: zone, days: d.deps.Days}).write(since)
	if err := h.play(ctx, func(at time.Time) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.percent = int32(100 * at.Sub(since) / length)
	}); err != nil {
		return err
	}
	if err := d.deps.Store.MarkDemo(ctx, kindRange, since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	if err := d.deps.Store.ForgetDerived(ctx); err != nil {
		return err
	}
	d.note(ctx, stateFilled)
	if err := d.handOver(ctx, sessions); err != nil {
		return err
	}
	d.deps.Log.Info("demo data is there", "took", time.Since(began).Round(time.Millisecond).String())
	return nil
}

// versionAt is the version that was active at a time.
func versionAt(versions []*flowdeskv1.FlowVersion, at time.Time) *flowdeskv1.FlowVersion {
	active := versions[0]
	for _, v := range versions {
		if !v.GetCreateTime().AsTime().After(at) {
			active = v
		}
	}
	return active
}

// handOver lets the installation take up what the week leaves open: timers and commands that wait.
func (d *Demo) handOver(ctx context.Context, sessions map[string]bool) error {
	if err := d.deps.Runner.Reload(ctx); err != nil {
		return err
	}
	d.deps.Runner.TakeUp()
	return d.eachUnsettled(ctx, func(c *flowdeskv1.Command) {
		if sessions[c.GetSession()] && c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED {
			d.deps.TakeUp(c)
		}
	})
}

func (d *Demo) eachUnsettled(ctx context.Context, each func(*flowdeskv1.Command)) error {
	for after := ""; ; {
		commands, err := d.deps.Store.UnsettledCommands(ctx, after, storage.MaxPageSize)
		if err != nil {
			return err
		}
		for _, c := range commands {
			after = c.GetId()
			each(c)
		}
		if len(commands) < storage.MaxPageSize {
			return nil
		}
	}
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
