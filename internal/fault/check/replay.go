package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
)

// ErrDiffers is a turn that a replay makes otherwise.
var ErrDiffers = errors.New("a replay gives another turn")

// Replay runs every stored turn again, from what is stored alone, and compares byte for byte. It gives the number of turns.
func Replay(ctx context.Context, setting database.Setting, catalog *engine.Catalog) (turns int, err error) {
	store, err := database.Open(ctx, setting)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	r := &replayer{store: store, catalog: catalog, envs: make(map[string]*past), programs: make(map[string]*engine.Program)}
	for token := ""; ; {
		sessions, next, err := store.ListSessions(ctx, storage.SessionFilter{}, storage.Page{Size: storage.MaxPageSize, Token: token})
		if err != nil {
			return turns, err
		}
		for _, s := range sessions {
			n, err := r.session(ctx, s.GetId())
			turns += n
			if err != nil {
				return turns, fmt.Errorf("session %s: %w", s.GetId(), err)
			}
		}
		if token = next; next == "" {
			return turns, nil
		}
	}
}

// past is an environment as it was.
type past struct {
	env      *engine.Env
	programs []*engine.Program
}

type replayer struct {
	store    storage.Store
	catalog  *engine.Catalog
	envs     map[string]*past
	programs map[string]*engine.Program
}

func (r *replayer) session(ctx context.Context, id string) (n int, err error) {
	state := engine.NewState(id)
	for {
		list, err := r.store.ListTurns(ctx, id, int64(n), 1000)
		if err != nil {
			return n, err
		}
		for _, data := range list {
			if err := r.turn(ctx, state, data); err != nil {
				return n, fmt.Errorf("turn %d: %w", n, err)
			}
			n++
		}
		if len(list) < 1000 {
			return n, nil
		}
	}
}

// turn runs one turn again; the state advances.
func (r *replayer) turn(ctx context.Context, state *engine.State, data []byte) error {
	stored := &flowdeskv1.Turn{}
	if err := proto.Unmarshal(data, stored); err != nil {
		return err
	}
	at, err := r.past(ctx, stored.GetEnvironment())
	if err != nil {
		return err
	}
	again, err := r.catalog.Turn(engine.Input{
		Event: stored.GetEvent(), Now: stored.GetNow().AsTime(), State: state, Env: at.env, Programs: at.programs, Seed: stored.GetSeed(),
		Answers: stored.GetAnswers(), Program: func(flow string, version int32) *engine.Program {
			program, problem := r.program(ctx, flow, version)
			err = errors.Join(err, problem)
			return program
		},
	})
	if err != nil {
		return err
	}
	marshal := proto.MarshalOptions{Deterministic: true}
	left, err := marshal.Marshal(stored)
	if err != nil {
		return err
	}
	right, err := marshal.Marshal(again)
	if err != nil {
		return err
	}
	if !bytes.Equal(left, right) {
		return fmt.Errorf("%w: %v, stored was %v", ErrDiffers, again, stored)
	}
	return nil
}

func (r *replayer) past(ctx context.Context, digest string) (*past, error) {
	if known := r.envs[digest]; known != nil {
		return known, nil
	}
	content, err := runner.LoadEnvironment(ctx, r.store, digest)
	if err != nil {
		return nil, err
	}
	p := &past{}
	for _, ref := range content.GetFlows() {
		program, err := r.program(ctx, ref.GetFlow(), ref.GetVersion())
		if err != nil {
			return nil, err
		}
		p.programs = append(p.programs, program)
	}
	slices.SortStableFunc(p.programs, func(a, b *engine.Program) int {
		return int(b.Definition.GetPriority()) - int(a.Definition.GetPriority())
	})
	if p.env, err = engine.NewEnv(content, digest, r.catalog.Rules); err != nil {
		return nil, err
	}
	r.envs[digest] = p
	return p, nil
}

var errCompile = errors.New("the version no longer compiles")

func (r *replayer) program(ctx context.Context, flow string, version int32) (*engine.Program, error) {
	key := fmt.Sprintf("%s@%d", flow, version)
	if known := r.programs[key]; known != nil {
		return known, nil
	}
	v, err := r.store.GetVersion(ctx, flow, version)
	if err != nil {
		return nil, err
	}
	program, diagnostics := r.catalog.Compile(flow, version, v.GetDefinition())
	if program == nil {
		return nil, fmt.Errorf("flow %s version %d: %w: %v", flow, version, errCompile, diagnostics)
	}
	r.programs[key] = program
	return program, nil
}
