package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// prepare stores all that the week runs on.
func (d *Demo) prepare(ctx context.Context) error {
	if err := d.furnish(ctx); err != nil {
		return err
	}
	if err := d.publish(ctx); err != nil {
		return fmt.Errorf("prepare demo data: %w", err)
	}
	return d.deps.Runner.Reload(ctx)
}

// furnish stores directory, robots and answers, and notes what of them was not there before.
func (d *Demo) furnish(ctx context.Context) error {
	d.note(ctx, stateFilling)
	for _, step := range []func(context.Context) error{d.putRobots, d.putPeople, d.putGroups, d.putSettings} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("prepare demo data: %w", err)
		}
	}
	return d.deps.Runner.Reload(ctx)
}

func (d *Demo) putRobots(ctx context.Context) error {
	for _, record := range d.deps.Robots() {
		robot := record.Robot.GetId()
		if _, err := d.deps.Store.GetRobot(ctx, robot); err == nil {
			continue
		} else if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		record.Robot.CreateTime = engine.Timestamp(d.deps.Runner.Now())
		record.Robot.UpdateTime = record.Robot.GetCreateTime()
		if err := errors.Join(d.deps.Store.PutRobot(ctx, record, ""), d.deps.Store.MarkDemo(ctx, kindRobot, robot)); err != nil {
			return err
		}
	}
	all, err := d.deps.Store.ListRobots(ctx)
	if err == nil {
		d.deps.RobotsChanged(all)
	}
	return err
}

func (d *Demo) putPeople(ctx context.Context) error {
	for _, p := range People() {
		if _, err := d.deps.Store.GetPerson(ctx, p.GetId()); err == nil {
			continue
		} else if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		p.CreateTime = engine.Timestamp(d.deps.Runner.Now())
		p.UpdateTime = p.GetCreateTime()
		if err := errors.Join(d.deps.Store.PutPerson(ctx, p, ""), d.deps.Store.MarkDemo(ctx, kindPerson, p.GetId())); err != nil {
			return err
		}
	}
	return nil
}

// putGroups stores the groups that are not there; only their sessions are part of the week.
func (d *Demo) putGroups(ctx context.Context) error {
	var robots []string
	for _, record := range d.deps.Robots() {
		robots = append(robots, record.Robot.GetId())
	}
	for _, g := range Groups(robots) {
		if _, err := d.deps.Store.GetGroup(ctx, g.GetId()); err == nil {
			continue
		} else if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		g.CreateTime = engine.Timestamp(d.deps.Runner.Now())
		g.UpdateTime = g.GetCreateTime()
		err := d.deps.Store.PutGroup(ctx, g, "")
		if errors.Is(err, storage.ErrExists) {
			continue // somebody's own group has the title
		}
		if err := errors.Join(err, d.deps.Store.MarkDemo(ctx, kindGroup, g.GetId()), d.deps.Store.MarkDemo(ctx, kindSession, g.GetId())); err != nil {
			return err
		}
	}
	return nil
}

// putSettings adds answers where there are none, and says where staff and management sit where nobody has.
func (d *Demo) putSettings(ctx context.Context) error {
	settings, err := d.deps.Store.GetSettings(ctx)
	if err != nil || len(settings.GetAnswers()) > 0 {
		return err
	}
	settings = proto.CloneOf(settings)
	settings.Answers = Answers()
	if settings.GetStaffGroup() == "" {
		settings.StaffGroup = StaffGroup
	}
	if settings.GetManagementGroup() == "" {
		settings.ManagementGroup = ManagementGroup
	}
	if err := d.deps.Store.PutSettings(ctx, settings, ""); err != nil {
		return err
	}
	for _, a := range settings.GetAnswers() {
		if err := d.deps.Store.MarkDemo(ctx, kindAnswer, a.GetId()); err != nil {
			return err
		}
	}
	return nil
}

// publish adds a second and a third version to a flow that has nothing but its shipped one, as if they had been published in the week.
func (d *Demo) publish(ctx context.Context) error {
	flow, err := d.deps.Store.GetFlow(ctx, Flow)
	if err != nil || flow.GetLatestVersion() != 1 || flow.GetDraftChanged() {
		return err
	}
	two, err := second(flow.GetDefinition())
	if errors.Is(err, errNotTheFlow) {
		return nil
	}
	now := d.deps.Runner.Now()
	for n, v := range []*flowdeskv1.FlowVersion{
		{Definition: two, Note: secondNote, Author: "财神爷", CreateTime: engine.Timestamp(now.Add(-4 * 24 * time.Hour))},
		{Definition: third(flow.GetDefinition()), Note: thirdNote, Author: "小助理", CreateTime: engine.Timestamp(now.Add(-3 * 24 * time.Hour))},
	} {
		program, diagnostics := d.deps.Runner.Compile(Flow, int32(n+2), v.GetDefinition())
		if program == nil {
			return fmt.Errorf("version %d of the demo's flow: %v", n+2, diagnostics)
		}
		v.Flow, v.Layout, v.Digest, v.Bounds = Flow, flow.GetLayout(), program.Digest, program.Bounds
		number, err := d.deps.Store.PublishVersion(ctx, v, true)
		if err != nil {
			return err
		}
		if err := d.deps.Store.MarkDemo(ctx, kindVersion, versionMark(number)); err != nil {
			return err
		}
		flow.Definition = v.GetDefinition()
	}
	if flow, err = d.deps.Store.GetFlow(ctx, Flow); err != nil {
		return err
	}
	v, err := d.deps.Store.GetVersion(ctx, Flow, flow.GetActiveVersion())
	if err != nil {
		return err
	}
	flow.Definition, flow.UpdateTime, flow.Editor = v.GetDefinition(), v.GetCreateTime(), v.GetAuthor()
	return d.deps.Store.UpdateFlow(ctx, flow, flow.GetRevision())
}

func versionMark(version int32) string { return fmt.Sprintf("%s@%d", Flow, version) }

// versions are the versions of the flow on which the week runs, the earliest first: the demo's, or the active one alone.
func (d *Demo) versions(ctx context.Context, since time.Time) ([]*flowdeskv1.FlowVersion, error) {
	flow, err := d.deps.Store.GetFlow(ctx, Flow)
	if err != nil {
		return nil, err
	}
	noted, err := d.deps.Store.ListDemo(ctx)
	if err != nil {
		return nil, err
	}
	numbers := []int32{flow.GetActiveVersion()}
	if len(noted[kindVersion]) > 0 {
		numbers = []int32{1, 2, 3}
	}
	var versions []*flowdeskv1.FlowVersion
	for _, number := range numbers {
		v, err := d.deps.Store.GetVersion(ctx, Flow, number)
		if err != nil {
			return nil, fmt.Errorf("version %d of flow %s: %w", number, Flow, err)
		}
		if number == numbers[0] && v.GetCreateTime().AsTime().After(since) {
			v.CreateTime = engine.Timestamp(since)
		}
		versions = append(versions, v)
	}
	return versions, nil
}
