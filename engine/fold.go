package engine

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Bounds of the session part, so that no conversation grows without end. Context, alerts and commands have limits of their own.
const (
	maxParticipants = 500 // larger than any customer group
	maxReports      = 64  // reports of two minutes in a lively group
	maxUtterance    = 1000
	maxQuestions    = 100
	maxContext      = 50 // the greatest value of CONTEXT_UPDATE
)

// Fold applies a committed turn to the state before it: the state is the fold of the session's turns.
func (s *State) Fold(turn *flowdeskv1.Turn) {
	for _, effect := range turn.GetEffects() {
		s.apply(effect)
	}
	s.finish(turn)
}

// finish applies what a turn changes beside its effects: its schedule, its instances, and the version.
func (s *State) finish(turn *flowdeskv1.Turn) {
	if due := turn.GetEvent().GetSchedule(); due != nil && due.GetDue().AsTime().After(s.LastDue(due.GetFlow(), due.GetNode())) {
		s.Schedules = replace(s.GetSchedules(), due, func(d *flowdeskv1.ScheduleDue) bool {
			return d.GetFlow() == due.GetFlow() && d.GetNode() == due.GetNode()
		})
	}
	for _, trace := range turn.GetTraces() {
		s.foldTrace(turn, trace)
	}
	s.Version++
}

func (s *State) foldTrace(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace) {
	instance := s.Instance(trace.GetInstance())
	if trace.GetStatus() != flowdeskv1.InstanceStatus_INSTANCE_STATUS_WAITING {
		if instance != nil {
			s.Instances = remove(s.GetInstances(), func(i *flowdeskv1.InstanceState) bool { return i == instance })
		}
		return
	}
	if instance == nil {
		if instance = retried(turn, trace); instance != nil {
			s.Instances = append(s.GetInstances(), instance)
		}
	}
	if instance == nil {
		instance = &flowdeskv1.InstanceState{
			Id: trace.GetInstance(), Flow: trace.GetFlow(), Version: trace.GetVersion(),
			Start: trace.GetStart(), BeginTime: turn.GetNow(), Causes: trace.GetCauses(),
		}
		if instance.Start == nil {
			instance.Start = turn.GetEvent()
		}
		s.Instances = append(s.GetInstances(), instance)
	}
	room := make([]flowdeskv1.NodeMemory, len(trace.GetSteps())) // together: one for each node is twenty allocations a question
	instance.Nodes = slices.Grow(instance.GetNodes(), len(room))
	for i, step := range trace.GetSteps() {
		foldStep(instance, step, &room[i])
	}
	for _, v := range trace.GetVariables() {
		instance.Variables = replace(instance.GetVariables(), v, func(o *flowdeskv1.VariableValue) bool { return o.GetName() == v.GetName() })
	}
}

func foldStep(instance *flowdeskv1.InstanceState, step *flowdeskv1.Step, room *flowdeskv1.NodeMemory) {
	if !step.GetResumed() || step.GetPort() != "" {
		instance.Steps++
	}
	memory := memoryOf(instance, step.GetNode(), room)
	memory.Visits = max(memory.GetVisits(), step.GetVisit())
	if step.GetOutput() != nil {
		memory.Output = step.GetOutput()
	}
	instance.Waits = remove(instance.GetWaits(), func(w *flowdeskv1.NodeWait) bool { return w.GetNode() == step.GetNode() })
	if step.GetWait() != nil {
		instance.Waits = append(instance.GetWaits(), step.GetWait())
	}
}

// memoryOf is what an instance remembers of a node; room serves when that is nothing yet.
func memoryOf(instance *flowdeskv1.InstanceState, node string, room *flowdeskv1.NodeMemory) *flowdeskv1.NodeMemory {
	for _, m := range instance.GetNodes() {
		if m.GetNode() == node {
			return m
		}
	}
	room.Node = node
	instance.Nodes = append(instance.GetNodes(), room)
	return room
}

