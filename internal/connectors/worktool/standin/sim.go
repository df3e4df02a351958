package standin

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ErrNoSuch means that a robot or group named in a call does not exist.
var ErrNoSuch = errors.New("no such robot or group")

// Sim is the stand-in: an http.Handler with robots, phones and chats behind it.
type Sim struct {
	opts Options
	mux  *http.ServeMux
	html pages
	post *poster
	ctx  context.Context //nolint:containedctx // the life of phones and callbacks, ended by Close
	stop context.CancelFunc
	work sync.WaitGroup // phones

	mu     sync.Mutex // guards all below, and every robot and chat
	closed bool
	random *rand.Rand
	limits map[string]*window
	robots []*robot
	byID   map[string]*robot
	groups []*chat
	byName map[string]*chat // groups by true name
	people map[string]bool
	lastID int64
	lines  int64
	ledger ledger
	counts Counts
}

// New makes a Sim with the world of the options. It stops with the context; Close must be called all the same.
func New(ctx context.Context, o Options) (*Sim, error) {
	o = o.withDefaults()
	html, err := parsePages()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Sim{
		opts: o, ctx: ctx, stop: stop, html: html, random: rand.New(rand.NewPCG(o.RandomSeed, 1)),
		limits: map[string]*window{}, byID: map[string]*robot{}, byName: map[string]*chat{}, people: map[string]bool{}, ledger: newLedger(o.Ledger),
	}
	if err := s.settle(o.World); err != nil {
		stop()
		return nil, err
	}
	s.post = newPoster(ctx, o.Client, o.Workers)
	s.mux = s.routes()
	return s, nil
}

// settle makes the world.
func (s *Sim) settle(w World) error {
	for _, name := range w.People {
		s.people[name] = true
	}
	for _, seed := range w.Robots {
		if err := s.AddRobot(seed); err != nil {
			return err
		}
	}
	for _, seed := range w.Groups {
		if err := s.AddGroup(seed); err != nil {
			return err
		}
	}
	return nil
}

// ServeHTTP answers the platform's paths and those under /sim/.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close stops phones and callbacks at once and waits for them. What was queued is lost, as with a dead phone.
func (s *Sim) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.post.close()
	s.work.Wait()
	s.opts.Client.CloseIdleConnections()
}

// AddRobot adds a robot that is a member of no group yet.
func (s *Sim) AddRobot(seed RobotSeed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seed.ID == "" || s.byID[seed.ID] != nil {
		return fmt.Errorf("robot %q has no id or exists already", seed.ID)
	}
	r := newRobot(seed, s.opts.Now(), s.opts.Keep)
	s.byID[r.id] = r
	s.robots = append(s.robots, r)
	return nil
}

// AddGroup adds a group of people and robots that exist.
func (s *Sim) AddGroup(seed GroupSeed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seed.Name == "" || s.byName[seed.Name] != nil {
		return fmt.Errorf("group %q has no name or exists already", seed.Name)
	}
	g := newChat(seed.Name, s.opts.ChatLines)
	g.internal = seed.Internal
	for _, name := range seed.Members {
		s.people[name] = true
		g.members = append(g.members, name)
	}
	if len(seed.Robots) == 0 {
		g.robots = slices.Clone(s.robots)
	}
	for _, id := range seed.Robots {
		r := s.byID[id]
		if r == nil {
			return fmt.Errorf("group %q: robot %q: %w", seed.Name, id, ErrNoSuch)
		}
		g.robots = append(g.robots, r)
	}
	for id, remark := range seed.Remarks {
		r := s.byID[id]
		if r == nil {
			return fmt.Errorf("group %q: remark of robot %q: %w", seed.Name, id, ErrNoSuch)
		}
		g.remarks[r] = remark
	}
	s.enlist(g)
	return nil
}

// SetMode changes how a robot behaves, from now on. Going offline or online is reported to the bound addresses.
func (s *Sim) SetMode(robotID string, m Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byID[robotID]
	if r == nil {
		return fmt.Errorf("robot %q: %w", robotID, ErrNoSuch)
	}
	wasOffline := r.mode.Offline
	r.mode, r.hits = m, 0
	clear(r.failures)
	if m.Offline != wasOffline {
		s.reportPresence(r)
	}
	s.startPhone(r)
	return nil
}

// enlist adds a group to the world.
func (s *Sim) enlist(g *chat) {
	s.groups = append(s.groups, g)
	s.byName[g.name] = g
	for _, r := range g.robots {
		r.chats[g.shown(r)] = g
	}
}

// hit decides whether a fault of r strikes this time.
func (s *Sim) hit(m *Mode) bool {
	return m.Share <= 0 || m.Share >= 1 || s.random.Float64() < m.Share
}

// nextID makes a message id like the platform's: a snowflake of nineteen digits, ever growing.
func (s *Sim) nextID(now time.Time) int64 {
	const epoch = 1288834974657 // the usual snowflake epoch, in milliseconds
	const lowest = 1784417250785046528
	id := int64(lowest)
	if ms := now.UnixMilli() - epoch; ms > 0 {
		id = max(id, ms<<22)
	}
	s.lastID = max(id, s.lastID+1)
	return s.lastID
}

// after runs f later, unless the Sim is closed by then.
func (s *Sim) after(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	time.AfterFunc(d, func() {
		if s.ctx.Err() == nil {
			f()
		}
	})
}

// sleep waits, and reports whether the time passed before the end of the Sim or of the request.
func (s *Sim) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ctx.Done():
	case <-ctx.Done():
	}
	return false
}
