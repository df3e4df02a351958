package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowCheckpoint struct {
	List    checkpointList    `cmd:"" help:"List the checkpoints of a flow's draft, newest first." eg:"flow checkpoint list unified\nflow checkpoint list unified -o json"`
	Save    checkpointSave    `cmd:"" help:"Keep the draft as it is, under a name." eg:"flow checkpoint save unified 节前\nflow checkpoint save unified rewrite"`
	Restore checkpointRestore `cmd:"" help:"Make the draft what it was at a checkpoint. What it is now is kept as a checkpoint." eg:"flow checkpoint restore unified 节前\nflow checkpoint restore unified 节前 --dry-run"`
	Delete  checkpointDelete  `cmd:"" help:"Delete a checkpoint." eg:"flow checkpoint delete unified 节前\nflow checkpoint delete unified 节前 --yes"`
}

type checkpointList struct {
	paging

	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
}

// Run implements the command.
func (c *checkpointList) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListFlowCheckpointsRequest{Parent: resource("flows", c.Flow)}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlowCheckpoints, request)
	},
		col("CHECKPOINT", (*flowdeskv1.FlowCheckpoint).GetId),
		col("NAME", func(k *flowdeskv1.FlowCheckpoint) string {
			if k.GetAutomatic() {
				return sh.say("kept by itself")
			}
			return k.GetTitle()
		}),
		col("REVISION", func(k *flowdeskv1.FlowCheckpoint) string { return fmt.Sprint(k.GetRevision()) }),
		col("KEPT", func(k *flowdeskv1.FlowCheckpoint) string { return sh.time(k.GetCreateTime()) }),
		col("BY", func(k *flowdeskv1.FlowCheckpoint) string { return titleOr(k.GetAuthorTitle(), k.GetAuthor()) }),
	)
}

// titleOr is the title of whoever did something, else the name.
func titleOr(title, name string) string {
	if title != "" {
		return title
	}
	return name
}

type checkpointSave struct {
	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
	Name string `arg:"" help:"Name for people, up to 100 characters."`
}

// Run implements the command.
func (c *checkpointSave) Run(ctx context.Context, sh *Shell) error {
	kept, err := sh.keep(ctx, c.Flow, c.Name, 0)
	if err != nil {
		return err
	}
	return sh.done(kept, "flow %s: the draft is kept as %s", short(c.Flow), kept.GetTitle())
}

// keep keeps the draft under a name; with a revision, only if it is still that one.
func (sh *Shell) keep(ctx context.Context, flow, title string, revision int64) (*flowdeskv1.FlowCheckpoint, error) {
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.CreateFlowCheckpoint,
		&flowdeskv1.CreateFlowCheckpointRequest{Parent: resource("flows", flow), Title: title, Revision: revision})
	return got.GetFlowCheckpoint(), err
}

type checkpointRestore struct {
	Flow       string `arg:"" predictor:"flow" help:"Id of the flow."`
	Checkpoint string `arg:"" help:"Id or name of the checkpoint; of several with one name, the newest."`
	DryRun     bool   `help:"Show what would change in the draft, and change nothing."`
}

// Run implements the command.
func (c *checkpointRestore) Run(ctx context.Context, sh *Shell) error {
	before, err := sh.flow(ctx, c.Flow)
	if err != nil {
		return err
	}
	found, err := sh.checkpoint(ctx, c.Flow, c.Checkpoint)
	if err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.GetFlowCheckpoint,
		&flowdeskv1.GetFlowCheckpointRequest{Name: found.GetName()})
	if err != nil {
		return err
	}
	kept := got.GetFlowCheckpoint()
	if c.DryRun {
		return sh.plan(short(c.Flow), before, kept.GetDefinition())
	}
	if engine.Compare(before.GetDefinition(), kept.GetDefinition(), nil, nil).GetIdentical() && proto.Equal(before.GetLayout(), kept.GetLayout()) {
		return sh.done(before, "flow %s: the draft is the same", short(c.Flow))
	}
	saved, err := sh.keep(ctx, c.Flow, sh.say("before going back"), before.GetRevision())
	if err != nil {
		return err
	}
	updated, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.UpdateFlow, &flowdeskv1.UpdateFlowRequest{
		Flow: &flowdeskv1.Flow{Name: before.GetName(), Definition: kept.GetDefinition(), Layout: kept.GetLayout(), Revision: before.GetRevision()},
	})
	if err != nil {
		return err
	}
	return sh.done(updated.GetFlow(), "flow %s: the draft is what it was at %s; what it was just now is kept as %s",
		short(c.Flow), titleOr(kept.GetTitle(), kept.GetId()), saved.GetTitle())
}

type checkpointDelete struct {
	Flow       string `arg:"" predictor:"flow" help:"Id of the flow."`
	Checkpoint string `arg:"" help:"Id or name of the checkpoint; of several with one name, the newest."`
}

// Run implements the command.
func (c *checkpointDelete) Run(ctx context.Context, sh *Shell) error {
	found, err := sh.checkpoint(ctx, c.Flow, c.Checkpoint)
	if err != nil {
		return err
	}
	name := titleOr(found.GetTitle(), found.GetId())
	if err := sh.confirm(1, "Checkpoint %s of flow %s will be deleted.", name, short(c.Flow)); err != nil {
		return err
	}
	gone, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.DeleteFlowCheckpoint,
		&flowdeskv1.DeleteFlowCheckpointRequest{Name: found.GetName()})
	if err != nil {
		return err
	}
	return sh.done(gone, "flow %s: checkpoint %s is deleted", short(c.Flow), name)
}

// checkpoint finds a checkpoint by id or name, the newest first.
func (sh *Shell) checkpoint(ctx context.Context, flow, wanted string) (*flowdeskv1.FlowCheckpoint, error) {
	request := &flowdeskv1.ListFlowCheckpointsRequest{Parent: resource("flows", flow), PageSize: 500}
	for {
		page, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlowCheckpoints, request)
		if err != nil {
			return nil, err
		}
		for _, k := range page.GetFlowCheckpoints() {
			if k.GetId() == wanted || k.GetName() == wanted || k.GetTitle() == wanted {
				return k, nil
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return nil, &failure{
				code: ExitNotFound, text: sh.say("flow %[1]s has no checkpoint %[2]s; flowdesk flow checkpoint list %[1]s shows what there is", short(flow), wanted),
			}
		}
	}
}
