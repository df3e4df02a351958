package simulator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// Store is what a manager needs of the product's store: definitions, settings and test cases. It only reads the first two.
type Store interface {
	storage.TestCaseStore
	GetFlow(ctx context.Context, flow string) (*flowdeskv1.Flow, error)
	GetVersion(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowVersion, error)
	GetSettings(ctx context.Context) (*flowdeskv1.Settings, error)
}

// Options tune a manager.
type Options struct {
	// Dir is where the temporary databases are; what is in it is removed. By default a new directory among the system's temporary files.
	Dir string
	// Store holds flows and test cases; nil means that there are none, and only definitions that are sent can be tried.
	Store Store
	// Catalog knows the node types; the built-in ones by default.
	Catalog *engine.Catalog
	// Log gets what nobody else hears of; slog.Default by default.
	Log *slog.Logger
	// Limit is how many simulations there may be; 20 by default, about 15 MB each. The one that nobody has used for longest gives way.
	Limit int
	// Idle is after how long without use a simulation is removed; 1 h by default.
	Idle time.Duration
	// Stopping ends watches when it is closed.
	Stopping <-chan struct{}
}

// Defaults of the options, and what is not an option.
const (
	defaultLimit = 20
	defaultIdle  = time.Hour
	sweepEvery   = time.Minute
	casesAtOnce  = 2 // test cases that are played at a time
	shippedFlow  = "unified"
)

// Manager keeps simulations and plays test cases. It is the SimulatorService. Close must be called.
type Manager struct {
	flowdeskv1.UnimplementedSimulatorServiceServer

	options Options
	catalog *engine.Catalog
	log     *slog.Logger
	number  atomic.Int64
	playing chan struct{}
	close   func()
	work    sync.WaitGroup

	mu   sync.Mutex
	byID map[string]*simulation
}

// New makes a manager.
func New(options Options) (*Manager, error) {
	m := &Manager{options: options, catalog: options.Catalog, log: options.Log, byID: make(map[string]*simulation), playing: make(chan struct{}, casesAtOnce)}
	if m.options.Limit == 0 {
		m.options.Limit = defaultLimit
	}
	if m.options.Idle == 0 {
		m.options.Idle = defaultIdle
	}
	if m.log == nil {
		m.log = slog.Default()
	}
	if m.catalog == nil {
		m.catalog = nodes.Builtin()
		validator, err := validate.New()
		if err != nil {
			return nil, err
		}
		m.catalog.Validate = validator
	}
	var err error
	if options.Dir == "" {
		m.options.Dir, err = os.MkdirTemp("", "flowdesk-simulations-")
	} else if err = os.RemoveAll(options.Dir); err == nil { // what a crash left behind
		err = os.MkdirAll(options.Dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("directory of simulations: %w", err)
	}
	stop := make(chan struct{})
	m.close = sync.OnceFunc(func() { close(stop) })
	m.work.Go(func() { m.sweep(stop) })
	return m, nil
}

// Close ends all simulations and removes them.
func (m *Manager) Close() error {
	m.close()
	m.work.Wait()
	m.mu.Lock()
	all := m.byID
	m.byID = make(map[string]*simulation)
	m.mu.Unlock()
	var failed error
	for _, s := range all {
		failed = errors.Join(failed, s.end())
	}
	return errors.Join(failed, os.RemoveAll(m.options.Dir))
}

// sweep removes what nobody has used for long.
func (m *Manager) sweep(stop <-chan struct{}) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		for _, s := range m.all() {
			if time.Since(s.lastUsed()) > m.options.Idle {
				m.remove(s)
			}
		}
	}
}

// all are the simulations, the one used last first.
func (m *Manager) all() []*simulation {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*simulation, 0, len(m.byID))
	for _, s := range m.byID {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *simulation) int { return b.lastUsed().Compare(a.lastUsed()) })
	return all
}

