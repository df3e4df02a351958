package engine

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Timestamp is a time as stored everywhere: UTC with microseconds.
func Timestamp(t time.Time) *timestamppb.Timestamp {
	return timestamppb.New(t.Truncate(time.Microsecond))
}

// emit applies an effect to the turn's view and records it.
func (r *Run) emit(effect *flowdeskv1.Effect) {
	r.turn.emit(effect)
	if emitted := r.turn.in.Emitted; emitted != nil {
		emitted(r.InstanceID(), r.NodeID(), effect)
	}
}

// StoreMessage stores a message and appends it to the context at once.
func (r *Run) StoreMessage(m *flowdeskv1.Message) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_MESSAGES) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_StoreMessage{StoreMessage: m}})
	}
}

// MergeReport adds another robot's report to a stored message.
func (r *Run) MergeReport(m *flowdeskv1.MergeReport) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_MESSAGES) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_MergeReport{MergeReport: m}})
	}
}

// AnnotateMessage writes what was learnt of a message.
func (r *Run) AnnotateMessage(a *flowdeskv1.AnnotateMessage) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_MESSAGES) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_AnnotateMessage{AnnotateMessage: a}})
	}
}

// Enqueue puts a command in the queue. It fills in what the run knows (id where it has none, key, session, instance, node, flow, times, trace, causes) and
// refuses, with the reason, a reply to a message that this flow has already answered as often as it may.
func (r *Run) Enqueue(c *flowdeskv1.Command) (id string, refused string) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_COMMANDS) {
		return "", ErrUndeclared.Error()
	}
	if c.GetReplyTo() != "" && r.turn.replies(c.GetReplyTo()) >= r.maxReplies() {
		return "", fmt.Sprintf("message %s already has its reply", c.GetReplyTo())
	}
	if r.instance != nil {
		r.instance.commands++
	}
	if c.GetTargetSession() == "" {
		c.TargetSession = r.State().GetId()
	}
	if c.GetKind() == flowdeskv1.CommandKind_COMMAND_KIND_UNSPECIFIED {
		c.Kind = flowdeskv1.CommandKind_COMMAND_KIND_TEXT
	}
	if c.GetId() == "" {
		c.Id = r.NewID()
	}
	c.Session, c.CreateTime = r.State().GetId(), r.Stamp()
	c.Instance, c.Node, c.Flow, c.Trace = r.InstanceID(), r.NodeID(), r.FlowID(), r.TraceID()
	if c.GetKey() == "" {
		c.Key = r.commandKey(c)
	}
	if r.instance != nil {
		c.Causes = r.instance.causes
	}
	c.State = flowdeskv1.CommandState_COMMAND_STATE_QUEUED
	if c.GetSendTime() == nil {
		c.SendTime = c.GetCreateTime()
	} else if c.GetSendTime().AsTime().After(r.Now()) {
		c.State = flowdeskv1.CommandState_COMMAND_STATE_DELAYED
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_EnqueueCommand{EnqueueCommand: c}})
	return c.GetId(), ""
}

// commandKey identifies a command for ever: digest of instance, node, visit and target; for rules, of the event instead of the instance.
func (r *Run) commandKey(c *flowdeskv1.Command) string {
	origin := r.InstanceID()
	if origin == "" {
		origin = r.event.GetId()
	}
	high := Digest(origin, r.NodeID(), fmt.Sprint(r.visit), c.GetTargetSession(), c.GetTargetUser(), c.GetPurpose(), r.event.GetId())
	low := Digest(c.GetPurpose(), c.GetTargetUser(), c.GetTargetSession(), r.NodeID(), origin, fmt.Sprint(r.turn.enqueued))
	var key [26]byte
	put(key[:13], high)
	put(key[13:], low)
	return string(key[:])
}

func (r *Run) maxReplies() int {
	if r.instance == nil {
		return 1
	}
	return max(1, int(r.instance.program.Definition.GetMaxRepliesPerMessage()))
}

