package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// cluster is several outboxes on one store, before one platform, in virtual time.
type cluster struct {
	*world
	*shared
	replicas map[string]*replica
	reading  time.Duration // what it takes to read a command

	mu    sync.Mutex
	owner map[int32]string // as the store says
}

// replica is one of them: a runner as its outbox sees it.
type replica struct {
	*shell
	cluster *cluster
	name    string
	out     *outbox.Outbox
	limits  *outbox.Stored

	mu   sync.Mutex
	held map[int32]bool // as it believes
	left time.Duration
	asks func(ctx context.Context) error // before a command is read; nil for nothing
}

var errElsewhere = errors.New("the session belongs to another replica")

// cluster lets a story happen to replicas a and b. Neither owns anything at first.
func inCluster(t *testing.T, story func(t *testing.T, c *cluster)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := &world{t: t, shell: &shell{rows: make(map[string]*row), commits: make(chan func(), 10_000)}, platform: &platform{took: make(map[string]string)}}
		c := &cluster{world: w, shared: newShared(), replicas: make(map[string]*replica), owner: make(map[int32]string)}
		w.settle(desk.FillSettings(nil), robots()...)
		w.sending = func(_, text string) { require.NoError(t, w.mayLeave(text)) } // invariant 5, in every story
		go w.commitAll()
		defer close(w.commits)
		for _, name := range []string{"a", "b"} {
			c.start(name)
		}
		defer func() {
			for _, r := range c.replicas {
				r.end()
			}
		}()
		story(t, c)
	})
}

func (c *cluster) start(name string) *replica {
	c.t.Helper()
	r := &replica{shell: c.world.shell, cluster: c, name: name, held: make(map[int32]bool), left: time.Hour}
	r.limits = outbox.NewStored(c.shared, slog.New(slog.DiscardHandler), nil)
	r.out = outbox.New(r, r, c.platform, choose, slog.New(slog.DiscardHandler))
	r.out.Share(outbox.Sharing{Limits: r.limits, Leases: r, Notes: c.shared, Hint: func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, other := range c.replicas {
			if other != r {
				other.out.LookAtNotes()
			}
		}
	}})
	require.NoError(c.t, r.out.Start(c.t.Context()))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replicas[name] = r
	return r
}

func (r *replica) end() {
	r.out.Close()
	r.limits.Close()
}

// give lets sessions go to a replica, as the leases do: the one before loses them first.
func (c *cluster) give(name string, sessions ...string) {
	c.t.Helper()
	for _, session := range sessions {
		p := storage.Partition(session)
		c.mu.Lock()
		before := c.replicas[c.owner[p]]
		c.owner[p] = name
		c.mu.Unlock()
		if before != nil {
			before.hold(p, false)
			before.out.Lost([]int32{p})
		}
		if r := c.replicas[name]; r != nil {
			r.hold(p, true)
			require.NoError(c.t, r.out.Gained(c.t.Context(), []int32{p}))
		}
	}
}

func (r *replica) hold(p int32, held bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[p] = held
}

// freeze says how long a replica's leases still hold as it sees them.
func (r *replica) freeze(left time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = left
}

// beforeReads says what happens before the replica reads a command.
func (r *replica) beforeReads(asks func(ctx context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = asks
}

// Left implements outbox.Leases.
func (r *replica) Left(p int32) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.held[p] {
		return 0
	}
	return r.left
}

// Members implements outbox.Leases.
func (r *replica) Members() int {
	r.cluster.mu.Lock()
	defer r.cluster.mu.Unlock()
	return len(r.cluster.replicas)
}

// owns reports what the store says.
func (r *replica) owns(session string) bool {
	r.cluster.mu.Lock()
	defer r.cluster.mu.Unlock()
	return r.cluster.owner[storage.Partition(session)] == r.name
}

// Deliver implements outbox.Shell: under the fence.
func (r *replica) Deliver(d *storage.Delivery, done func(bool, error)) {
	r.commits <- func() {
		if d.Session != "" && !r.owns(d.Session) {
			done(true, nil)
			return
		}
		r.shell.mu.Lock()
		won := r.deliver(d)
		r.shell.mu.Unlock()
		done(!won, nil)
	}
}

// SubmitWith implements outbox.Shell: turns run where the session is.
func (r *replica) SubmitWith(e *flowdeskv1.Event, deliveries []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error {
	r.commits <- func() {
		if !r.owns(e.GetSession()) {
			done(nil, errElsewhere)
			return
		}
		if err := r.turn(e, deliveries); err != nil {
			done(nil, err)
			return
		}
		if due := e.GetCommandDue().GetCommand(); due != "" {
			r.out.Release(due)
		}
		done(&flowdeskv1.Turn{Event: e}, nil)
	}
	return nil
}

// UnsettledCommands implements outbox.Store.
func (r *replica) UnsettledCommands(ctx context.Context, after string, _ int) ([]*flowdeskv1.Command, error) {
	if after != "" {
		return nil, nil
	}
	r.shell.mu.Lock()
	ids := make([]string, 0, len(r.rows))
	for id := range r.rows {
		ids = append(ids, id)
	}
	r.shell.mu.Unlock()
	var out []*flowdeskv1.Command
	for _, id := range ids {
		command, err := r.GetCommand(ctx, id)
		if err != nil {
			return nil, err
		}
		if s := command.GetState(); s != flowdeskv1.CommandState_COMMAND_STATE_COMPLETED && s != flowdeskv1.CommandState_COMMAND_STATE_FAILED {
			out = append(out, command)
		}
	}
	return out, nil
}

// GetCommand implements outbox.Store.
func (r *replica) GetCommand(ctx context.Context, id string) (*flowdeskv1.Command, error) {
	wait(r.cluster.reading)
	r.mu.Lock()
	asks := r.asks
	r.mu.Unlock()
	if asks != nil {
		if err := asks(ctx); err != nil {
			return nil, err
		}
	}
	return books{nil, r.shell}.GetCommand(ctx, id)
}

// commit stores a command of a session and adds it where the session is.
func (c *cluster) commit(command *flowdeskv1.Command) {
	c.mu.Lock()
	owner := c.replicas[c.owner[storage.Partition(command.GetSession())]]
	c.mu.Unlock()
	if owner != nil {
		owner.out.Claim(command)
	}
	c.shell.mu.Lock()
	c.rows[command.GetId()] = &row{command: proto.CloneOf(command), state: command.GetState(), attempts: command.GetAttempts(), robot: command.GetRobot()}
	c.shell.mu.Unlock()
	if owner != nil {
		owner.out.Add(command)
	}
}

// notice is a notice to somebody in a session.
func notice(session, id string) *flowdeskv1.Command {
	n := to(id, id)
	n.Session, n.TargetSession = session, session
	return n
}

// times counts how often something was said.
func (c *cluster) times(text string) int {
	n := 0
	for _, said := range c.said() {
		if said == "day:"+text || said == "night:"+text {
			n++
		}
	}
	return n
}

func (c *cluster) state(command string) flowdeskv1.CommandState { return c.row(command).state }

var _ outbox.Shell = (*replica)(nil)

func (r *replica) Env() *engine.Env { return r.shell.Env() }