func (m *Manager) remove(s *simulation) {
	m.mu.Lock()
	delete(m.byID, s.id)
	m.mu.Unlock()
	if err := s.end(); err != nil {
		m.log.Error("remove a simulation", "simulation", s.id, "error", err)
	}
}

// find is a simulation by its name. Looking at it is use.
func (m *Manager) find(name string) (*simulation, error) {
	m.mu.Lock()
	s := m.byID[id(name)]
	m.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("%s: %w", name, storage.ErrNotFound)
	}
	s.use(time.Now())
	return s, nil
}

// keep adds a simulation; the oldest that nobody plays with gives way when there are too many.
func (m *Manager) keep(w *world, origin string) (*simulation, error) {
	s := newSimulation(strings.ToLower(rand.Text()[:12]), w, time.Now(), m.options.Idle, origin)
	for _, old := range slices.Backward(m.all()) {
		if m.count() < m.options.Limit {
			break
		}
		if !old.busy() {
			m.remove(old)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.byID) >= m.options.Limit {
		return nil, server.RefuseMore(fmt.Sprintf("there are %d simulations, all in use; delete one", len(m.byID)))
	}
	m.byID[s.id] = s
	return s, nil
}

func (m *Manager) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.byID)
}

// open begins a world of a subject.
func (m *Manager) open(ctx context.Context, what subject, setup *flowdeskv1.SimulationSetup) (*world, error) {
	for _, g := range setup.GetGroups() {
		if g.GetId() == "" {
			return nil, server.RefuseField("setup.groups.id", "a group of a simulation has an id that its steps name")
		}
	}
	var settings *flowdeskv1.Settings
	if m.options.Store != nil {
		var err error
		if settings, err = m.options.Store.GetSettings(ctx); err != nil {
			return nil, err
		}
	}
	catalog, err := m.catalog.Pinned(what.definition, what.pins)
	if err != nil {
		return nil, server.RefuseField("choice.pins", err.Error())
	}
	dir := filepath.Join(m.options.Dir, fmt.Sprint(m.number.Add(1)))
	w, err := openWorld(ctx, catalog, what, completed(setup, settings, time.Now()), dir, m.log)
	if err != nil {
		return nil, err
	}
	w.borrowed = setup.GetSettings() == nil
	return w, nil
}

// choose finds the definition that is to be tried, and what is wrong with it. With an error among the findings nothing can be tried.
func (m *Manager) choose(ctx context.Context, c *flowdeskv1.FlowChoice) (subject, []*flowdeskv1.Diagnostic, bool, error) {
	what, err := m.subject(ctx, c)
	if err != nil {
		return subject{}, nil, false, err
	}
	what.pins = c.GetPins()
	program, diagnostics := m.catalog.Compile(what.flow, 1, what.definition)
	return what, diagnostics, program != nil, nil
}

func (m *Manager) subject(ctx context.Context, c *flowdeskv1.FlowChoice) (subject, error) {
	what := subject{flow: id(c.GetFlow()), definition: c.GetDefinition(), stored: c.GetFlow() != ""}
	switch {
	case what.definition != nil:
		if what.flow == "" {
			what.flow = "draft"
		}
		return what, nil
	case what.flow == "":
		definition, err := flows.Load(shippedFlow)
		return subject{flow: shippedFlow, definition: definition}, err
	case m.options.Store == nil:
		return what, server.RefuseField("flow", "there is no store of flows here; send a definition")
	}
	flow, err := m.options.Store.GetFlow(ctx, what.flow)
	if err != nil {
		return what, err
	}
	what.version = c.GetVersion()
	if c.GetActive() {
		if what.version = flow.GetActiveVersion(); what.version == 0 {
			return what, server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_FLOW_INACTIVE, "the flow has no active version")
		}
	}
	what.definition = flow.GetDefinition()
	if what.version > 0 {
		v, err := m.options.Store.GetVersion(ctx, what.flow, what.version)
		if err != nil {
			return what, err
		}
		what.definition = v.GetDefinition()
	}
	return what, nil
}

// id is the last part of a resource name.
func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