// Cancel takes a command that has not left out of the queue.
func (r *Run) Cancel(command, reason string) {
	r.withdraw(&flowdeskv1.CancelCommand{Command: command, State: flowdeskv1.CommandState_COMMAND_STATE_CANCELLED, Reason: reason})
}

// Supersede replaces a command that has not left by a later one.
func (r *Run) Supersede(command, by, reason string) {
	r.withdraw(&flowdeskv1.CancelCommand{
		Command: command, State: flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED, SupersededBy: by, Reason: reason,
	})
}

func (r *Run) withdraw(c *flowdeskv1.CancelCommand) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_COMMANDS) {
		return
	}
	pending := r.State().Command(c.GetCommand())
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_CancelCommand{CancelCommand: c}})
	if pending != nil {
		r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandResult{CommandResult: &flowdeskv1.CommandResult{
			Command: c.GetCommand(), State: c.GetState(), Reason: c.GetReason(), SupersededBy: c.GetSupersededBy(),
		}}})
	}
}

// EditCommand changes the text of a command that has not left.
func (r *Run) EditCommand(command string, edits int32, edit *flowdeskv1.CommandEdit) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_COMMANDS) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_EditCommand{EditCommand: &flowdeskv1.EditCommand{Command: command, Edit: edit, Edits: edits}}})
	}
}

// RevertCommand takes back a change of a command's text that came too late.
func (r *Run) RevertCommand(command, edit string) {
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_RevertCommand{RevertCommand: &flowdeskv1.RevertCommand{Command: command, Edit: edit}}})
}

// Release lets a command leave that was judged again.
func (r *Run) Release(command string) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_COMMANDS) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_ReleaseCommand{ReleaseCommand: &flowdeskv1.ReleaseCommand{Command: command}}})
	}
}

// SettleCommand notes a command's settled state in the session.
func (r *Run) SettleCommand(command string, state flowdeskv1.CommandState) {
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SettleCommand{SettleCommand: &flowdeskv1.SettleCommand{Command: command, State: state}}})
}

// OrderCommand asks the queue to act on a command.
func (r *Run) OrderCommand(o *flowdeskv1.CommandOrder) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_COMMANDS) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_OrderCommand{OrderCommand: o}})
	}
}

// ProveCommand tells the queue that a robot was heard saying a command.
func (r *Run) ProveCommand(command, heardBy string) {
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_ProveCommand{ProveCommand: &flowdeskv1.EchoHeard{Command: command, HeardBy: heardBy}}})
}

// PutTask opens or changes a task; the message given must not be changed afterwards. The change is an event for waiting instances and flows.
func (r *Run) PutTask(t *flowdeskv1.TrackTask, action flowdeskv1.TaskAction) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_TASKS) {
		return
	}
	create := t.GetId() == ""
	if create {
		t.Id, t.CreateTime = r.NewID(), r.Stamp()
		t.Instance, t.GroupId = r.InstanceID(), r.State().GetId()
	}
	t.UpdateTime = r.Stamp()
	t.Revision++
	if TaskEnded(t.GetState()) && t.GetEndTime() == nil {
		t.EndTime = t.GetUpdateTime()
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutTask{PutTask: t}})
	r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
		Task: t.GetId(), Action: action, Content: t, Reason: t.GetReason(), Create: create, State: t.GetState(), Done: true,
	}}})
}

// EndedTasks are the tasks that ended in this turn before now, which the state holds no longer.
func (r *Run) EndedTasks() []*flowdeskv1.TrackTask {
	var ended []*flowdeskv1.TrackTask
	for _, e := range r.turn.out.GetEffects() {
		if t := e.GetPutTask(); t != nil && TaskEnded(t.GetState()) {
			ended = append(ended, t)
		}
	}
	return ended
}

