package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Remove removes the demo data, or only counts it.
func (d *Demo) Remove(ctx context.Context, onlyCount bool) (*flowdeskv1.Demo, error) {
	if onlyCount {
		return d.State(ctx)
	}
	if !d.begin() {
		return nil, fmt.Errorf("demo data is being made or removed: %w", storage.ErrConflict)
	}
	defer d.end("")
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil {
		return nil, err
	}
	m := marks(noted)
	if len(m[kindState]) == 0 || m.is(stateRemoved) {
		return &flowdeskv1.Demo{State: flowdeskv1.DemoState_DEMO_STATE_ABSENT}, nil
	}
	if err := d.keepMerged(ctx, m); err != nil {
		return nil, err
	}
	if err := d.eachUnsettled(ctx, func(c *flowdeskv1.Command) {
		if slices.Contains(m[kindSession], c.GetSession()) {
			d.deps.Withdraw(c.GetId())
		}
	}); err != nil {
		return nil, err
	}
	rows, err := d.deps.Store.DeleteSessions(ctx, m[kindSession])
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, marks) error{d.removeVersions, d.removeRobots, d.removeAnswers, d.removeDirectory} {
		if err := step(ctx, m); err != nil {
			return nil, fmt.Errorf("remove demo data: %w", err)
		}
	}
	for kind, ids := range m {
		if kind != kindState {
			if err := d.deps.Store.UnmarkDemo(ctx, kind, ids...); err != nil {
				return nil, err
			}
		}
	}
	d.note(ctx, stateRemoved)
	return &flowdeskv1.Demo{State: flowdeskv1.DemoState_DEMO_STATE_ABSENT, Counts: listed(m, rows)}, d.deps.Runner.Reload(ctx)
}

// keepMerged leaves out groups that became part of somebody's own: those that were merged, and those that another robot knows.
func (d *Demo) keepMerged(ctx context.Context, m marks) error {
	own := func(id string) (bool, error) {
		g, err := d.deps.Store.GetGroup(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		foreign := slices.ContainsFunc(g.GetAliases(), func(a *flowdeskv1.GroupAlias) bool { return !slices.Contains(m[kindRobot], a.GetRobot()) })
		return foreign, err
	}
	for _, id := range slices.Clone(m[kindGroup]) {
		keep, err := own(id)
		if err != nil {
			return err
		}
		if keep {
			m[kindGroup] = slices.DeleteFunc(m[kindGroup], func(g string) bool { return g == id })
			m[kindSession] = slices.DeleteFunc(m[kindSession], func(s string) bool { return s == id })
		}
	}
	return nil
}

// removeVersions goes back to the shipped version, unless somebody has published since, and removes those of the demo that nobody needs. A
// rollback to one of the demo's is the demo's too.
func (d *Demo) removeVersions(ctx context.Context, m marks) error {
	if len(m[kindVersion]) == 0 {
		return nil
	}
	flow, err := d.deps.Store.GetFlow(ctx, Flow)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ours, err := d.demoVersions(ctx, m)
	if err != nil {
		return err
	}
	first, err := d.deps.Store.GetVersion(ctx, Flow, 1)
	if err != nil {
		return err
	}
	if slices.Contains(ours, flow.GetLatestVersion()) {
		if err := d.resetDraft(ctx, flow, first, ours); err != nil {
			return err
		}
	}
	if slices.Contains(ours, flow.GetActiveVersion()) {
		if err := d.deps.Store.SetActive(ctx, Flow, 1); err != nil {
			return err
		}
	}
	for _, version := range ours {
		err := d.deps.Store.DeleteVersion(ctx, Flow, version)
		if errors.Is(err, storage.ErrConflict) { // it ran in a group of somebody's own
			m[kindVersion] = slices.DeleteFunc(slices.Clone(m[kindVersion]), func(v string) bool { return v == versionMark(version) })
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoVersions are the versions with the demo's content, the newest first: those that it made, and those that were rolled back to one of them.
func (d *Demo) demoVersions(ctx context.Context, m marks) ([]int32, error) {
	ours := make(map[int32]bool)
	for _, mark := range m[kindVersion] {
		var version int32
		if _, err := fmt.Sscanf(mark, Flow+"@%d", &version); err != nil {
			return nil, fmt.Errorf("version %s: %w", mark, err)
		}
		ours[version] = true
	}
	restored := make(map[int32]int32)
	for page := (storage.Page{}); ; {
		versions, next, err := d.deps.Store.ListVersions(ctx, Flow, page)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			restored[v.GetVersion()] = v.GetRestoredVersion()
		}
		if page.Token = next; next == "" {
			break
		}
	}
	for _, version := range slices.Sorted(maps.Keys(restored)) { // what was restored comes before what restored it
		if ours[restored[version]] {
			ours[version] = true
		}
	}
	newest := slices.Sorted(maps.Keys(ours))
	slices.Reverse(newest)
	return newest, nil
}

// resetDraft makes a draft the shipped version when nobody has changed it: when it is what one of the demo's versions is.
func (d *Demo) resetDraft(ctx context.Context, flow *flowdeskv1.Flow, first *flowdeskv1.FlowVersion, ours []int32) error {
	for _, version := range ours {
		v, err := d.deps.Store.GetVersion(ctx, Flow, version)
		if errors.Is(err, storage.ErrNotFound) { // removed by an earlier try, which ended half-way
			continue
		}
		if err != nil {
			return err
		}
		if proto.Equal(v.GetDefinition(), flow.GetDefinition()) {
			flow.Definition, flow.UpdateTime, flow.Editor = first.GetDefinition(), engine.Timestamp(d.deps.Runner.Now()), first.GetAuthor()
			return d.deps.Store.UpdateFlow(ctx, flow, flow.GetRevision())
		}
	}
	return nil
}

func (d *Demo) removeRobots(ctx context.Context, m marks) error {
	for _, robot := range m[kindRobot] {
		if err := d.deps.Store.DeleteRobot(ctx, robot); err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	all, err := d.deps.Store.ListRobots(ctx)
	if err == nil {
		d.deps.RobotsChanged(all)
	}
	return err
}

// removeAnswers removes the demo's answers that nobody has changed, and the demo's groups from the settings.
func (d *Demo) removeAnswers(ctx context.Context, m marks) error {
	stored, err := d.deps.Store.GetSettings(ctx)
	if err != nil {
		return err
	}
	settings := proto.CloneOf(stored)
	settings.Answers = slices.DeleteFunc(settings.GetAnswers(), func(a *flowdeskv1.AnswerEntry) bool {
		return slices.Contains(m[kindAnswer], a.GetId()) &&
			slices.ContainsFunc(Answers(), func(ours *flowdeskv1.AnswerEntry) bool { return proto.Equal(ours, a) })
	})
	if slices.Contains(m[kindGroup], settings.GetStaffGroup()) {
		settings.StaffGroup = ""
	}
	if slices.Contains(m[kindGroup], settings.GetManagementGroup()) {
		settings.ManagementGroup = ""
	}
	if proto.Equal(stored, settings) {
		return nil
	}
	return d.deps.Store.PutSettings(ctx, settings, strings.TrimSpace(stored.GetEtag()))
}

func (d *Demo) removeDirectory(ctx context.Context, m marks) error {
	return d.deps.Store.DeleteDirectory(ctx, m[kindGroup], m[kindPerson])
}
