package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Bounds of one simulation.
const (
	maxTurns  = 20_000 // turns, each about 2 KB: a week of a busy chat
	maxPages  = 32_768 // of its database: 128 MiB
	maxPeople = 2_000  // people, those of bursts included
)

// subject is what a simulation runs.
type subject struct {
	flow       string // id of the flow
	stored     bool   // there is a flow of that id
	version    int32  // 0 for a draft
	definition *flowdeskv1.FlowDefinition
	pins       []*flowdeskv1.PinnedOutput
}

// world is one simulation's process: what internal/app wires for the product, by hand and without a network.
type world struct {
	subject subject
	setup   *flowdeskv1.SimulationSetup
	began   *flowdeskv1.SimulationSetup // the setup as it was
	program *engine.Program
	dir     string

	borrowed bool // its settings are the organisation's, as they were when it began

	clock     *clock
	store     *bunstore.Store
	runner    *runner.Runner
	outbox    *outbox.Outbox
	link      *robotlink.Link
	phones    *phones
	outside   *outside
	explain   *server.Explainer
	callbacks *server.Callbacks
	debug     *debugger
	zone      *time.Location

	mu      sync.Mutex // people, steps
	people  []*flowdeskv1.SimulatedPerson
	steps   []taken
	spoken  int
	saidIn  map[string]int32 // number of the step by the platform's id of what was said in it
	changed func()
	memory  memory
	ending  atomic.Bool
}

