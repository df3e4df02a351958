package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

const (
	cancelAtOnce   = 500              // instances that one rollback cancels
	cancelWithin   = 10 * time.Second // that it takes for them at most: who rolls back waits for the answer
	cancelPage     = 100
	cancelTogether = 16 // in different sessions they share commits
)

func (s *flowService) RollbackFlow(ctx context.Context, r *flowdeskv1.RollbackFlowRequest) (*flowdeskv1.RollbackFlowResponse, error) {
	answer, err := s.rollBack(ctx, r)
	if err != nil {
		return nil, err
	}
	from := answer.GetFlowVersion().GetRolledBackFrom()
	if from > 0 && !r.GetValidateOnly() && r.GetOpenInstances() == flowdeskv1.OpenInstances_OPEN_INSTANCES_CANCEL {
		if answer.CancelledInstances, err = s.cancelOpen(ctx, answer.GetFlowVersion()); err != nil {
			return nil, err
		}
	}
	if from > 0 {
		if answer.RemainingInstances, err = s.deps.Store.CountInstances(ctx, answer.GetFlowVersion().GetFlow(), from); err != nil {
			return nil, err
		}
	}
	stored, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	by := s.authors()
	if answer.Flow, err = by.flow(ctx, stored); err != nil {
		return nil, err
	}
	_, err = by.version(ctx, answer.GetFlowVersion())
	return answer, err
}

// rollBack makes what an earlier version is the next version, and live. It leaves the instances alone.
func (s *flowService) rollBack(ctx context.Context, r *flowdeskv1.RollbackFlowRequest) (*flowdeskv1.RollbackFlowResponse, error) {
	release, err := s.locks.acquire(ctx, "flows/"+id(r.GetName())) // of two who roll back at once the second finds it done
	if err != nil {
		return nil, err
	}
	defer release()
	if done, err := s.rolledBack(ctx, id(r.GetName())); done != nil || err != nil {
		return done, err
	}
	flow, err := s.flowAt(ctx, r.GetName(), r.GetEtag())
	if err != nil {
		return nil, err
	}
	live, err := s.live(ctx, flow)
	if err != nil {
		return nil, err
	}
	earlier, err := s.earlier(ctx, live, flow.GetId(), r.GetVersion())
	if err != nil {
		return nil, err
	}
	program, diagnostics := s.deps.Runner.Compile(flow.GetId(), flow.GetLatestVersion()+1, earlier.GetDefinition())
	if program == nil {
		return nil, invalidFlow(flow.GetId(), earlier.GetVersion(), diagnostics)
	}
	var draft *flowdeskv1.Flow
	if r.GetRestoreDraft() {
		draft = proto.CloneOf(flow)
		draft.Definition, draft.Layout = earlier.GetDefinition(), earlier.GetLayout()
		draft.UpdateTime, draft.Editor = engine.Timestamp(s.deps.Runner.Now()), actor(ctx)
	}
	answer := &flowdeskv1.RollbackFlowResponse{Diagnostics: diagnostics, FlowVersion: live}
	if live != nil && says(live, program.Digest, earlier.GetLayout()) {
		answer.Unchanged = true
		return answer, s.restoreDraft(ctx, flow, draft, r)
	}
	answer.FlowVersion = &flowdeskv1.FlowVersion{
		Flow: flow.GetId(), Definition: earlier.GetDefinition(), Layout: earlier.GetLayout(), Digest: program.Digest, Note: r.GetNote(), Author: actor(ctx),
		CreateTime: engine.Timestamp(s.deps.Runner.Now()), Bounds: program.Bounds, RestoredVersion: earlier.GetVersion(), RolledBackFrom: live.GetVersion(),
	}
	if r.GetValidateOnly() {
		answer.FlowVersion.Version = program.Version
		return answer, nil
	}
	if draft != nil {
		if err := s.keep(ctx, flow); err != nil {
			return nil, err
		}
	}
	number, err := s.deps.Store.RollBack(ctx, answer.GetFlowVersion(), draft, attemptOf(ctx).version())
	if errors.Is(err, storage.ErrConflict) { // another replica was quicker
		return nil, etagMismatch()
	}
	if err != nil {
		return nil, err
	}
	answer.FlowVersion.Version, answer.FlowVersion.Active = number, true
	return answer, s.deps.Runner.Reload(ctx)
}

