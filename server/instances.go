package server

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type instanceService struct {
	flowdeskv1.UnimplementedInstanceServiceServer
	*Server
}

func nameInstance(i *flowdeskv1.Instance) *flowdeskv1.Instance {
	i.Name = "instances/" + i.GetId()
	return i
}

// systemSession is where work that belongs to no conversation runs.
const systemSession = "system"

func (s *instanceService) StartInstance(ctx context.Context, r *flowdeskv1.StartInstanceRequest) (*flowdeskv1.StartInstanceResponse, error) {
	session := id(r.GetSession())
	if session == "" {
		session = systemSession
	} else if err := s.sessionExists(ctx, session); err != nil {
		return nil, err
	}
	if _, err := s.deps.Store.GetFlow(ctx, id(r.GetFlow())); err != nil {
		return nil, err
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: session, Payload: &flowdeskv1.Event_Manual{Manual: &flowdeskv1.ManualStart{
		Flow: id(r.GetFlow()), Version: r.GetVersion(), Text: r.GetText(),
	}}})
	if err != nil {
		return nil, err
	}
	for _, trace := range turn.GetTraces() {
		if trace.GetBegan() {
			i, _, err := s.deps.Store.GetInstance(ctx, trace.GetInstance())
			if err != nil {
				return nil, err
			}
			return &flowdeskv1.StartInstanceResponse{Instance: nameInstance(i)}, nil
		}
	}
	return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_FLOW_INACTIVE, "no active version of the flow has a manual trigger")
}

func (s *instanceService) ListInstances(ctx context.Context, r *flowdeskv1.ListInstancesRequest) (*flowdeskv1.ListInstancesResponse, error) {
	filter := storage.InstanceFilter{
		Flow: id(r.GetFlow()), Version: r.GetVersion(), Session: id(r.GetSession()), Message: id(r.GetMessage()), Statuses: r.GetStatuses(),
		After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil()), FailedNode: r.GetFailedNode(), SenderRole: r.GetSenderRole(),
		Oldest: r.GetOrder() == flowdeskv1.TimeOrder_TIME_ORDER_OLDEST, Groups: callerOf(ctx).Groups,
	}
	if filter.SenderRole != flowdeskv1.Role_ROLE_UNSPECIFIED && filter.Session == "" && filter.After.IsZero() {
		return nil, invalidField("sender_role", "it needs a session or since")
	}
	token := s.listToken(r.GetPageToken())
	instances, next, err := s.deps.Store.ListInstances(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	if err != nil {
		return nil, err
	}
	for _, i := range instances {
		nameInstance(i)
	}
	return &flowdeskv1.ListInstancesResponse{Instances: instances, NextPageToken: next, ResumeToken: token}, nil
}

