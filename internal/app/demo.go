package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/demo"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

func contextFor() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // a scrape has a time of its own
}

// DemoFlow is the shipped flow that a fresh installation runs.
const DemoFlow = demo.Flow

// Ship stores a shipped flow and activates it, unless a flow of that id is there already.
func (a *App) Ship(ctx context.Context, name string) error { return a.ship(ctx, name, a.Runner.Now()) }

// ShipForDemo is Ship with a time before the week of the demo data, which runs on the flow.
func (a *App) ShipForDemo(ctx context.Context, name string) error {
	return a.ship(ctx, name, a.Runner.Now().Add(-demo.Before))
}

func (a *App) ship(ctx context.Context, name string, at time.Time) error {
	if _, err := a.Store.GetFlow(ctx, name); err == nil || !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	definition, err := flows.Load(name)
	if err != nil {
		return err
	}
	layout, err := flows.LoadLayout(name)
	if err != nil {
		return err
	}
	program, diagnostics := a.Runner.Compile(name, 1, definition)
	if program == nil {
		return fmt.Errorf("shipped flow %s: %v", name, diagnostics)
	}
	now := engine.Timestamp(at)
	flow := &flowdeskv1.Flow{Id: name, Definition: definition, Layout: layout, CreateTime: now, UpdateTime: now}
	version := &flowdeskv1.FlowVersion{
		Flow: name, Definition: definition, Layout: layout, Digest: program.Digest, Note: "shipped", Author: "flowdesk", CreateTime: now, Bounds: program.Bounds,
	}
	if err := a.Store.InstallFlow(ctx, flow, version); err != nil && !errors.Is(err, storage.ErrExists) { // another replica may start at the same time
		return err
	}
	return a.Runner.Reload(ctx)
}

// DemoRobot is one robot of the demo.
type DemoRobot struct {
	ID, Title, RobotID string
	Duty               flowdeskv1.Duty
	Secret             string
}

// DemoGroup is the group of the demo to play in.
const DemoGroup = "华东客户群"

// DemoGroups are the titles of the demo's groups with their customers; the internal ones have none.
func DemoGroups() map[string][]string {
	groups := map[string][]string{}
	for n, title := range demo.GroupTitles() {
		groups[title] = demo.Members(n)
	}
	for _, g := range demo.Groups(nil) {
		if g.GetInternal() {
			groups[g.GetTitle()] = nil
		}
	}
	return groups
}

// DemoPeople are the people of the demo's directory; whoever else speaks is a customer.
func DemoPeople() []*flowdeskv1.Person { return demo.People() }

// Demo offers demo data: robots at a platform's address, and with them a week of work in twenty groups. An installation without a session gets it
// when it begins to serve, in the background; one from which it was removed does not get it again by itself.
func (a *App) Demo(ctx context.Context, platform string, robots []DemoRobot) error {
	a.demo.Store(demo.New(demo.Deps{
		Store: a.Store, Runner: a.Runner, Fill: desk.FillSettings, Log: a.log, TakeUp: a.Outbox.TakeUp, Withdraw: a.Outbox.Withdraw,
		RobotsChanged: a.robotsChanged, Robots: func() []*storage.RobotRecord { return demoRecords(platform, robots) },
	}))
	if err := a.demo.Load().Furnish(ctx); err != nil {
		return err
	}
	return a.moveDemoRobots(ctx, demoRecords(platform, robots))
}

func demoRecords(platform string, robots []DemoRobot) []*storage.RobotRecord {
	var records []*storage.RobotRecord
	for _, r := range robots {
		records = append(records, &storage.RobotRecord{WebhookSecret: r.Secret, Robot: &flowdeskv1.Robot{
			Id: r.ID, Title: r.Title, Duties: []flowdeskv1.Duty{r.Duty}, RobotId: r.RobotID, BaseUri: platform,
		}})
	}
	return records
}

// moveDemoRobots tells the demo's robots of an earlier start where the platform is now.
func (a *App) moveDemoRobots(ctx context.Context, robots []*storage.RobotRecord) error {
	for _, wanted := range robots {
		record, err := a.Store.GetRobot(ctx, wanted.Robot.GetId())
		if errors.Is(err, storage.ErrNotFound) || err == nil && record.Robot.GetRobotId() != wanted.Robot.GetRobotId() {
			continue
		}
		if err != nil {
			return err
		}
		record.Robot.BaseUri, record.WebhookSecret = wanted.Robot.GetBaseUri(), wanted.WebhookSecret
		if err := a.Store.PutRobot(ctx, record, ""); err != nil {
			return err
		}
	}
	records, err := a.Store.ListRobots(ctx)
	if err != nil {
		return err
	}
	a.robotsChanged(records)
	return a.Runner.Reload(ctx)
}

// resumeDemo makes demo data where the installation wants it.
func (a *App) resumeDemo(ctx context.Context) {
	if d := a.demo.Load(); d != nil {
		if err := d.Resume(ctx); err != nil {
			a.log.Error("demo data", "error", err)
		}
	}
}

// demoFace is the demo data as the API sees it: there is none until Demo was called.
type demoFace struct{ app *App }

// State implements server.Demo.
func (f demoFace) State(ctx context.Context) (*flowdeskv1.Demo, error) {
	if d := f.app.demo.Load(); d != nil {
		return d.State(ctx)
	}
	return nil, server.ErrNoDemo
}

// Load implements server.Demo.
func (f demoFace) Load(ctx context.Context) error {
	if d := f.app.demo.Load(); d != nil {
		return d.Load(ctx)
	}
	return server.ErrNoDemo
}

// Remove implements server.Demo.
func (f demoFace) Remove(ctx context.Context, onlyCount bool) (*flowdeskv1.Demo, error) {
	if d := f.app.demo.Load(); d != nil {
		return d.Remove(ctx, onlyCount)
	}
	return nil, server.ErrNoDemo
}
