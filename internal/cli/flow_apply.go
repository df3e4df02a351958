package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowApply struct {
	Files   []string `arg:"" name:"file" predictor:"file" help:"YAML or JSON files."`
	ID      string   `help:"Id of the flow; by default the file's name without its ending."`
	Publish bool     `help:"Publish it as a new version and make that live."`
	Note    string   `help:"Note of the version: what changed, for other people."`
	DryRun  bool     `help:"Show what would change, and change nothing."`
}

// Run implements the command. Nothing of a file is applied while it has errors.
func (c *flowApply) Run(ctx context.Context, sh *Shell) error {
	if c.ID != "" && len(c.Files) > 1 {
		return sh.usage("--id is for one file")
	}
	return each(sh, c.Files, func(file string) error { return c.apply(ctx, sh, file) })
}

func (c *flowApply) apply(ctx context.Context, sh *Shell, file string) error {
	data, err := sh.read(file)
	if err != nil {
		return err
	}
	found, err := check(data)
	if err != nil {
		return err
	}
	sh.findings(file, found.GetDiagnostics())
	if !found.GetValid() {
		return sh.invalid("%s has errors", file)
	}
	id := c.ID
	if id == "" {
		id = fileID(file)
	}
	before, err := sh.flow(ctx, id)
	if status.Code(err) != codes.NotFound && err != nil {
		return err
	}
	if c.DryRun {
		return sh.plan(id, before, found.GetDefinition())
	}
	after, done, err := sh.save(ctx, id, before, found.GetDefinition(), found.GetLayout())
	if err != nil {
		return err
	}
	if !c.Publish {
		return sh.done(after, done, id)
	}
	if done == flowUnchanged && after.GetActiveVersion() > 0 && after.GetActiveVersion() == after.GetLatestVersion() && !after.GetDraftChanged() {
		return sh.done(after, flowUnchangedLive, id, after.GetActiveVersion())
	}
	published, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.PublishFlow,
		&flowdeskv1.PublishFlowRequest{Name: after.GetName(), Note: c.Note, Revision: after.GetRevision()})
	if err != nil {
		return err
	}
	if published.GetUnchanged() {
		return sh.done(published.GetFlowVersion(), flowUnchangedLive, id, published.GetFlowVersion().GetVersion())
	}
	return sh.done(published.GetFlowVersion(), "flow %s: version %d is live", id, published.GetFlowVersion().GetVersion())
}

// fileID is the flow that a file is of: its name without ending, in the form of an id.
func fileID(file string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), "_", "-"))
}

// What became of a draft.
const (
	flowCreated   = "flow %s: created"
	flowChanged   = "flow %s: draft changed"
	flowUnchanged = "flow %s: unchanged"

	flowUnchangedLive = "flow %s: unchanged, version %d is live"
)

// save creates a flow, or changes the draft that was read. A file without a layout leaves things where they stand.
func (sh *Shell) save(
	ctx context.Context, id string, before *flowdeskv1.Flow, definition *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout,
) (*flowdeskv1.Flow, string, error) {
	if before == nil {
		created, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.CreateFlow,
			&flowdeskv1.CreateFlowRequest{FlowId: short(id), Flow: &flowdeskv1.Flow{Definition: definition, Layout: layout}})
		return created.GetFlow(), flowCreated, err
	}
	if engine.Compare(before.GetDefinition(), definition, nil, nil).GetIdentical() && (layout == nil || proto.Equal(layout, before.GetLayout())) {
		return before, flowUnchanged, nil
	}
	updated, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.UpdateFlow, &flowdeskv1.UpdateFlowRequest{
		Flow: &flowdeskv1.Flow{Name: before.GetName(), Definition: definition, Layout: layout, Revision: before.GetRevision()},
	})
	return updated.GetFlow(), flowChanged, err
}

// plan shows what applying a file would do.
func (sh *Shell) plan(id string, before *flowdeskv1.Flow, definition *flowdeskv1.FlowDefinition) error {
	comparison := engine.Compare(before.GetDefinition(), definition, nil, nil)
	return sh.show(comparison, func() error {
		switch {
		case before == nil:
			sh.print("flow %s: would be created with %d nodes", id, len(definition.GetNodes()))
		case comparison.GetIdentical():
			sh.print(flowUnchanged, id)
		default:
			sh.print("flow %s: the draft would change", id)
			return sh.comparison(comparison)
		}
		return nil
	})
}

type flowImport struct {
	File string `arg:"" predictor:"file" help:"YAML or JSON file; - reads standard input."`
	ID   string `help:"Id of the new flow; by default the file's name without its ending."`
}

// Run implements the command. A draft may have errors: they are shown, and count when it is published.
func (c *flowImport) Run(ctx context.Context, sh *Shell) error {
	data, err := sh.read(c.File)
	if err != nil {
		return err
	}
	found, err := check(data)
	if err != nil {
		return err
	}
	sh.findings(c.File, found.GetDiagnostics())
	if len(found.GetDefinition().GetNodes()) == 0 {
		return sh.invalid("%s cannot be read", c.File)
	}
	id := c.ID
	if id == "" && c.File != "-" {
		id = fileID(c.File)
	}
	created, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.CreateFlow,
		&flowdeskv1.CreateFlowRequest{FlowId: id, Flow: &flowdeskv1.Flow{Definition: found.GetDefinition(), Layout: found.GetLayout()}})
	if err != nil {
		return err
	}
	return sh.done(created.GetFlow(), flowCreated, created.GetFlow().GetId())
}

type flowExport struct {
	Flow    string `arg:"" predictor:"flow" help:"Id of the flow."`
	File    string `arg:"" optional:"" predictor:"file" help:"File to write; by default standard output. An ending of .json writes JSON."`
	Version int32  `help:"Version; by default the draft."`
}

// Run implements the command.
func (c *flowExport) Run(ctx context.Context, sh *Shell) error {
	definition, layout, err := sh.definition(ctx, c.Flow, c.Version)
	if err != nil {
		return err
	}
	data, err := render(definition, layout, filepath.Ext(c.File) == ".json" || sh.remote.Output == "json")
	if err != nil {
		return err
	}
	if c.File == "" || c.File == "-" {
		return sh.write(string(data))
	}
	switch there, err := os.ReadFile(c.File); {
	case err == nil && bytes.Equal(there, data):
		sh.notice("%s says the same already", c.File)
		return nil
	case err == nil:
		if err := sh.confirm(1, "%s is there already and will be overwritten.", c.File); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.WriteFile(c.File, data, 0o644); err != nil { //nolint:gosec // a flow file is for others to read
		return err
	}
	sh.notice("wrote %s", c.File)
	return nil
}