func (s *instanceService) GetInstance(ctx context.Context, r *flowdeskv1.GetInstanceRequest) (*flowdeskv1.GetInstanceResponse, error) {
	i, _, err := s.deps.Store.GetInstance(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetInstanceResponse{Instance: nameInstance(i)}, nil
}

func (s *instanceService) CancelInstance(ctx context.Context, r *flowdeskv1.CancelInstanceRequest) (*flowdeskv1.CancelInstanceResponse, error) {
	i, _, err := s.deps.Store.GetInstance(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	if i.GetEndTime() != nil && !repeated(ctx) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the instance has ended")
	}
	if _, err := s.act(ctx, &flowdeskv1.Event{Session: i.GetSession(), Payload: &flowdeskv1.Event_Cancel{Cancel: &flowdeskv1.InstanceCancel{
		Instance: i.GetId(), Reason: r.GetReason(),
	}}}); err != nil {
		return nil, err
	}
	i, _, err = s.deps.Store.GetInstance(ctx, i.GetId())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CancelInstanceResponse{Instance: nameInstance(i)}, nil
}

// RetryInstance implements the service. The turns of the failed instance tell what it knew when it failed.
func (s *instanceService) RetryInstance(ctx context.Context, r *flowdeskv1.RetryInstanceRequest) (*flowdeskv1.RetryInstanceResponse, error) {
	h, more, err := s.historyPage(ctx, id(r.GetName()), 0, maxRetryTurns)
	if err != nil {
		return nil, err
	}
	i := h.instance
	if i.GetStatus() != flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "only a failed instance runs again")
	}
	if more {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the instance has too many turns to run again")
	}
	memory, node, err := engine.Remember(i.GetId(), h.turns)
	if err != nil {
		return nil, err
	}
	version := r.GetVersion()
	if version == 0 {
		version = i.GetVersion()
	}
	if err := s.fits(ctx, i, version, node, memory); err != nil {
		return nil, err
	}
	data, err := proto.Marshal(memory)
	if err != nil {
		return nil, err
	}
	turn, err := s.act(ctx, &flowdeskv1.Event{Session: i.GetSession(), Payload: &flowdeskv1.Event_Retry{Retry: &flowdeskv1.InstanceRetry{
		Instance: i.GetId(), Flow: i.GetFlow(), Version: version, Node: node, Memory: data, Reason: r.GetReason(),
	}}})
	if err != nil {
		return nil, err
	}
	for _, trace := range turn.GetTraces() {
		if trace.GetRetryOf() == i.GetId() {
			again, _, err := s.deps.Store.GetInstance(ctx, trace.GetInstance())
			if err != nil {
				return nil, err
			}
			return &flowdeskv1.RetryInstanceResponse{Instance: nameInstance(again)}, nil
		}
	}
	return nil, engine.ErrNotRetryable
}

// maxRetryTurns bounds the turns of an instance that are read to run it again.
const maxRetryTurns = 1000

// fits refuses a version without the failed node, and forgets what nodes gave that are of another kind there.
func (s *instanceService) fits(ctx context.Context, i *flowdeskv1.Instance, version int32, node string, memory *flowdeskv1.InstanceState) error {
	if version == i.GetVersion() {
		return nil
	}
	then, err := s.nodesOf(ctx, i)
	if err != nil {
		return err
	}
	other := proto.CloneOf(i)
	other.Version = version
	now, err := s.nodesOf(ctx, other)
	if err != nil {
		return err
	}
	same := func(node string) bool { return now[node] != nil && kindOf(now[node]) == kindOf(then[node]) }
	if !same(node) {
		return invalidField("version", "it has no node "+node+" of the same kind")
	}
	memory.Nodes = slices.DeleteFunc(memory.GetNodes(), func(m *flowdeskv1.NodeMemory) bool { return !same(m.GetNode()) })
	return nil
}

// kindOf is the kind of a node, empty for none.
func kindOf(n *flowdeskv1.Node) engine.Kind {
	arm := n.ProtoReflect().WhichOneof(n.ProtoReflect().Descriptor().Oneofs().ByName("config"))
	if arm == nil {
		return ""
	}
	return engine.KindOf(arm)
}

func (s *instanceService) TraceInstance(ctx context.Context, r *flowdeskv1.TraceInstanceRequest) (*flowdeskv1.TraceInstanceResponse, error) {
	name := id(r.GetName())
	keys, err := storage.DecodeToken(name, r.GetPageToken(), 1)
	if err != nil {
		return nil, err
	}
	from := 0
	if keys != nil {
		if from, err = strconv.Atoi(keys[0]); err != nil || from < 0 {
			return nil, storage.ErrPageToken
		}
	}
	limit := page(r.GetPageSize(), "").Limit()
	h, more, err := s.historyPage(ctx, name, from, limit)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.TraceInstanceResponse{Steps: h.steps}
	if more {
		answer.NextPageToken = storage.EncodeToken(name, strconv.Itoa(from+limit))
	}
	return answer, nil
}

func (s *instanceService) WhyInstance(ctx context.Context, r *flowdeskv1.WhyInstanceRequest) (*flowdeskv1.WhyInstanceResponse, error) {
	d, err := s.derive(ctx, id(r.GetName()), nil)
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.WhyInstanceResponse{Derivation: reached(ctx, d)}, nil
}