// DeleteTask removes a task from lists.
func (r *Run) DeleteTask(task string) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_TASKS) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_DeleteTask{DeleteTask: &flowdeskv1.DeleteTask{Task: task}}})
		r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Task{Task: &flowdeskv1.TaskEvent{
			Task: task, Delete: true, State: flowdeskv1.TaskState_TASK_STATE_CANCELLED, Done: true,
		}}})
	}
}

// EditTask changes a copy of an open task and puts it. It reports whether the task is open here.
func (r *Run) EditTask(task string, action flowdeskv1.TaskAction, edit func(*flowdeskv1.TrackTask)) bool {
	t := r.State().Task(task)
	if t == nil {
		return false
	}
	t = proto.CloneOf(t)
	edit(t)
	r.PutTask(t, action)
	return true
}

// PutAlert raises or changes an alert; the message given must not be changed afterwards.
func (r *Run) PutAlert(a *flowdeskv1.Alert, action flowdeskv1.AlertAction) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_ALERTS) {
		return
	}
	if a.GetId() == "" {
		a.Id, a.CreateTime, a.Session = r.NewID(), r.Stamp(), r.State().GetId()
		a.Instance = r.InstanceID()
	}
	a.UpdateTime = r.Stamp()
	a.Revision++
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutAlert{PutAlert: a}})
	r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Alert{Alert: &flowdeskv1.AlertEvent{
		Alert: a.GetId(), Action: action, Reason: a.GetReason(), Content: a, Done: true,
	}}})
}

// EditAlert changes a copy of an alert and puts it. It reports whether the alert is known here.
func (r *Run) EditAlert(alert string, action flowdeskv1.AlertAction, edit func(*flowdeskv1.Alert)) bool {
	a := r.State().Alert(alert)
	if a == nil {
		return false
	}
	a = proto.CloneOf(a)
	edit(a)
	r.PutAlert(a, action)
	return true
}

// PutParticipant adds or changes a participant; the message given must not be changed afterwards.
func (r *Run) PutParticipant(p *flowdeskv1.Participant) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutParticipant{PutParticipant: p}})
	}
}

// EditParticipant changes a copy of a participant, or a new one, and puts it.
func (r *Run) EditParticipant(id string, edit func(*flowdeskv1.Participant)) {
	p := r.State().Participant(id)
	if p == nil {
		p = &flowdeskv1.Participant{Id: id, FirstSeen: r.Stamp()}
	} else {
		p = copyParticipant(p)
	}
	edit(p)
	r.PutParticipant(p)
}

// copyParticipant copies what an edit may change in place. A flow edits whoever spoke several times, and a copy by reflection costs ten times
// as much; times and facts are replaced as a whole, never changed.
func copyParticipant(p *flowdeskv1.Participant) *flowdeskv1.Participant {
	c := &flowdeskv1.Participant{
		Id: p.GetId(), Name: p.GetName(), Role: p.GetRole(), RoleRule: p.GetRoleRule(), Person: p.GetPerson(), LastActive: p.GetLastActive(),
		Moods: slices.Clone(p.GetMoods()), PositiveStreak: p.GetPositiveStreak(), FallingStreak: p.GetFallingStreak(),
		MessageCount: p.GetMessageCount(), Facts: slices.Clone(p.GetFacts()), Robot: p.GetRobot(), FirstSeen: p.GetFirstSeen(),
	}
	if unknown := p.ProtoReflect().GetUnknown(); len(unknown) > 0 { // of a later version
		c.ProtoReflect().SetUnknown(slices.Clone(unknown))
	}
	return c
}

// PutSession changes the session's own facts.
func (r *Run) PutSession(p *flowdeskv1.PutSession) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutSession{PutSession: p}})
	}
}

// TakeOver begins or prolongs a person's hold on a conversation.
func (r *Run) TakeOver(i *flowdeskv1.Intervention) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		return
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_PutIntervention{PutIntervention: i}})
	r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_TAKE_OVER, Person: i.GetPerson(), Participant: i.GetParticipant(),
		Until: i.GetUntil(), Reason: i.GetReason(), Done: true,
	}}})
}

