package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// environment is one snapshot with the programs that are active under it.
type environment struct {
	*engine.Env

	programs []*engine.Program
	aliases  *aliasBook
	data     []byte // serialized, for replay
}

// Env is the present environment snapshot.
func (r *Runner) Env() *engine.Env { return r.env.Load().Env }

// Reload builds the environment anew from the store, after something in it changed, and swaps it. Turns under way end on the old one.
func (r *Runner) Reload(ctx context.Context) error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
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
	if old := r.env.Load(); old != nil {
		snapshot.Generation = old.GetGeneration() // equal content gets an equal digest
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(snapshot)
	if err != nil {
		return fmt.Errorf("marshal the environment: %w", err)
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:8])
	if old := r.env.Load(); old != nil && old.Digest == digest {
		return nil
	}
	snapshot.Generation++
	if data, err = (proto.MarshalOptions{Deterministic: true}).Marshal(snapshot); err != nil {
		return fmt.Errorf("marshal the environment: %w", err)
	}
	sum = sha256.Sum256(data)
	env, err := engine.NewEnv(snapshot, hex.EncodeToString(sum[:8]), r.catalog.Rules)
	if err != nil {
		return err
	}
	r.env.Store(&environment{Env: env, programs: programs, aliases: newAliasBook(snapshot.GetGroups()), data: data})
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
		robot.RobotId, robot.Key, robot.WebhookUris = "", "", nil // the environment is stored for replay: no secrets in it
		robot.LastSeen, robot.Unconfirmed, robot.Waiting = nil, 0, 0
		env.Robots = append(env.Robots, robot)
	}
	if err := r.addPresence(ctx, env); err != nil {
		return nil, nil, err
	}
	versions, err := r.store.ActiveVersions(ctx)
	return env, versions, err
}

func (r *Runner) addPresence(ctx context.Context, env *flowdeskv1.Environment) error {
	facts, err := r.store.ListPresence(ctx)
	if err != nil {
		return err
	}
	for _, fact := range facts {
		r.presence.note(fact)
	}
	for _, person := range env.GetPeople() {
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
func (r *Runner) program(flow string, version int32) *engine.Program {
	if program := r.programs.get(flow, version); program != nil {
		return program
	}
	v, err := r.store.GetVersion(r.ctx, flow, version)
	if err != nil {
		r.log.Error("load flow version", "flow", flow, "version", version, "error", err)
		return nil
	}
	program, err := r.programs.compile(r.catalog, v)
	if err != nil {
		r.log.Error("compile flow version", "flow", flow, "version", version, "error", err)
		return nil
	}
	return program
}

// Compile checks a definition as it would be activated.
func (r *Runner) Compile(flow string, version int32, def *flowdeskv1.FlowDefinition) (*engine.Program, []*flowdeskv1.Diagnostic) {
	return r.catalog.Compile(flow, version, def)
}

// presenceBook holds the last activity of staff. The environment follows it by up to presenceRefresh.
type presenceBook struct {
	mu    sync.Mutex
	facts map[string]*flowdeskv1.PresenceFact
	dirty bool
}

func (b *presenceBook) note(fact *flowdeskv1.PresenceFact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.facts == nil {
		b.facts = make(map[string]*flowdeskv1.PresenceFact)
	}
	old := b.facts[fact.GetPerson()]
	if old != nil && old.GetActiveAt().AsTime().After(fact.GetActiveAt().AsTime()) {
		return
	}
	b.facts[fact.GetPerson()] = fact
	moved := old == nil || fact.GetActiveAt().AsTime().Truncate(presenceRefresh).After(old.GetActiveAt().AsTime().Truncate(presenceRefresh))
	b.dirty = b.dirty || moved || old.GetManual() != fact.GetManual()
}

func (b *presenceBook) of(person string) *flowdeskv1.PresenceFact {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts[person]
}

// take reports whether the environment must follow, once.
func (b *presenceBook) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	dirty := b.dirty
	b.dirty = false
	return dirty
}

// refreshPresence lets the environment follow the staff's activity.
func (r *Runner) refreshPresence() {
	if !r.presence.take() {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	if err := r.Reload(ctx); err != nil {
		r.log.Error("presence", "error", err)
	}
}