// history is what an instance did, as its turns tell it.
type history struct {
	instance *flowdeskv1.Instance
	steps    []*flowdeskv1.TraceStep
	turns    []*flowdeskv1.Turn
}

// Bounds of a history that is shown at once. A turn can be large, so that those that are read are bounded too.
const (
	maxSteps = 500
	maxTurns = 200
)

// history reads the first turns of an instance and what it did in them.
func (s *Server) history(ctx context.Context, instance string) (*history, error) {
	h, _, err := s.historyPage(ctx, instance, 0, maxTurns)
	if err == nil && len(h.steps) > maxSteps {
		h.steps = h.steps[:maxSteps]
	}
	return h, err
}

// historyPage reads some turns of an instance, and reports whether there are more.
func (s *Server) historyPage(ctx context.Context, instance string, from, limit int) (h *history, more bool, err error) {
	i, versions, err := s.deps.Store.GetInstance(ctx, instance)
	if err != nil {
		return nil, false, err
	}
	h = &history{instance: nameInstance(i)}
	nodes, err := s.nodesOf(ctx, i)
	if err != nil {
		return nil, false, err
	}
	versions = versions[min(from, len(versions)):]
	if more = len(versions) > limit; more {
		versions = versions[:limit]
	}
	for _, version := range versions {
		data, err := s.deps.Store.GetTurn(ctx, i.GetSession(), version)
		if err != nil {
			return nil, false, err
		}
		turn := &flowdeskv1.Turn{}
		if err := proto.Unmarshal(data, turn); err != nil {
			return nil, false, fmt.Errorf("turn %d of session %s: %w", version, i.GetSession(), err)
		}
		h.turns = append(h.turns, turn)
		for _, trace := range turn.GetTraces() {
			if trace.GetInstance() == instance {
				h.add(turn, trace, nodes, s.deps.Runner.Catalog())
			}
		}
	}
	return h, more, nil
}

func (s *Server) nodesOf(ctx context.Context, i *flowdeskv1.Instance) (map[string]*flowdeskv1.Node, error) {
	v, err := s.deps.Store.GetVersion(ctx, i.GetFlow(), i.GetVersion())
	if err != nil {
		return nil, err
	}
	nodes := make(map[string]*flowdeskv1.Node)
	for _, n := range v.GetDefinition().GetNodes() {
		nodes[n.GetId()] = n
	}
	return nodes, nil
}

func (h *history) add(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace, nodes map[string]*flowdeskv1.Node, catalog *engine.Catalog) {
	for _, step := range trace.GetSteps() {
		shown := &flowdeskv1.TraceStep{
			Node: step.GetNode(), Title: nodes[step.GetNode()].GetName(), Port: step.GetPort(), Visit: step.GetVisit(), Resumed: step.GetResumed(),
			Error: step.GetError(), Notes: step.GetNotes(), Time: turn.GetNow(), Event: turn.GetEvent().GetId(), SessionVersion: turn.GetSessionVersion(),
		}
		for _, in := range step.GetInputs() {
			shown.Inputs = append(shown.Inputs, &flowdeskv1.TraceInput{Field: in.GetName(), Value: in.GetValue()})
		}
		if t := catalog.Of(nodes[step.GetNode()]); t != nil {
			shown.Kind = string(t.Kind)
			out := t.Output.New().Interface()
			if len(step.GetOutput()) > 0 && proto.Unmarshal(step.GetOutput(), out) == nil {
				shown.Output, _ = anypb.New(out) // it was just decoded
			}
		}
		if w := step.GetWait(); w != nil {
			shown.WaitingFor = waitingFor(w)
		}
		h.steps = append(h.steps, shown)
	}
}

func waitingFor(w *flowdeskv1.NodeWait) []string {
	var what []string
	add := func(kind string, ids []string) {
		if len(ids) > 0 {
			what = append(what, kind+" "+strings.Join(ids, ", "))
		}
	}
	add("command", w.GetCommands())
	add("task", w.GetTasks())
	add("participant", w.GetParticipants())
	add("timer", w.GetTimers())
	if w.GetCall() != "" {
		what = append(what, "call "+w.GetCall())
	}
	return what
}