// HandBack lifts a take-over.
func (r *Run) HandBack(participant, reason string) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		return
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_EndIntervention{EndIntervention: &flowdeskv1.EndIntervention{
		Participant: participant, Reason: reason,
	}}})
	r.changed(&flowdeskv1.Event{Payload: &flowdeskv1.Event_SessionChange{SessionChange: &flowdeskv1.SessionEvent{
		Action: flowdeskv1.SessionAction_SESSION_ACTION_HAND_BACK, Participant: participant, Reason: reason, Done: true,
	}}})
}

// SessionTimer arms a timer of the session itself; an earlier one of the same purpose and subject is replaced.
func (r *Run) SessionTimer(purpose, subject string, due time.Time) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_WAIT) {
		return
	}
	r.ClearSessionTimer(purpose, subject)
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SetTimer{SetTimer: &flowdeskv1.Timer{
		Id: r.NewID(), Due: Timestamp(due), Purpose: purpose, Subject: subject,
	}}})
}

// ClearSessionTimer disarms a timer of the session itself.
func (r *Run) ClearSessionTimer(purpose, subject string) {
	for _, t := range r.State().GetTimers() {
		if t.GetInstance() == "" && t.GetPurpose() == purpose && t.GetSubject() == subject {
			r.turn.clearTimer(t.GetId())
			return
		}
	}
}

// SendEvent sends an event to another session. Its id is deterministic, so that it arrives once.
func (r *Run) SendEvent(e *flowdeskv1.Event) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_NOTIFY) {
		return
	}
	e.Id, e.ReceivedAt, e.Source, e.Trace = r.NewID(), r.Stamp(), "flow", r.TraceID()
	if r.instance != nil {
		e.Causes = r.instance.causes
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SendEvent{SendEvent: e}})
}

// RecordPresence records a last-writer-wins fact of a staff member.
func (r *Run) RecordPresence(p *flowdeskv1.PresenceFact) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_PRESENCE) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_RecordPresence{RecordPresence: p}})
	}
}

// RecordFact records a fact for analysis.
func (r *Run) RecordFact(f *flowdeskv1.Fact) {
	if !r.declared(flowdeskv1.Capability_CAPABILITY_FACTS) {
		return
	}
	f.Time = r.Stamp()
	if f.GetMessage() == "" && r.Message() != nil {
		f.Message = r.MessageID()
	}
	r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_RecordFact{RecordFact: f}})
}

// TrimContext keeps the context within limits.
func (r *Run) TrimContext(t *flowdeskv1.TrimContext) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_TrimContext{TrimContext: t}})
	}
}

// OpenQuestion notes a user's question that nobody has answered, or changes it.
func (r *Run) OpenQuestion(q *flowdeskv1.OpenQuestion) {
	if r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_OpenQuestion{OpenQuestion: q}})
	}
}

// CloseQuestions closes unanswered questions.
func (r *Run) CloseQuestions(by string, messages ...string) {
	if len(messages) > 0 && r.declared(flowdeskv1.Capability_CAPABILITY_SESSION) {
		r.emit(&flowdeskv1.Effect{Effect: &flowdeskv1.Effect_CloseQuestion{CloseQuestion: &flowdeskv1.CloseQuestion{Messages: messages, By: by}}})
	}
}

// changed queues a change that the turn made, for waiting instances and flows.
func (r *Run) changed(e *flowdeskv1.Event) {
	e.Id, e.Session, e.Source, e.Trace = r.turn.in.Event.GetId(), r.State().GetId(), "flow", r.TraceID()
	e.ReceivedAt = r.turn.in.Event.GetReceivedAt()
	e.Actor = r.event.GetActor()
	e.Causes = r.event.GetCauses()
	if r.instance != nil {
		e.Causes = r.instance.causes
	}
	r.turn.changes = append(r.turn.changes, e)
}
