package runner

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// environment is one snapshot with the programs that are active under it.
type environment struct {
	*engine.Env // what turns see: exactly what is stored for replay

	live     *engine.Env // the same with the groups that were met since
	programs []*engine.Program
	aliases  *aliasBook
	parts    []part // as it is stored
}

// Env is the present environment snapshot, with the groups that were met since it was made.
func (r *Runner) Env() *engine.Env { return r.env.Load().live }

// Reload builds the environment anew from the store, after something in it changed, and swaps it. Turns under way end on the old one. Runners
// that share the store are told. What failed, also because whoever asked has left, is tried again soon: what changed is stored, and would not count
// before the next change.
func (r *Runner) Reload(ctx context.Context) error {
	if err := r.reload(ctx); err != nil {
		if transient(err) {
			r.stale.Store(true)
		}
		return err
	}
	if r.options.Changed != nil {
		r.options.Changed()
	}
	return nil
}

// Follow builds the environment anew when it changed in the store since, and reports whether it did. It is cheap when nothing changed.
func (r *Runner) Follow(ctx context.Context) (changed bool, err error) {
	number, err := r.store.EnvironmentNumber(ctx)
	if err != nil || number == r.followed.Load() {
		return false, err
	}
	return true, r.reload(ctx)
}

func (r *Runner) reload(ctx context.Context) error {
	if err := failpoint.Before("runner.reload.before", storage.ErrUnavailable); err != nil {
		return err
	}
	r.reloading.Lock()
	defer r.reloading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readWithin) // others wait for it, who met a group
	defer cancel()
	if r.shares == nil {
		return r.build(ctx)
	}
	number, err := r.store.EnvironmentNumber(ctx) // before the rest is read: what changes meanwhile is followed again
	if err != nil {
		return fmt.Errorf("load the environment: %w", err)
	}
	if err := r.build(ctx); err != nil {
		return err
	}
	r.followed.Store(number)
	return nil
}

// build reads the environment and swaps it.
func (r *Runner) build(ctx context.Context) error {
	snapshot, versions, err := r.snapshot(ctx)
	if err != nil {
		return fmt.Errorf("load the environment: %w", err)
	}
	programs := make([]*engine.Program, 0, len(versions))
	for _, v := range versions {
		program, err := r.programs.compile(r.catalog, v)
		if err != nil {
			return err
		}
		programs = append(programs, program)
		snapshot.Flows = append(snapshot.GetFlows(), &flowdeskv1.ProgramRef{Flow: v.GetFlow(), Version: v.GetVersion()})
	}
	slices.SortStableFunc(programs, func(a, b *engine.Program) int {
		return int(b.Definition.GetPriority()) - int(a.Definition.GetPriority())
	})
	return r.swap(snapshot, programs)
}

func (r *Runner) swap(snapshot *flowdeskv1.Environment, programs []*engine.Program) error {
	old := r.env.Load()
	if old != nil {
		snapshot.Generation = old.GetGeneration() // equal content gets an equal digest
	}
	ordered, parts, err := split(snapshot)
	if err != nil {
		return err
	}
	if old == nil || old.Digest != manifestDigest(parts) {
		ordered.Generation++
		if parts[0], err = headPart(ordered); err != nil {
			return err
		}
	}
	env, err := engine.NewEnv(ordered, manifestDigest(parts), r.catalog.Rules)
	if err != nil {
		return err
	}
	r.env.Store(&environment{Env: env, live: env, programs: programs, aliases: newAliasBook(ordered.GetGroups()), parts: parts})
	r.schedule.changed()
	return nil
}

