package server

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

var groupFields = []protoreflect.Name{"title", "kind", "aliases", "staff_group", "staff", "internal", "review"}

func nameGroup(g *flowdeskv1.Group) *flowdeskv1.Group {
	g.Name = "groups/" + g.GetId()
	return g
}

// putGroup stores a group whose stored etag is still the given one, and gives it as it then is.
func (s *directoryService) putGroup(ctx context.Context, g *flowdeskv1.Group, etag string) (*flowdeskv1.Group, error) {
	g.Name, g.UpdateTime = "", engine.Timestamp(s.deps.Runner.Now())
	g.StaffGroup = id(g.GetStaffGroup())
	for i, person := range g.GetStaff() {
		g.Staff[i] = id(person)
	}
	if err := s.deps.Store.PutGroup(ctx, g, etag); err != nil {
		return nil, err
	}
	if err := s.deps.Runner.Reload(ctx); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetGroup(ctx, g.GetId())
	if err != nil {
		return nil, err
	}
	return nameGroup(stored), nil
}

func (s *directoryService) CreateGroup(ctx context.Context, r *flowdeskv1.CreateGroupRequest) (*flowdeskv1.CreateGroupResponse, error) {
	g := &flowdeskv1.Group{Id: "g" + s.deps.Runner.NewEventID()}
	if _, err := merge(g, r.GetGroup(), nil, groupFields...); err != nil {
		return nil, err
	}
	g.CreateTime, g.UpdateTime = engine.Timestamp(s.deps.Runner.Now()), engine.Timestamp(s.deps.Runner.Now())
	if r.GetValidateOnly() {
		return &flowdeskv1.CreateGroupResponse{Group: nameGroup(g)}, nil
	}
	g, err := s.putGroup(ctx, g, "")
	return &flowdeskv1.CreateGroupResponse{Group: g}, err
}

func (s *directoryService) GetGroup(ctx context.Context, r *flowdeskv1.GetGroupRequest) (*flowdeskv1.GetGroupResponse, error) {
	g, err := s.deps.Store.GetGroup(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetGroupResponse{Group: nameGroup(g)}, nil
}

func (s *directoryService) ListGroups(ctx context.Context, r *flowdeskv1.ListGroupsRequest) (*flowdeskv1.ListGroupsResponse, error) {
	groups, next, err := s.deps.Store.ListGroups(ctx, storage.GroupFilter{Title: r.GetQuery(), Review: r.Review}, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		nameGroup(g)
	}
	return &flowdeskv1.ListGroupsResponse{Groups: groups, NextPageToken: next}, nil
}

func (s *directoryService) UpdateGroup(ctx context.Context, r *flowdeskv1.UpdateGroupRequest) (*flowdeskv1.UpdateGroupResponse, error) {
	g, err := s.groupAt(ctx, id(r.GetGroup().GetName()), r.GetGroup().GetEtag())
	if err != nil {
		return nil, err
	}
	etag := g.GetEtag()
	if _, err := merge(g, r.GetGroup(), r.GetUpdateMask(), groupFields...); err != nil {
		return nil, err
	}
	if !g.GetReview() {
		g.ReviewReason = ""
	}
	if err := s.valid(g); err != nil {
		return nil, err
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.UpdateGroupResponse{Group: nameGroup(g)}, nil
	}
	g, err = s.putGroup(ctx, g, etag)
	return &flowdeskv1.UpdateGroupResponse{Group: g}, err
}

// groupAt is a group that was not merged away and whose etag is the given one.
func (s *directoryService) groupAt(ctx context.Context, group, etag string) (*flowdeskv1.Group, error) {
	g, err := s.deps.Store.GetGroup(ctx, group)
	if err != nil {
		return nil, err
	}
	if g.GetMergedInto() != "" {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_MERGED, "it was merged into groups/"+g.GetMergedInto())
	}
	return g, checkEtag(etag, g.GetEtag())
}

// MergeGroups first moves the names, so that no new message reaches the group that goes, then its open work. When it ends half-way, the same
// request finishes it: what has moved is no longer open in the source.
func (s *directoryService) MergeGroups(ctx context.Context, r *flowdeskv1.MergeGroupsRequest) (*flowdeskv1.MergeGroupsResponse, error) {
	into, err := s.groupAt(ctx, id(r.GetName()), r.GetEtag())
	if err != nil {
		return nil, err
	}
	source, err := s.deps.Store.GetGroup(ctx, id(r.GetSource()))
	switch {
	case err != nil:
		return nil, err
	case source.GetId() == into.GetId():
		return nil, invalidField("source", "a group cannot be merged into itself")
	case source.GetMergedInto() != "" && source.GetMergedInto() != into.GetId():
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_MERGED, "the source was merged into groups/"+source.GetMergedInto())
	}
	record, err := s.deps.Store.LoadSession(ctx, source.GetId())
	if err != nil {
		return nil, err
	}
	state, err := runner.Restore(source.GetId(), record)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(state.GetCommands(), onItsWay) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_IN_USE, "commands of the source are on their way; wait for them or cancel them")
	}
	if r.GetValidateOnly() {
		return &flowdeskv1.MergeGroupsResponse{Group: nameGroup(into)}, nil
	}
	if source.GetMergedInto() == "" {
		if err := s.deps.Store.MergeGroups(ctx, source.GetId(), into.GetId()); err != nil {
			return nil, err
		}
		if err := s.deps.Runner.Reload(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.moveWork(ctx, state, into.GetId(), r.GetReason()); err != nil {
		return nil, err
	}
	if into, err = s.deps.Store.GetGroup(ctx, into.GetId()); err != nil {
		return nil, err
	}
	return &flowdeskv1.MergeGroupsResponse{Group: nameGroup(into)}, nil
}

// onItsWay reports whether a command may still be said without anybody's doing.
func onItsWay(c *flowdeskv1.PendingCommand) bool {
	return !slices.Contains(doubtful, c.GetState())
}

// moveWork opens the open work of a session in another one, ends it where it was, and writes it once more where it is now: the ending wrote
// the same rows. Whatever happens in between, the other session holds the work.
func (s *directoryService) moveWork(ctx context.Context, from *engine.State, into, reason string) error {
	move := &flowdeskv1.SessionEvent{Action: flowdeskv1.SessionAction_SESSION_ACTION_MERGE, Reason: reason}
	var ends []*flowdeskv1.Event
	for _, t := range from.GetTasks() {
		move.Tasks = append(move.Tasks, proto.CloneOf(t))
		ends = append(ends, &flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Task: t.GetId(), Action: flowdeskv1.TaskAction_TASK_ACTION_CANCEL, Reason: "merged",
		}}})
	}
	for _, a := range from.GetAlerts() {
		if a.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
			continue
		}
		move.Alerts = append(move.Alerts, proto.CloneOf(a))
		ends = append(ends, &flowdeskv1.Event{Payload: &flowdeskv1.Event_Alert{Alert: &flowdeskv1.AlertEvent{
			Alert: a.GetId(), Action: flowdeskv1.AlertAction_ALERT_ACTION_RESOLVE, Reason: "merged",
		}}})
	}
	if len(ends) == 0 {
		return nil
	}
	opened := func() error {
		_, err := s.act(ctx, &flowdeskv1.Event{Session: into, Payload: &flowdeskv1.Event_SessionChange{SessionChange: proto.CloneOf(move)}})
		return err
	}
	if err := opened(); err != nil {
		return err
	}
	for _, end := range ends {
		end.Session = from.GetId()
		if _, err := s.act(ctx, end); err != nil {
			return err
		}
	}
	return opened()
}