// rolledBack is what an earlier call with this request id did whose answer was lost; nil when it did nothing. Looking for what to do again would go
// one version further back.
func (s *flowService) rolledBack(ctx context.Context, flow string) (*flowdeskv1.RollbackFlowResponse, error) {
	request := attemptOf(ctx).version()
	if request == nil {
		return nil, nil //nolint:nilnil // nothing was done
	}
	stored, err := s.deps.Store.GetRequest(ctx, request.Method, request.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil //nolint:nilnil // nothing was done
	}
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseInt(string(stored), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("version of request %s: %w", request.ID, err)
	}
	version, err := s.deps.Store.GetVersion(ctx, flow, int32(number))
	if err != nil {
		return nil, err
	}
	_, diagnostics := s.deps.Runner.Compile(flow, version.GetVersion(), version.GetDefinition())
	return &flowdeskv1.RollbackFlowResponse{FlowVersion: version, Diagnostics: diagnostics}, s.deps.Runner.Reload(ctx)
}

// live is the active version of a flow; nil when none is.
func (s *flowService) live(ctx context.Context, flow *flowdeskv1.Flow) (*flowdeskv1.FlowVersion, error) {
	if flow.GetActiveVersion() == 0 {
		return nil, nil //nolint:nilnil // no version is an answer
	}
	return s.deps.Store.GetVersion(ctx, flow.GetId(), flow.GetActiveVersion())
}

// earlier is the version with a number. With 0 it is the one before that whose content is live: who rolls back again when the version before
// proves to be wrong too comes to the one before that, and not back to the one that was left.
func (s *flowService) earlier(ctx context.Context, live *flowdeskv1.FlowVersion, flow string, number int32) (*flowdeskv1.FlowVersion, error) {
	if number > 0 {
		return s.deps.Store.GetVersion(ctx, flow, number)
	}
	first := live
	for first.GetRestoredVersion() > 0 { // each is older than the last
		older, err := s.deps.Store.GetVersion(ctx, flow, first.GetRestoredVersion())
		if err != nil {
			return nil, err
		}
		first = older
	}
	if first.GetVersion() <= 1 {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_NOT_PUBLISHED, "there is no earlier version")
	}
	return s.deps.Store.GetVersion(ctx, flow, first.GetVersion()-1)
}

// restoreDraft makes the draft what is live already, when that was asked for.
func (s *flowService) restoreDraft(ctx context.Context, before, draft *flowdeskv1.Flow, r *flowdeskv1.RollbackFlowRequest) error {
	if draft == nil || r.GetValidateOnly() {
		return nil
	}
	if err := s.keep(ctx, before); err != nil {
		return err
	}
	err := s.deps.Store.UpdateFlow(ctx, draft, draft.GetRevision())
	if errors.Is(err, storage.ErrConflict) {
		return revisionMismatch()
	}
	return err
}

// cancelOpen cancels instances that have not ended on the version from which a flow was rolled back, the oldest first. The flow has been rolled
// back by then: an instance that cannot be cancelled now is left, and counted with those that remain.
func (s *flowService) cancelOpen(ctx context.Context, now *flowdeskv1.FlowVersion) (int32, error) {
	ctx, stop := context.WithTimeout(context.WithValue(ctx, attemptKey, (*attempt)(nil)), cancelWithin) // a repetition finds other instances
	defer stop()
	filter := storage.InstanceFilter{
		Flow: now.GetFlow(), Version: now.GetRolledBackFrom(), Oldest: true,
		Statuses: []flowdeskv1.InstanceStatus{flowdeskv1.InstanceStatus_INSTANCE_STATUS_RUNNING, flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING},
	}
	reason := "流程回滚到版本 " + itoa(now.GetRestoredVersion())
	var cancelled atomic.Int32
	next := storage.Page{Size: cancelPage}
	for seen := 0; seen < cancelAtOnce; seen += cancelPage {
		open, token, err := s.deps.Store.ListInstances(ctx, filter, next)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return 0, err
		}
		var together errgroup.Group
		together.SetLimit(cancelTogether)
		for _, i := range open {
			together.Go(func() error {
				if s.cancel(ctx, i, reason) {
					cancelled.Add(1)
				}
				return nil
			})
		}
		_ = together.Wait()
		if next.Token = token; token == "" {
			break
		}
	}
	return cancelled.Load(), nil
}

// cancel cancels an instance and reports whether that ended it.
func (s *flowService) cancel(ctx context.Context, i *flowdeskv1.Instance, reason string) bool {
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: i.GetSession(), Payload: &flowdeskv1.Event_Cancel{Cancel: &flowdeskv1.InstanceCancel{
		Instance: i.GetId(), Reason: reason,
	}}})
	if err != nil {
		s.deps.Log.Warn("cancel an instance after a rollback", slog.String("instance", i.GetId()), slog.Any("error", err))
		return false
	}
	for _, trace := range turn.GetTraces() {
		if trace.GetInstance() == i.GetId() && trace.GetStatus() == flowdeskv1.InstanceStatus_INSTANCE_STATUS_CANCELLED {
			return true
		}
	}
	return false
}