func (r *Runner) snapshot(ctx context.Context) (*flowdeskv1.Environment, []*flowdeskv1.FlowVersion, error) {
	settings, err := r.store.GetSettings(ctx)
	if err != nil {
		return nil, nil, err
	}
	env := &flowdeskv1.Environment{Settings: r.options.Fill(settings)}
	if env.People, err = all(ctx, func(page storage.Page) ([]*flowdeskv1.Person, string, error) {
		return r.store.ListPeople(ctx, storage.PersonFilter{}, page)
	}); err != nil {
		return nil, nil, err
	}
	if env.Groups, err = all(ctx, func(page storage.Page) ([]*flowdeskv1.Group, string, error) {
		return r.store.ListGroups(ctx, storage.GroupFilter{}, page)
	}); err != nil {
		return nil, nil, err
	}
	robots, err := r.store.ListRobots(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, record := range robots {
		robot := proto.CloneOf(record.Robot)
		robot.RobotId, robot.Key, robot.BaseUri, robot.WebhookUris = "", "", "", nil // the environment is stored for replay: no secrets in it
		robot.LastSeen, robot.Unconfirmed, robot.Waiting = nil, 0, 0
		env.Robots = append(env.Robots, robot)
	}
	if err := r.addPresence(ctx, env); err != nil {
		return nil, nil, err
	}
	zone, err := time.LoadLocation(env.GetSettings().GetTimeZone())
	if err != nil {
		return nil, nil, fmt.Errorf("time zone of the settings: %w", err)
	}
	if env.Alerts, err = r.store.CountPersonAlerts(ctx, r.now().In(zone).Format(time.DateOnly)); err != nil {
		return nil, nil, err
	}
	versions, err := r.store.ActiveVersions(ctx)
	return env, versions, err
}

// addPresence adds to people what is known of them beside the directory: their activity, and how many tasks they have in all groups.
func (r *Runner) addPresence(ctx context.Context, env *flowdeskv1.Environment) error {
	facts, err := r.store.ListPresence(ctx)
	if err != nil {
		return err
	}
	for _, fact := range facts {
		r.presence.note(fact)
	}
	tasks, err := r.store.CountOpenTasks(ctx)
	if err != nil {
		return err
	}
	for _, person := range env.GetPeople() {
		person.OpenTasks = tasks[person.GetId()]
		fact := r.presence.of(person.GetId())
		if fact == nil {
			continue
		}
		person.LastActive = engine.Timestamp(fact.GetActiveAt().AsTime().Truncate(presenceRefresh))
		if fact.GetManual() != flowdeskv1.Presence_PRESENCE_UNSPECIFIED {
			person.ManualPresence = fact.GetManual()
		}
	}
	return nil
}

// all reads every page of a list.
func all[T any](ctx context.Context, list func(storage.Page) ([]T, string, error)) ([]T, error) {
	var items []T
	page := storage.Page{Size: storage.MaxPageSize}
	for {
		some, next, err := list(page)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
		if next == "" || ctx.Err() != nil {
			return items, ctx.Err()
		}
		page.Token = next
	}
}

// programCache keeps compiled versions. A version never changes, so that nothing in it grows stale.
type programCache struct {
	mu       sync.Mutex
	programs map[string]*engine.Program
}

func programKey(flow string, version int32) string { return fmt.Sprintf("%s@%d", flow, version) }

func (p *programCache) get(flow string, version int32) *engine.Program {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.programs[programKey(flow, version)]
}

func (p *programCache) compile(catalog *engine.Catalog, v *flowdeskv1.FlowVersion) (*engine.Program, error) {
	if program := p.get(v.GetFlow(), v.GetVersion()); program != nil {
		return program, nil
	}
	program, diagnostics := catalog.Compile(v.GetFlow(), v.GetVersion(), v.GetDefinition())
	if program == nil {
		return nil, fmt.Errorf("flow %s version %d no longer compiles: %v", v.GetFlow(), v.GetVersion(), diagnostics)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.programs == nil {
		p.programs = make(map[string]*engine.Program)
	}
	p.programs[programKey(v.GetFlow(), v.GetVersion())] = program
	return program, nil
}

// program finds a version on which an instance began.
func (r *Runner) program(flow string, version int32) (*engine.Program, error) {
	if program := r.programs.get(flow, version); program != nil {
		return program, nil
	}
	v, err := r.store.GetVersion(r.ctx, flow, version)
	if err != nil {
		r.log.Error("load flow version", "flow", flow, "version", version, "error", err)
		return nil, fmt.Errorf("flow %s version %d: %w", flow, version, err)
	}
	program, err := r.programs.compile(r.catalog, v)
	if err != nil {
		r.log.Error("compile flow version", "flow", flow, "version", version, "error", err)
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return program, nil
}

// Compile checks a definition as it would be activated.
func (r *Runner) Compile(flow string, version int32, def *flowdeskv1.FlowDefinition) (*engine.Program, []*flowdeskv1.Diagnostic) {
	return r.catalog.Compile(flow, version, def)
}
