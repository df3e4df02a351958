package cli

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowRollback struct {
	Flow         string `arg:"" predictor:"flow" help:"Id of the flow."`
	To           int32  `help:"Version that is copied; by default the one before that whose content is live."`
	Note         string `help:"Why, for other people."`
	OpenRuns     string `enum:"finish,cancel" default:"finish" help:"What becomes of runs that have not ended on the live version: finish or cancel."`
	RestoreDraft bool   `help:"Make the draft what the version is, too. What it was is kept as a checkpoint."`
	DryRun       bool   `help:"Check, and change nothing."`
}

// Run implements the command.
func (c *flowRollback) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.RollbackFlowRequest{
		Name: resource("flows", c.Flow), Version: c.To, RestoreDraft: c.RestoreDraft, ValidateOnly: c.DryRun, Note: c.Note,
	}
	if c.OpenRuns == "cancel" {
		request.OpenInstances = flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL
	}
	if !c.DryRun {
		if err := c.ask(ctx, sh, request); err != nil {
			return err
		}
		request.RequestId = sh.sys.RequestID()
	}
	got, err := sh.rollBack(ctx, request)
	if err != nil {
		return err
	}
	sh.findings(short(c.Flow), got.GetDiagnostics())
	version := got.GetFlowVersion()
	switch {
	case got.GetUnchanged():
		err = sh.done(version, flowUnchangedLive, short(c.Flow), version.GetVersion())
	case c.DryRun:
		err = sh.done(version, "flow %s: version %d would be a copy of version %d", short(c.Flow), version.GetVersion(), version.GetRestoredVersion())
	default:
		err = sh.done(version, "flow %s: version %d is live, a copy of version %d", short(c.Flow), version.GetVersion(), version.GetRestoredVersion())
	}
	if err != nil {
		return err
	}
	return c.open(ctx, sh, request, got)
}

// ask asks before what cannot be taken back: a draft that is replaced, and runs that are cancelled.
func (c *flowRollback) ask(ctx context.Context, sh *Shell, request *flowdeskv1.RollbackFlowRequest) error {
	if c.RestoreDraft {
		f, err := sh.flow(ctx, c.Flow)
		if err != nil {
			return err
		}
		if f.GetDraftChanged() {
			if err := sh.confirm(1, "The draft of %s is not what its newest version is; it will be replaced, and kept as a checkpoint.", short(c.Flow)); err != nil {
				return err
			}
		}
	}
	if request.GetOpenInstances() != flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL || sh.remote.Yes {
		return nil
	}
	request.ValidateOnly = true
	dry, err := sh.rollBack(ctx, request)
	request.ValidateOnly = false
	if err != nil || dry.GetRemainingInstances() == 0 {
		return err
	}
	return sh.confirm(int(dry.GetRemainingInstances()), "Runs that will be cancelled: %d.", dry.GetRemainingInstances())
}

// open tells what becomes of runs on the version that was live. A server cancels so many at once: it is asked again while that helps.
func (c *flowRollback) open(ctx context.Context, sh *Shell, request *flowdeskv1.RollbackFlowRequest, got *flowdeskv1.RollbackFlowResponse) error {
	from, cancelled, left := got.GetFlowVersion().GetRolledBackFrom(), got.GetCancelledInstances(), got.GetRemainingInstances()
	for step := cancelled; step > 0 && left > 0; {
		request.RequestId = sh.sys.RequestID()
		// By the number of what is live by now, and only while it is: asking again rolls nothing back.
		request.Version, request.RestoreDraft, request.Etag = got.GetFlowVersion().GetVersion(), false, got.GetFlow().GetEtag()
		more, err := sh.rollBack(ctx, request)
		if err != nil {
			return err
		}
		step, left = more.GetCancelledInstances(), more.GetRemainingInstances()
		cancelled += step
	}
	if cancelled > 0 {
		sh.notice("flow %s: runs of version %d that are cancelled: %d", short(c.Flow), from, cancelled)
	}
	if left > 0 {
		sh.notice("flow %s: runs of version %d that have not ended: %d (flowdesk run list --flow %s --version %d)", short(c.Flow), from, left, short(c.Flow), from)
	}
	return nil
}

func (sh *Shell) rollBack(ctx context.Context, request *flowdeskv1.RollbackFlowRequest) (*flowdeskv1.RollbackFlowResponse, error) {
	return call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.RollbackFlow, request)
}

// versionNote is what is to be said of a version: that it came of a rollback, and what its author wrote.
func (sh *Shell) versionNote(v *flowdeskv1.FlowVersion) string {
	switch {
	case v.GetRestoredVersion() == 0:
		return v.GetNote()
	case v.GetNote() == "":
		return sh.say("rolled back to version %d", v.GetRestoredVersion())
	default:
		return sh.say("rolled back to version %d: %s", v.GetRestoredVersion(), v.GetNote())
	}
}
