package simulator

import (
	"context"
	"fmt"
	"strings"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// memory keeps what was told of runs and lines for as long as nothing in them changes, so that a look at a long chat costs what is new in it.
type memory struct {
	mu    sync.Mutex
	runs  map[string]remembered[*flowdeskv1.SimulatedRun]
	lines map[string]remembered[fate]
}

// fate is what became of a line.
type fate struct {
	outcome flowdeskv1.DerivationOutcome
	why     *flowdeskv1.Text
	rule    string
}

// maxRemembered bounds what is kept of each kind; it is more than is shown.
const maxRemembered = 2 * shownLines

// remembered is what was told when things stood as the sign says.
type remembered[T any] struct {
	sign string
	what T
}

// recall gives what is remembered, or finds it out.
func recall[T any](m *memory, known *map[string]remembered[T], id, sign string, find func() (T, error)) (T, error) {
	m.mu.Lock()
	old, ok := (*known)[id]
	m.mu.Unlock()
	if ok && old.sign == sign {
		return old.what, nil
	}
	what, err := find()
	if err != nil {
		return what, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if *known == nil || len(*known) >= maxRemembered {
		*known = make(map[string]remembered[T])
	}
	(*known)[id] = remembered[T]{sign, what}
	return what, nil
}

// run tells of a run. What it gives must not be changed.
func (w *world) run(ctx context.Context, i *flowdeskv1.Instance) (*flowdeskv1.SimulatedRun, error) {
	return recall(&w.memory, &w.memory.runs, i.GetId(), signOf(i), func() (*flowdeskv1.SimulatedRun, error) {
		return w.explain.Run(ctx, i.GetId())
	})
}

func signOf(i *flowdeskv1.Instance) string {
	return fmt.Sprint(i.GetStatus(), i.GetUpdateTime().GetSeconds(), i.GetUpdateTime().GetNanos(), i.GetLastNode(), i.GetWaitingFor())
}

// signs tell for each run how it and its commands stand.
func signs(runs []*flowdeskv1.SimulatedRun, commands []*flowdeskv1.Command) map[string]string {
	all := make(map[string]*strings.Builder)
	at := func(instance string) *strings.Builder {
		if all[instance] == nil {
			all[instance] = &strings.Builder{}
		}
		return all[instance]
	}
	for _, r := range runs {
		at(r.GetInstance().GetId()).WriteString(signOf(r.GetInstance()))
	}
	for _, c := range commands {
		_, _ = fmt.Fprint(at(c.GetInstance()), c.GetId(), c.GetState(), c.GetAttempts(), c.GetReason())
	}
	signs := make(map[string]string, len(all))
	for instance, text := range all {
		signs[instance] = text.String()
	}
	return signs
}
