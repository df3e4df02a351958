package server

import (
	"cmp"
	"context"
	"slices"
	"time"

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
	g := &flowdeskv1.Group{Id: "g" + s.newID(ctx)}
	if _, err := merge(g, r.GetGroup(), nil, groupFields...); err != nil {
		return nil, err
	}
	if g.GetTitle() == "" && len(g.GetAliases()) == 0 {
		return nil, invalidField("group.title", "a group needs a title, or a name by which a robot knows it")
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
	token, err := rowsToken(ctx, r.GetPageToken(), s.groupRows)
	if err != nil {
		return nil, err
	}
	filter := storage.GroupFilter{
		Title: r.GetQuery(), Review: r.Review, Groups: callerOf(ctx).Groups,
		ByTitle: r.GetOrder() != flowdeskv1.NameOrder_NAME_ORDER_UNSPECIFIED, Reverse: r.GetOrder() == flowdeskv1.NameOrder_NAME_ORDER_BACKWARD,
	}
	groups, next, err := s.deps.Store.ListGroups(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		nameGroup(g)
	}
	return &flowdeskv1.ListGroupsResponse{Groups: groups, NextPageToken: next, ResumeToken: token}, nil
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
	return g, checkEtag(ctx, etag, g.GetEtag())
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

// moveWork gives the open work of a session to another one by one event. The work arrives there by another, which is stored together with that
// one's turn; the answer waits for it a little, so that who merged finds the work there.
func (s *directoryService) moveWork(ctx context.Context, from *engine.State, into, reason string) error {
	if len(from.GetTasks())+len(from.GetAlerts()) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalWithin)
	defer cancel()
	arrivals := s.deps.Runner.Watch(ctx, into)
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: from.GetId(), Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_MERGE_AWAY, Into: into, Reason: cmp.Or(reason, "merged"),
	}}})
	if err != nil {
		return err
	}
	sent := ""
	for _, e := range turn.GetEffects() {
		if e.GetSendEvent().GetSession() == into {
			sent = e.GetSendEvent().GetId()
		}
	}
	if sent == "" {
		return nil // there was no open work
	}
	for arrived := range arrivals {
		if arrived.GetEvent().GetId() == sent {
			break
		}
	}
	return nil
}

// arrivalWithin is how long a merge waits for the turn in which the work arrives; it follows at once unless the session is very busy.
const arrivalWithin = 5 * time.Second
