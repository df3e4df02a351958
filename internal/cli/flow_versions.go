package cli

import (
	"context"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowVersions struct {
	paging

	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
}

// Run implements the command.
func (c *flowVersions) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListFlowVersionsRequest{Parent: resource("flows", c.Flow)}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlowVersions, request)
	},
		col("VERSION", func(v *flowdeskv1.FlowVersion) string { return versionOf(v.GetVersion()) }),
		col("LIVE", func(v *flowdeskv1.FlowVersion) string { return sh.yes(v.GetActive()) }),
		col("OPEN RUNS", func(v *flowdeskv1.FlowVersion) string { return number(v.GetOpenInstances()) }),
		col("PUBLISHED", func(v *flowdeskv1.FlowVersion) string { return sh.time(v.GetCreateTime()) }),
		col("BY", func(v *flowdeskv1.FlowVersion) string { return titleOr(v.GetAuthorTitle(), v.GetAuthor()) }), col("NOTE", sh.versionNote),
	)
}

type flowActivate struct {
	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
	To   int32  `help:"Version; by default the newest."`
}

// Run implements the command.
func (c *flowActivate) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ActivateFlow,
		&flowdeskv1.ActivateFlowRequest{Name: resource("flows", c.Flow), Version: c.To})
	if err != nil {
		return err
	}
	return sh.done(got.GetFlow(), "flow %s: version %d is live", short(c.Flow), got.GetFlow().GetActiveVersion())
}

type flowDeactivate struct {
	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
}

// Run implements the command.
func (c *flowDeactivate) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(1, "New messages will not start flow %s any more.", short(c.Flow)); err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.DeactivateFlow,
		&flowdeskv1.DeactivateFlowRequest{Name: resource("flows", c.Flow)})
	if err != nil {
		return err
	}
	return sh.done(got.GetFlow(), "flow %s: not live", short(c.Flow))
}

type flowDelete struct {
	Flow string `arg:"" predictor:"flow" help:"Id of the flow."`
}

// Run implements the command.
func (c *flowDelete) Run(ctx context.Context, sh *Shell) error {
	if err := sh.confirm(1, "Flow %s will be deleted with its draft.", short(c.Flow)); err != nil {
		return err
	}
	gone, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.DeleteFlow,
		&flowdeskv1.DeleteFlowRequest{Name: resource("flows", c.Flow)})
	if err != nil {
		return err
	}
	return sh.done(gone, "flow %s: deleted", short(c.Flow))
}