// openWorld begins a world in a directory of its own, which must not exist. The setup is complete.
func openWorld(ctx context.Context, catalog *engine.Catalog, what subject, setup *flowdeskv1.SimulationSetup, dir string, log *slog.Logger) (*world, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of a simulation: %w", err)
	}
	store, err := sqlite.OpenWith(ctx, filepath.Join(dir, "simulation.db"), sqlite.Options{Readers: 1, CacheMiB: 4, MaxPages: maxPages, Scratch: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	w := &world{
		subject: what, setup: setup, began: proto.CloneOf(setup), dir: dir, store: store, clock: newClock(setup.GetStartTime().AsTime()), people: setup.GetPeople(), changed: func() {},
		saidIn: make(map[string]int32),
	}
	w.outside = newOutside(w.clock.Now)
	for _, a := range setup.GetAnswers() {
		w.outside.give(a)
	}
	delay := defaultDelay
	if setup.GetPhoneDelay() != nil {
		delay = setup.GetPhoneDelay().AsDuration()
	}
	w.phones = newPhones(w.clock.Now, delay)
	w.debug = newDebugger(catalog, w)
	random := rand.New(rand.NewPCG(setup.GetSeed(), setup.GetSeed()^0x9e3779b97f4a7c15))
	w.runner = runner.New(catalog, store, runner.Options{
		Now: w.clock.Now, Log: log, Fill: desk.FillSettings, Performer: w.outside, ByHand: true, Gate: w.debug.gate, Entropy: random.Uint64,
	})
	w.link = robotlink.New(w.phones)
	w.outbox = outbox.New(w.runner, store, w.link, robotlink.Choose, log)
	w.runner.SetOutbox(w.outbox)
	w.phones.settle = w.outbox.Settle
	w.explain = server.NewExplainer(store, w.runner)
	w.callbacks = &server.Callbacks{Runner: w.runner, Reader: w.link, Log: log}
	if err := w.furnish(ctx, catalog); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// furnish stores what stands before the first word, and starts.
func (w *world) furnish(ctx context.Context, catalog *engine.Catalog) error {
	if err := w.store.PutSettings(ctx, w.setup.GetSettings(), ""); err != nil {
		return err
	}
	for _, r := range w.setup.GetRobots() {
		if err := w.putRobot(ctx, r); err != nil {
			return err
		}
	}
	for _, p := range w.setup.GetPeople() {
		if err := w.putPerson(ctx, p); err != nil {
			return err
		}
	}
	for _, g := range w.setup.GetGroups() {
		if err := w.putGroup(ctx, g); err != nil {
			return err
		}
	}
	if err := w.publish(ctx, catalog); err != nil {
		return err
	}
	if err := w.runner.Start(ctx); err != nil { // the store is new and fine: what is wrong was given
		return server.RefuseField("setup.settings", err.Error())
	}
	w.zone = w.runner.Env().Zone
	w.outbox.Poll() //nolint:contextcheck // nothing is taken up yet; from here on it may bind
	return w.setRobots(ctx)
}

// publish makes the definition the only active flow.
func (w *world) publish(ctx context.Context, catalog *engine.Catalog) error {
	program, diagnostics := catalog.Compile(w.subject.flow, 1, w.subject.definition)
	if program == nil {
		return fmt.Errorf("flow %s: %v", w.subject.flow, diagnostics)
	}
	w.program = program
	now := engine.Timestamp(w.clock.Now())
	flow := &flowdeskv1.Flow{Id: w.subject.flow, Definition: w.subject.definition, CreateTime: now, UpdateTime: now}
	if err := w.store.CreateFlow(ctx, flow); err != nil {
		return err
	}
	_, err := w.store.PublishVersion(ctx, &flowdeskv1.FlowVersion{
		Flow: w.subject.flow, Definition: w.subject.definition, Digest: program.Digest, CreateTime: now, Bounds: program.Bounds,
	}, true)
	return err
}

// putRobot stores a robot as it behaves.
func (w *world) putRobot(ctx context.Context, r *flowdeskv1.SimulatedRobot) error {
	state := flowdeskv1.RobotState_ROBOT_STATE_ONLINE
	if r.GetMode() == flowdeskv1.RobotMode_ROBOT_MODE_OFFLINE {
		state = flowdeskv1.RobotState_ROBOT_STATE_OFFLINE
	}
	w.phones.set(proto.CloneOf(r))
	return w.store.PutRobot(ctx, &storage.RobotRecord{WebhookSecret: "simulated", Robot: &flowdeskv1.Robot{
		Id: r.GetId(), Title: r.GetTitle(), RobotId: r.GetId(), Duties: []flowdeskv1.Duty{r.GetDuty()}, State: state,
		CreateTime: engine.Timestamp(w.clock.Now()), UpdateTime: engine.Timestamp(w.clock.Now()),
	}}, "")
}

func (w *world) setRobots(ctx context.Context) error {
	records, err := w.store.ListRobots(ctx)
	if err != nil {
		return err
	}
	w.link.SetRobots(records)
	return nil
}

// putPerson stores a person in the directory; users stand in none. A person who was online when the simulation began was active then.
func (w *world) putPerson(ctx context.Context, p *flowdeskv1.SimulatedPerson) error {
	id := personID(p.GetTitle())
	if p.GetRole() == flowdeskv1.Role_ROLE_USER {
		if _, err := w.store.GetPerson(ctx, id); err == nil {
			return w.store.DeletePerson(ctx, id)
		}
		return nil
	}
	now := engine.Timestamp(w.clock.Now())
	return w.store.PutPerson(ctx, &flowdeskv1.Person{
		Id: id, Title: p.GetTitle(), Role: p.GetRole(), ManualPresence: p.GetPresence(), Management: p.GetManagement(), CreateTime: now, UpdateTime: now,
	}, "")
}

// personID is the directory id of a person.
func personID(title string) string { return fmt.Sprintf("p%x", engine.Digest("person", title)) }

// putGroup stores a group, in which all robots are.
func (w *world) putGroup(ctx context.Context, g *flowdeskv1.Group) error {
	group := proto.CloneOf(g)
	group.Name, group.Etag = "", ""
	group.CreateTime, group.UpdateTime = engine.Timestamp(w.clock.Now()), engine.Timestamp(w.clock.Now())
	group.Aliases = nil
	for _, r := range w.setup.GetRobots() {
		group.Aliases = append(group.Aliases, &flowdeskv1.GroupAlias{Robot: r.GetId(), Title: g.GetTitle()})
	}
	return w.store.PutGroup(ctx, group, "")
}

// person is somebody of the chat, or nil.
func (w *world) person(title string) *flowdeskv1.SimulatedPerson {
	i := slices.IndexFunc(w.people, func(p *flowdeskv1.SimulatedPerson) bool { return p.GetTitle() == title })
	if i < 0 {
		return nil
	}
	return w.people[i]
}

// has reports whether the flow has a node.
func (w *world) has(node string) bool {
	return slices.ContainsFunc(w.subject.definition.GetNodes(), func(n *flowdeskv1.Node) bool { return n.GetId() == node })
}

// close ends the world and removes all of it. A turn that is held is let go.
func (w *world) close() error {
	w.ending.Store(true)
	w.debug.end()
	w.outbox.Close()
	w.runner.Close()
	return errors.Join(w.store.Close(), os.RemoveAll(w.dir))
}
