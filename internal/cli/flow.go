package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowCommand struct {
	Remote

	List       flowList       `cmd:"" help:"List flows." eg:"flow list\nflow list --active -o name"`
	Get        flowGet        `cmd:"" aliases:"show" help:"Show a flow: its draft and what is live." eg:"flow get unified\nflow get unified -o yaml"`
	Validate   flowValidate   `cmd:"" help:"Check flow files, or a flow's draft. Findings are FILE:line:column." eg:"flow validate flows/unified.yaml\nflow validate --draft unified"`
	Format     flowFormat     `cmd:"" aliases:"fmt" help:"Write a flow file in its canonical form." eg:"flow fmt my-flow.yaml --write\nflow fmt my-flow.yaml --check"`
	Diff       flowDiff       `cmd:"" help:"Compare live version, draft, versions and files of a flow." eg:"flow diff unified\nflow diff unified draft my-flow.yaml"`
	Graph      flowGraph      `cmd:"" help:"Draw a flow: text, Mermaid, SVG or Graphviz." eg:"flow graph flows/unified.yaml\nflow graph unified --format mermaid"`
	Apply      flowApply      `cmd:"" help:"Create or change flows from files." eg:"flow apply my-flow.yaml --dry-run\nflow apply my-flow.yaml --publish --note 改了欢迎语"`
	Test       flowTest       `cmd:"" help:"Run a flow on a message in virtual time; nothing is stored or sent." eg:"flow test unified --text 发票怎么开\nflow test my-flow.yaml --text 在吗 --start 02:00 --run-on 8h"`
	Publish    flowPublish    `cmd:"" help:"Publish the draft as the next version and make it live." eg:"flow publish unified --note 夜间延迟\nflow publish unified --test\nflow publish unified --dry-run"`
	Rollback   flowRollback   `cmd:"" help:"Make a copy of an earlier version the next version, and live." eg:"flow rollback unified\nflow rollback unified --to 3 --note 话术有误\nflow rollback unified --to 3 --open-runs cancel"`
	Versions   flowVersions   `cmd:"" help:"List the versions of a flow." eg:"flow versions unified\nflow versions unified -o json"`
	Checkpoint flowCheckpoint `cmd:"" help:"Keep a flow's draft under a name, and go back to one."`
	Activate   flowActivate   `cmd:"" help:"Make a published version live." eg:"flow activate unified\nflow activate unified --to 2"`
	Deactivate flowDeactivate `cmd:"" help:"Stop new runs of a flow; waiting ones go on." eg:"flow deactivate unified\nflow deactivate unified --yes"`
	Export     flowExport     `cmd:"" help:"Write a server's flow as a file." eg:"flow export unified my-flow.yaml\nflow export unified --version 2"`
	Import     flowImport     `cmd:"" help:"Create a new flow from a file, errors and all." eg:"flow import my-flow.yaml\nflow import my-flow.yaml --id welcome"`
	Delete     flowDelete     `cmd:"" help:"Delete a flow that is not live." eg:"flow delete old-flow\nflow delete old-flow --yes"`
}

type flowList struct {
	paging

	Active   bool   `xor:"active" help:"Live flows only."`
	Inactive bool   `xor:"active" help:"Flows that are not live only."`
	Query    string `help:"Part of the title, of a node's name or of any text in the draft."`
	Label    string `help:"Label that the flow must have."`
}

// Run implements the command.
func (c *flowList) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListFlowsRequest{Query: c.Query, Label: c.Label}
	if c.Active || c.Inactive {
		request.Active = proto.Bool(c.Active)
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlows, request)
	},
		col("FLOW", (*flowdeskv1.Flow).GetId), col("TITLE", (*flowdeskv1.Flow).GetTitle),
		col("LIVE", func(f *flowdeskv1.Flow) string { return versionOf(f.GetActiveVersion()) }),
		col("LATEST", func(f *flowdeskv1.Flow) string { return versionOf(f.GetLatestVersion()) }),
		col("DRAFT", func(f *flowdeskv1.Flow) string { return sh.draft(f) }),
		col("UPDATED", func(f *flowdeskv1.Flow) string { return sh.time(f.GetUpdateTime()) }),
	)
}

// versionOf is a version as people write it; nothing for none.
func versionOf(version int32) string {
	if version == 0 {
		return "-"
	}
	return fmt.Sprintf("v%d", version)
}

func (sh *Shell) draft(f *flowdeskv1.Flow) string {
	if f.GetDraftChanged() {
		return sh.say("changed")
	}
	return sh.say("published")
}

type flowGet struct {
	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
}

// Run implements the command.
func (c *flowGet) Run(ctx context.Context, sh *Shell) error {
	f, err := sh.flow(ctx, c.Flow)
	if err != nil {
		return err
	}
	definition := f.GetDefinition()
	return sh.showRows(f,
		sh.row("flow", f.GetId()), sh.row("title", f.GetTitle()), sh.row("description", definition.GetDescription()),
		sh.row("live", versionOf(f.GetActiveVersion())), sh.row("latest", versionOf(f.GetLatestVersion())), sh.row("draft", sh.draft(f)),
		sh.row("revision", fmt.Sprint(f.GetRevision())),
		sh.row("size", sh.say("%d nodes, %d edges", len(definition.GetNodes()), len(definition.GetEdges()))),
		sh.row("created", sh.time(f.GetCreateTime())), sh.row("updated", sh.time(f.GetUpdateTime())),
	)
}

// flow reads a flow with its draft.
func (sh *Shell) flow(ctx context.Context, id string) (*flowdeskv1.Flow, error) {
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.GetFlow, &flowdeskv1.GetFlowRequest{Name: resource("flows", id)})
	return got.GetFlow(), err
}

// definition is what a flow is at one of its versions; 0 is the draft.
func (sh *Shell) definition(ctx context.Context, id string, version int32) (*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout, error) {
	if version == 0 {
		f, err := sh.flow(ctx, id)
		return f.GetDefinition(), f.GetLayout(), err
	}
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.GetFlowVersion,
		&flowdeskv1.GetFlowVersionRequest{Name: fmt.Sprintf("%s/versions/%d", resource("flows", id), version)})
	return got.GetFlowVersion().GetDefinition(), got.GetFlowVersion().GetLayout(), err
}
