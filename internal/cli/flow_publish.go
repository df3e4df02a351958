package cli

import (
	"context"
	"fmt"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowPublish struct {
	Flow         string        `arg:"" predictor:"flow" help:"Id of the flow."`
	Note         string        `help:"What changed, for other people."`
	KeepInactive bool          `help:"Store the version and leave the live one as it is."`
	DryRun       bool          `help:"Compile, and publish nothing."`
	Test         bool          `xor:"test" help:"Play the flow's stored test cases on the draft first. When one fails (exit code 1), there are none (4), or they take too long (7), nothing is published."`
	TestAnyway   bool          `xor:"test" help:"As --test, but publish whatever the result: the failed cases are told and passed over."`
	TestLimit    time.Duration `default:"2m" help:"How long the test cases may take together."`
}

// Run implements the command.
func (c *flowPublish) Run(ctx context.Context, sh *Shell) error {
	if c.TestLimit <= 0 {
		return sh.usage("--test-limit must be more than nothing, such as 2m")
	}
	request := &flowdeskv1.PublishFlowRequest{Name: resource("flows", c.Flow), Note: c.Note, KeepInactive: c.KeepInactive, ValidateOnly: c.DryRun}
	if c.Test || c.TestAnyway {
		var err error
		if request.Revision, err = c.tested(ctx, sh); err != nil {
			return err
		}
	}
	published, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.PublishFlow, request)
	if err != nil {
		return err
	}
	sh.findings(short(c.Flow), published.GetDiagnostics())
	version := published.GetFlowVersion()
	switch {
	case published.GetUnchanged() && version.GetActive():
		return sh.done(version, flowUnchangedLive, short(c.Flow), version.GetVersion())
	case published.GetUnchanged():
		return sh.done(version, "flow %s: unchanged, version %d is stored", short(c.Flow), version.GetVersion())
	case c.DryRun:
		return sh.done(version, "flow %s: could be published as version %d", short(c.Flow), version.GetVersion())
	case c.KeepInactive:
		return sh.done(version, "flow %s: version %d is stored, not live", short(c.Flow), version.GetVersion())
	default:
		return sh.done(version, "flow %s: version %d is live", short(c.Flow), version.GetVersion())
	}
}

// tested plays the stored test cases on the draft and gives the revision that they were played on. Revisions only go up: a publication of that
// revision publishes what was tested, and is refused when somebody changed the draft meanwhile.
func (c *flowPublish) tested(ctx context.Context, sh *Shell) (int64, error) {
	name := resource("flows", c.Flow)
	got, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.GetFlow, &flowdeskv1.GetFlowRequest{Name: name})
	if err != nil {
		return 0, err
	}
	bounded, cancel := context.WithTimeout(ctx, c.TestLimit)
	defer cancel()
	results, all, err := c.play(bounded, sh, name)
	for _, r := range results {
		_, _ = fmt.Fprint(sh.sys.Err, sh.caseText(r, false)) // the result is the version
	}
	failed := failedCases(results)
	deadline, _ := bounded.Deadline()
	overdue := ctx.Err() == nil && err != nil && time.Until(deadline) < sooner
	switch {
	case overdue && !c.TestAnyway:
		return 0, &failure{code: ExitUnavailable, text: sh.say("the test cases took more than %s, %d of %d were played; nothing was published: --test-limit gives them more time",
			sh.duration(c.TestLimit), len(results), all)}
	case overdue:
		sh.notice("the test cases took more than %s; %d of %d were played", sh.duration(c.TestLimit), len(results), all)
	case err != nil:
		return 0, err
	case all == 0 && !c.TestAnyway: // a pass of nothing would be believed
		return 0, &failure{code: ExitNotFound, text: sh.say("flow %s has no test cases; nothing was published: save one in the simulator, or leave out --test", short(c.Flow))}
	case failed > 0 && !c.TestAnyway:
		return 0, sh.failed("%d of %d test cases failed; nothing was published: --test-anyway passes over them", failed, all)
	}
	sh.notice("%d of %d passed", len(results)-failed, all)
	return got.GetFlow().GetRevision(), nil
}

// sooner is how much earlier than we the server may notice that the time is over: the error is its, and the limit is ours.
const sooner = 200 * time.Millisecond

// play plays the cases one by one, so that a person sees how far it is. It gives the results there are and how many cases there would be.
func (c *flowPublish) play(ctx context.Context, sh *Shell, flow string) (results []*flowdeskv1.TestCaseResult, all int, err error) {
	var names []string
	for token := ""; ; {
		page, err := call(ctx, sh, flowdeskv1.NewSimulatorServiceClient, flowdeskv1.SimulatorServiceClient.ListTestCases,
			&flowdeskv1.ListTestCasesRequest{Parent: flow, PageSize: largestPage, PageToken: token})
		if err != nil {
			return nil, 0, err
		}
		for _, testCase := range page.GetTestCases() {
			names = append(names, testCase.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	for i, name := range names {
		sh.step(i+1, len(names), name)
		one, err := call(ctx, sh, flowdeskv1.NewSimulatorServiceClient, flowdeskv1.SimulatorServiceClient.RunTestCase,
			&flowdeskv1.RunTestCaseRequest{Choice: &flowdeskv1.FlowChoice{Flow: flow}, Which: &flowdeskv1.RunTestCaseRequest_Name{Name: name}})
		if err != nil {
			return results, len(names), err
		}
		results = append(results, one.GetResult())
	}
	return results, len(names), nil
}