// apply applies one effect.
func (s *State) apply(effect *flowdeskv1.Effect) {
	switch e := effect.GetEffect().(type) {
	case *flowdeskv1.Effect_StoreMessage:
		s.store(e.StoreMessage)
	case *flowdeskv1.Effect_MergeReport:
		s.merge(e.MergeReport)
	case *flowdeskv1.Effect_AnnotateMessage:
		s.annotate(e.AnnotateMessage)
	case *flowdeskv1.Effect_EnqueueCommand:
		s.enqueue(e.EnqueueCommand)
	case *flowdeskv1.Effect_CancelCommand:
		s.cancel(e.CancelCommand.GetCommand())
	case *flowdeskv1.Effect_EditCommand:
		s.editCommand(e.EditCommand)
	case *flowdeskv1.Effect_RevertCommand:
		s.revertCommand(e.RevertCommand)
	case *flowdeskv1.Effect_SettleCommand:
		s.settle(e.SettleCommand)
	case *flowdeskv1.Effect_ReleaseCommand:
		if c := s.Command(e.ReleaseCommand.GetCommand()); c != nil {
			c.State = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
		}
	case *flowdeskv1.Effect_PutTask:
		s.putTask(e.PutTask)
	case *flowdeskv1.Effect_DeleteTask:
		s.Tasks = remove(s.GetTasks(), func(t *flowdeskv1.TrackTask) bool { return t.GetId() == e.DeleteTask.GetTask() })
	case *flowdeskv1.Effect_MoveWork:
		s.moveWork(e.MoveWork)
	case *flowdeskv1.Effect_PutAlert:
		s.putAlert(e.PutAlert)
	case *flowdeskv1.Effect_PutParticipant:
		s.putParticipant(e.PutParticipant)
	case *flowdeskv1.Effect_PutSession:
		s.putSession(e.PutSession)
	case *flowdeskv1.Effect_PutIntervention:
		s.Interventions = replace(s.GetInterventions(), e.PutIntervention, func(i *flowdeskv1.Intervention) bool {
			return i.GetParticipant() == e.PutIntervention.GetParticipant()
		})
	case *flowdeskv1.Effect_EndIntervention:
		s.Interventions = remove(s.GetInterventions(), func(i *flowdeskv1.Intervention) bool {
			return i.GetParticipant() == e.EndIntervention.GetParticipant()
		})
	case *flowdeskv1.Effect_SetTimer:
		s.Timers = replace(s.GetTimers(), e.SetTimer, func(t *flowdeskv1.Timer) bool { return t.GetId() == e.SetTimer.GetId() })
	case *flowdeskv1.Effect_ClearTimer:
		s.Timers = remove(s.GetTimers(), func(t *flowdeskv1.Timer) bool { return t.GetId() == e.ClearTimer.GetTimer() })
	case *flowdeskv1.Effect_MakeCall:
		s.Calls = append(s.GetCalls(), &flowdeskv1.PendingCall{
			Id: e.MakeCall.GetId(), Instance: e.MakeCall.GetInstance(), Node: e.MakeCall.GetNode(),
		})
	case *flowdeskv1.Effect_SettleCall:
		s.Calls = remove(s.GetCalls(), func(c *flowdeskv1.PendingCall) bool { return c.GetId() == e.SettleCall.GetCall() })
	case *flowdeskv1.Effect_TrimContext:
		s.trim(e.TrimContext)
	case *flowdeskv1.Effect_OpenQuestion:
		s.Questions = replace(s.GetQuestions(), e.OpenQuestion, func(q *flowdeskv1.OpenQuestion) bool {
			return q.GetMessage() == e.OpenQuestion.GetMessage()
		})
		s.Questions = last(s.GetQuestions(), maxQuestions)
	case *flowdeskv1.Effect_CloseQuestion:
		s.Questions = slices.DeleteFunc(s.GetQuestions(), func(q *flowdeskv1.OpenQuestion) bool {
			return slices.Contains(e.CloseQuestion.GetMessages(), q.GetMessage())
		})
	}
}

func (s *State) store(m *flowdeskv1.Message) {
	s.Context = append(s.GetContext(), &flowdeskv1.Utterance{
		Message: m.GetId(), Participant: m.GetParticipant(), Name: m.GetSenderName(), Role: m.GetRole(),
		Text: cut(m.GetText(), maxUtterance), Time: m.GetReceiveTime(), ReplyTo: m.GetReplyTo(),
		TargetUser: s.Command(m.GetCommand()).GetTargetUser(),
	})
	s.Context = last(s.GetContext(), maxContext)
	s.LastMessageTime, s.LastRole = m.GetReceiveTime(), m.GetRole()
	if m.GetOutgoing() {
		return
	}
	s.MessageCount++
	s.Reports = append(s.GetReports(), reportOf(m))
	s.Reports = last(s.GetReports(), maxReports)
}

// reportOf is the first report of a message. A session remembers many, nearly all of one robot each: it stands in one piece of memory.
func reportOf(m *flowdeskv1.Message) *flowdeskv1.Report {
	room := &struct {
		report flowdeskv1.Report
		robots [1]string
		ids    [1]string
		times  [1]*timestamppb.Timestamp
	}{ids: [1]string{m.GetPlatformId()}, times: [1]*timestamppb.Timestamp{m.GetReceiveTime()}}
	r := &room.report
	r.Message, r.Digest, r.Time = m.GetId(), m.GetDigest(), m.GetReceiveTime()
	r.Robots, r.PlatformIds, r.Times = append(room.robots[:0:1], m.GetRobots()...), room.ids[:1:1], room.times[:1:1]
	return r
}

func (s *State) merge(m *flowdeskv1.MergeReport) {
	for _, r := range s.GetReports() {
		if r.GetMessage() == m.GetMessage() {
			r.Robots, r.PlatformIds = append(r.GetRobots(), m.GetRobot()), append(r.GetPlatformIds(), m.GetPlatformId())
			r.Times = append(r.GetTimes(), m.GetTime())
		}
	}
}

