package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// aliasBook finds groups by the names under which robots know them.
type aliasBook struct {
	mu      sync.RWMutex
	byRobot map[aliasKey]string
	byName  map[string][]*flowdeskv1.Group
}

type aliasKey struct{ robot, name string }

func newAliasBook(groups []*flowdeskv1.Group) *aliasBook {
	b := &aliasBook{byRobot: make(map[aliasKey]string, len(groups)), byName: make(map[string][]*flowdeskv1.Group, len(groups))}
	for _, g := range groups {
		b.add(g)
	}
	return b
}

// add takes a group in, or one more alias of a known group.
func (b *aliasBook) add(g *flowdeskv1.Group) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range g.GetAliases() {
		b.byRobot[aliasKey{a.GetRobot(), aliasName(a)}] = g.GetId()
		if a.GetRemark() == "" {
			named := slices.DeleteFunc(slices.Clone(b.byName[a.GetTitle()]), func(o *flowdeskv1.Group) bool { return o.GetId() == g.GetId() })
			b.byName[a.GetTitle()] = append(named, g)
		}
	}
}

// find is the group that a robot knows under a name, or nothing.
func (b *aliasBook) find(alias *flowdeskv1.GroupAlias) string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byRobot[aliasKey{alias.GetRobot(), aliasName(alias)}]
}

// named are the groups that robots know by a title.
func (b *aliasBook) named(title string) []*flowdeskv1.Group {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byName[title]
}

func aliasName(a *flowdeskv1.GroupAlias) string {
	if a.GetRemark() != "" {
		return a.GetRemark()
	}
	return a.GetTitle()
}

// Group is the session of the chat that a robot names. The platform knows no ids, so an unknown alias opens a group and marks it for
// review; only when exactly one group that other robots know goes by the same name, and this robot has no alias in it, the alias joins that
// group, marked for review too, because otherwise every group would be processed once for each robot in it.
func (r *Runner) Group(ctx context.Context, robot, title, remark string, kind flowdeskv1.SessionKind) (string, error) {
	alias := &flowdeskv1.GroupAlias{Robot: robot, Remark: remark, Title: title}
	if id := r.env.Load().aliases.find(alias); id != "" {
		return id, nil
	}
	r.groups.Lock()
	defer r.groups.Unlock()
	aliases := r.env.Load().aliases
	if id := aliases.find(alias); id != "" {
		return id, nil
	}
	if r.shares != nil {
		return r.meetWithOthers(ctx, alias, kind)
	}
	group := r.newcomer(aliases, alias, kind)
	err := failpoint.Before("runner.group.before", storage.ErrUnavailable)
	if err == nil {
		err = failpoint.Over(r.store.PutGroup(ctx, group, ""), "runner.group.after", storage.ErrUnknown)
	}
	if errors.Is(err, storage.ErrExists) { // the environment is behind: the name is another group's
		if err := r.Reload(ctx); err != nil {
			return "", err
		}
		if id := r.env.Load().aliases.find(alias); id != "" {
			return id, nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("open group %s: %w", aliasName(alias), err)
	}
	r.meet(group)
	return group.GetId(), nil
}

// newcomer is the group of an unknown alias: one that it joins, or a new one.
func (r *Runner) newcomer(aliases *aliasBook, alias *flowdeskv1.GroupAlias, kind flowdeskv1.SessionKind) *flowdeskv1.Group {
	group := joinable(aliases.named(alias.GetTitle()), alias)
	if group == nil {
		group = &flowdeskv1.Group{
			Id: engine.NewID(r.now(), engine.Digest("group", alias.GetRobot(), aliasName(alias))), Title: alias.GetTitle(), Kind: kind,
			CreateTime: engine.Timestamp(r.now()), ReviewReason: "opened by an unknown name",
		}
		if group.GetTitle() == "" {
			group.Title = alias.GetRemark()
		}
	}
	group.Aliases, group.Review, group.UpdateTime = append(group.GetAliases(), alias), true, engine.Timestamp(r.now())
	return group
}

// meetWithOthers is the session of an alias that this runner does not know: others may have met it, or its group by another robot, at the same time.
func (r *Runner) meetWithOthers(ctx context.Context, alias *flowdeskv1.GroupAlias, kind flowdeskv1.SessionKind) (string, error) {
	opened := false
	groups, err := r.store.MeetGroup(ctx, []string{aliasName(alias), alias.GetTitle()}, func(known []*flowdeskv1.Group) *flowdeskv1.Group {
		aliases := newAliasBook(known)
		if opened = aliases.find(alias) == ""; !opened {
			return nil
		}
		return r.newcomer(aliases, alias, kind)
	})
	if err != nil {
		return "", fmt.Errorf("open group %s: %w", aliasName(alias), err)
	}
	for _, group := range groups {
		r.meet(group)
	}
	if opened && r.options.Changed != nil {
		r.options.Changed()
	}
	id := r.env.Load().aliases.find(alias)
	if id == "" {
		return "", fmt.Errorf("open group %s: %w", aliasName(alias), storage.ErrConflict)
	}
	return id, nil
}

// acquaint makes the group of a session known that another runner met.
func (r *Runner) acquaint(ctx context.Context, session string) error {
	if r.Env().Group(session) != nil {
		return nil
	}
	group, err := r.store.GetGroup(ctx, session)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // it is none
	}
	if err != nil {
		return fmt.Errorf("group %s: %w", session, err)
	}
	r.meet(group)
	return nil
}

// meet makes a stored group known at once to all but turns, which see it with the next snapshot: a thousand groups may be met in a second,
// and each snapshot is stored for replay.
func (r *Runner) meet(group *flowdeskv1.Group) {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	env := *r.env.Load()
	env.live = env.live.WithGroup(group)
	env.aliases.add(group)
	r.env.Store(&env)
	r.met.Store(true)
}

// joinable is the one group that an alias may join by name alone.
func joinable(named []*flowdeskv1.Group, alias *flowdeskv1.GroupAlias) *flowdeskv1.Group {
	if alias.GetRemark() != "" || len(named) == 0 {
		return nil
	}
	for _, other := range named[1:] {
		if other.GetId() != named[0].GetId() {
			return nil
		}
	}
	for _, a := range named[0].GetAliases() {
		if a.GetRobot() == alias.GetRobot() {
			return nil
		}
	}
	group := proto.CloneOf(named[0])
	group.ReviewReason = "joined by equal name"
	return group
}

// ByHand acts on a command at a person's request and returns when that is stored. The error wraps storage.ErrConflict when the command's state
// no longer allows it.
func (r *Runner) ByHand(ctx context.Context, order *flowdeskv1.CommandOrder) error {
	return r.outbox.ByHand(ctx, order)
}
