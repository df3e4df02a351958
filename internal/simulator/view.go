package simulator

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// Bounds of what is shown.
const (
	shownLines    = 1000
	shownCommands = 1000
	shownRuns     = 300
	shownPaths    = 50
	shownPlan     = 100
	shownWork     = 500 // tasks, and alerts
)

// state is everything that a simulation looks like now.
func (w *world) state(ctx context.Context) (*flowdeskv1.SimulationState, error) {
	s := &flowdeskv1.SimulationState{Full: true}
	var err error
	if s.Commands, err = oldestFirst(shownCommands, func(page storage.Page) ([]*flowdeskv1.Command, string, error) {
		return w.store.ListCommands(ctx, storage.CommandFilter{}, page)
	}); err != nil {
		return nil, err
	}
	for i, c := range s.GetCommands() {
		if c.GetAttempts() > 1 { // one send is told by the command itself
			if s.Commands[i], err = w.store.GetCommand(ctx, c.GetId()); err != nil {
				return nil, err
			}
		}
	}
	if s.Tasks, err = oldestFirst(shownWork, func(page storage.Page) ([]*flowdeskv1.TrackTask, string, error) {
		return w.store.ListTasks(ctx, storage.TaskFilter{}, page)
	}); err != nil {
		return nil, err
	}
	if s.Alerts, err = oldestFirst(shownWork, func(page storage.Page) ([]*flowdeskv1.Alert, string, error) {
		return w.store.ListAlerts(ctx, storage.AlertFilter{}, page)
	}); err != nil {
		return nil, err
	}
	if s.Runs, err = w.runs(ctx); err != nil {
		return nil, err
	}
	if s.Lines, err = w.lines(ctx, s.GetCommands(), s.GetRuns()); err != nil {
		return nil, err
	}
	if s.Plan, err = w.plan(ctx, s.GetCommands()); err != nil {
		return nil, err
	}
	s.Calls, _ = w.outside.made()
	s.Simulation, s.History = w.summary(), w.history()
	if len(s.GetPlan()) > 0 {
		s.Simulation.NextTime = s.GetPlan()[0].GetTime()
	}
	return s, nil
}

// oldestFirst reads the newest of a list, and gives them oldest first.
func oldestFirst[T any](limit int, list func(storage.Page) ([]T, string, error)) ([]T, error) {
	var all []T
	page := storage.Page{Size: min(limit, storage.MaxPageSize)}
	for {
		some, next, err := list(page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if next == "" || len(all) >= limit {
			all = all[:min(limit, len(all))]
			slices.Reverse(all)
			return all, nil
		}
		page.Token = next
	}
}

// summary is the simulation itself.
func (w *world) summary() *flowdeskv1.Simulation {
	turns, _ := w.runner.Progress()
	s := &flowdeskv1.Simulation{
		Version: w.subject.version, Digest: w.program.Digest, Title: w.subject.definition.GetTitle(), Clock: engine.Timestamp(w.clock.Now()), Turns: turns,
	}
	s.Debug, _ = w.debug.state()
	env := w.runner.Env()
	w.mu.Lock()
	s.Steps = int32(len(w.steps))
	for _, p := range w.people {
		s.People = append(s.People, proto.CloneOf(p))
	}
	w.mu.Unlock()
	for _, p := range s.GetPeople() {
		if seen := env.Person(personID(p.GetTitle())); seen != nil {
			p.Seen = desk.PresenceOf(desk.FactsOf(seen), env.GetSettings(), env.Zone, w.clock.Now())
		}
	}
	for _, r := range w.setup.GetRobots() {
		s.Robots = append(s.Robots, w.phones.robot(r))
	}
	for _, g := range env.GetGroups() {
		g = proto.CloneOf(g)
		g.Aliases = nil
		s.Groups = append(s.Groups, g)
	}
	return s
}

// runs are the runs of the flow; the newest have their path.
func (w *world) runs(ctx context.Context) ([]*flowdeskv1.SimulatedRun, error) {
	instances, err := oldestFirst(shownRuns, func(page storage.Page) ([]*flowdeskv1.Instance, string, error) {
		return w.store.ListInstances(ctx, storage.InstanceFilter{}, page)
	})
	if err != nil {
		return nil, err
	}
	runs := make([]*flowdeskv1.SimulatedRun, len(instances))
	for i, instance := range instances {
		if i < len(instances)-shownPaths {
			runs[i] = &flowdeskv1.SimulatedRun{Instance: instance}
			instance.Name = "instances/" + instance.GetId()
			continue
		}
		if runs[i], err = w.run(ctx, instance); err != nil {
			return nil, err
		}
	}
	return runs, nil
}