func (s *State) annotate(a *flowdeskv1.AnnotateMessage) {
	u := s.Utterance(a.GetMessage())
	if u == nil {
		return
	}
	if a.GetRole() != flowdeskv1.Role_ROLE_UNSPECIFIED {
		u.Role = a.GetRole()
		if u == s.GetContext()[len(s.GetContext())-1] {
			s.LastRole = a.GetRole()
		}
	}
	if a.GetParticipant() != "" {
		u.Participant = a.GetParticipant()
	}
	u.Withdrawn = u.GetWithdrawn() || a.GetWithdrawn()
}

func (s *State) putTask(t *flowdeskv1.TrackTask) {
	if TaskEnded(t.GetState()) {
		if doubtful(s.Command(t.GetCommand()).GetState()) {
			s.forget(t.GetCommand())
		}
		s.Tasks = remove(s.GetTasks(), func(o *flowdeskv1.TrackTask) bool { return o.GetId() == t.GetId() })
		return
	}
	s.Tasks = replace(s.GetTasks(), t, func(o *flowdeskv1.TrackTask) bool { return o.GetId() == t.GetId() })
}

// TaskEnded reports whether a task is over. Ended tasks leave the session part and stay in the store.
func TaskEnded(state flowdeskv1.TaskState) bool {
	return state == flowdeskv1.TaskState_TASK_STATE_COMPLETED || state == flowdeskv1.TaskState_TASK_STATE_CANCELLED
}

// putAlert keeps resolved alerts for a week, because two unsolved ones in seven days are a reason for a new one.
func (s *State) putAlert(a *flowdeskv1.Alert) {
	if s.Alert(a.GetId()) == nil {
		s.countAlert(a)
	}
	s.Alerts = replace(s.GetAlerts(), a, func(o *flowdeskv1.Alert) bool { return o.GetId() == a.GetId() })
	limit := a.GetUpdateTime().AsTime().Add(-alertMemory)
	s.Alerts = slices.DeleteFunc(s.GetAlerts(), func(o *flowdeskv1.Alert) bool {
		return o.GetState() == flowdeskv1.AlertState_ALERT_STATE_RESOLVED && o.GetUpdateTime().AsTime().Before(limit)
	})
}

const alertMemory = 7 * 24 * time.Hour

func (s *State) countAlert(a *flowdeskv1.Alert) {
	subject := cmp.Or(a.GetPerson(), s.Participant(a.GetParticipant()).GetPerson(), a.GetParticipant())
	for _, c := range s.GetAlertCounts() {
		if c.GetSubject() == subject {
			if a.GetDay() < c.GetDay() { // of an earlier day, brought by a merge: it must not begin the day anew
				return
			}
			if c.GetDay() != a.GetDay() {
				c.Day, c.Count = a.GetDay(), 0
			}
			c.Count++
			return
		}
	}
	s.AlertCounts = last(append(s.GetAlertCounts(), &flowdeskv1.AlertCount{Subject: subject, Day: a.GetDay(), Count: 1}), maxParticipants)
}

func (s *State) putParticipant(p *flowdeskv1.Participant) {
	s.Participants = replace(s.GetParticipants(), p, func(o *flowdeskv1.Participant) bool { return o.GetId() == p.GetId() })
	if len(s.GetParticipants()) > maxParticipants {
		oldest := slices.MinFunc(s.GetParticipants(), func(a, b *flowdeskv1.Participant) int {
			return a.GetLastActive().AsTime().Compare(b.GetLastActive().AsTime())
		})
		s.Participants = remove(s.GetParticipants(), func(o *flowdeskv1.Participant) bool { return o == oldest })
	}
}

func (s *State) putSession(p *flowdeskv1.PutSession) {
	if p.GetTitle() != "" {
		s.Title = p.GetTitle()
	}
	if p.GetKind() != flowdeskv1.SessionKind_SESSION_KIND_UNSPECIFIED {
		s.Kind = p.GetKind()
	}
	if p.Resolved != nil {
		s.Resolved = p.GetResolved()
	}
}

func (s *State) trim(t *flowdeskv1.TrimContext) {
	notBefore := t.GetNotBefore().AsTime()
	kept := last(s.GetContext(), int(t.GetMaxMessages()))
	characters := 0
	for i, u := range slices.Backward(kept) {
		characters += utf8.RuneCountInString(u.GetText())
		if characters > int(t.GetMaxCharacters()) || u.GetTime().AsTime().Before(notBefore) {
			kept = kept[i+1:]
			break
		}
	}
	s.Context = slices.Clone(kept)
}

// Clone is a deep copy.
func (s *State) Clone() *State {
	return &State{proto.CloneOf(s.SessionState)}
}

// last are the newest n items.
func last[T any](items []T, n int) []T {
	if len(items) <= n {
		return items
	}
	return slices.Clone(items[len(items)-n:])
}

// cut shortens a text to n characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	count := 0
	for i := range text {
		if count == n {
			return text[:i]
		}
		count++
	}
	return text
}
