package runner

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// project turns a turn's effects and traces into rows.
func (r *Runner) project(f *flight, after *engine.State) *storage.TurnWrite {
	turn := f.turn
	w := &storage.TurnWrite{
		Session: f.session.id, Partition: f.session.partition, Expect: turn.GetSessionVersion(), Event: turn.GetEvent().GetId(),
		Time: turn.GetNow().AsTime(), Unmatched: turn.GetUnmatched(), FromInbox: f.job.fromInbox, Deliveries: f.job.deliveries,
		Request: mark(f.job.request, f.session.id, turn.GetSessionVersion()),
	}
	for _, effect := range turn.GetEffects() {
		r.projectEffect(f, w, effect)
	}
	for _, trace := range turn.GetTraces() {
		w.Instances = append(w.Instances, projectTrace(turn, trace))
	}
	linkMessages(turn, w)
	w.Head = head(after)
	if (turn.GetSessionVersion()+1)%snapshotEvery == 0 {
		w.Snapshot, _ = proto.Marshal(after.SessionState)
	}
	if r.preparer == nil {
		w.Data = written(turn, nil)
		return w
	}
	memory, ok := r.memory.Get().(*[]byte)
	if !ok {
		memory = new([]byte)
	}
	*memory = written(turn, (*memory)[:0])
	w.Data = *memory
	r.preparer.Prepare(w)
	w.Data = nil // what is stored of it is prepared
	r.memory.Put(memory)
	return w
}

// written appends a turn as it is stored: it was built from valid messages only.
func written(turn *flowdeskv1.Turn, to []byte) []byte {
	data, _ := proto.MarshalOptions{}.MarshalAppend(to, turn)
	return data
}

func (r *Runner) projectEffect(f *flight, w *storage.TurnWrite, effect *flowdeskv1.Effect) {
	switch e := effect.GetEffect().(type) {
	case *flowdeskv1.Effect_StoreMessage:
		w.Messages = append(w.Messages, messageOf(e.StoreMessage))
	case *flowdeskv1.Effect_AnnotateMessage:
		annotate(w, e.AnnotateMessage)
	case *flowdeskv1.Effect_MergeReport:
		w.Merges = append(w.Merges, e.MergeReport)
	case *flowdeskv1.Effect_EnqueueCommand:
		command := commandOf(e.EnqueueCommand)
		if !withdrawn(f.turn, command.GetId()) {
			r.outbox.Claim(command)
			f.claimed = append(f.claimed, command)
		}
		w.Commands = append(w.Commands, command)
	case *flowdeskv1.Effect_CancelCommand:
		w.Cancels = append(w.Cancels, e.CancelCommand)
	case *flowdeskv1.Effect_EditCommand:
		w.Edits = append(w.Edits, e.EditCommand)
	case *flowdeskv1.Effect_ReleaseCommand:
		w.Deliveries = append(w.Deliveries, released(e.ReleaseCommand))
	case *flowdeskv1.Effect_SettleCommand:
		w.Deliveries = handed(w.Deliveries, e.SettleCommand)
	case *flowdeskv1.Effect_PutTask:
		w.Tasks = put(w.Tasks, e.PutTask, (*flowdeskv1.TrackTask).GetId)
	case *flowdeskv1.Effect_DeleteTask:
		w.DeletedTasks = append(w.DeletedTasks, e.DeleteTask.GetTask())
	case *flowdeskv1.Effect_PutAlert:
		w.Alerts = put(w.Alerts, e.PutAlert, (*flowdeskv1.Alert).GetId)
	case *flowdeskv1.Effect_MakeCall:
		w.Calls = append(w.Calls, e.MakeCall)
	case *flowdeskv1.Effect_SettleCall:
		w.SettledCalls = append(w.SettledCalls, e.SettleCall.GetCall())
	case *flowdeskv1.Effect_SendEvent:
		w.Events = append(w.Events, e.SendEvent)
	case *flowdeskv1.Effect_RecordFact:
		w.Facts = append(w.Facts, e.RecordFact)
	case *flowdeskv1.Effect_RecordPresence:
		w.Presence = append(w.Presence, e.RecordPresence)
	}
}

// withdrawn reports whether a turn takes back a command of its own.
func withdrawn(turn *flowdeskv1.Turn, command string) bool {
	return slices.ContainsFunc(turn.GetEffects(), func(e *flowdeskv1.Effect) bool { return e.GetCancelCommand().GetCommand() == command })
}

// released is the delivery state of a command that was judged again: it waits for its robot only, also after a restart.
func released(e *flowdeskv1.ReleaseCommand) *storage.Delivery {
	return &storage.Delivery{
		Command: e.GetCommand(), From: []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_DELAYED},
		State: flowdeskv1.CommandState_COMMAND_STATE_QUEUED,
	}
}

// handed lets a delivery that brought a failure say that the command has become a person's work. The attempt keeps its failure.
func handed(deliveries []*storage.Delivery, e *flowdeskv1.SettleCommand) []*storage.Delivery {
	if e.GetState() != flowdeskv1.CommandState_COMMAND_STATE_MANUAL {
		return deliveries
	}
	deliveries = slices.Clone(deliveries) // the job's own are needed again if the turn loses
	for i, d := range deliveries {
		if d.Command == e.GetCommand() && d.State == flowdeskv1.CommandState_COMMAND_STATE_FAILED {
			manual := *d
			manual.State = flowdeskv1.CommandState_COMMAND_STATE_MANUAL
			deliveries[i] = &manual
		}
	}
	return deliveries
}

// put keeps the last of several changes of one thing.
func put[T any](items []T, item T, id func(T) string) []T {
	for i := range items {
		if id(items[i]) == id(item) {
			items[i] = item
			return items
		}
	}
	return append(items, item)
}

// annotate writes what was learnt of a message into its row when the row is of this turn.
func annotate(w *storage.TurnWrite, a *flowdeskv1.AnnotateMessage) {
	for _, m := range w.Messages {
		if m.GetId() != a.GetMessage() {
			continue
		}
		if a.GetIntent() != flowdeskv1.Intent_INTENT_UNSPECIFIED {
			m.Intent = a.GetIntent()
		}
		if a.Sentiment != nil {
			m.Sentiment = a.Sentiment
		}
		if a.GetAfterSalesTask() != "" {
			m.AfterSalesTask = a.GetAfterSalesTask()
		}
		if a.GetRole() != flowdeskv1.Role_ROLE_UNSPECIFIED {
			m.Role, m.RoleRule = a.GetRole(), a.GetRoleRule()
		}
		if a.GetParticipant() != "" {
			m.Participant = a.GetParticipant()
		}
		m.Withdrawn = m.GetWithdrawn() || a.GetWithdrawn()
		return
	}
	w.Annotations = append(w.Annotations, a)
}

// linkMessages writes into the messages of this turn which instance handled them.
func linkMessages(turn *flowdeskv1.Turn, w *storage.TurnWrite) {
	for _, m := range w.Messages {
		if m.GetId() != turn.GetEvent().GetId() || m.GetFlowInstance() != "" {
			continue
		}
		for _, trace := range turn.GetTraces() {
			if trace.GetBegan() && trace.GetStart() == nil {
				m.FlowInstance = trace.GetInstance()
				break
			}
		}
	}
}

func projectTrace(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace) *storage.InstanceWrite {
	i := &storage.InstanceWrite{
		ID: trace.GetInstance(), Flow: trace.GetFlow(), Version: trace.GetVersion(), Began: trace.GetBegan(), Status: trace.GetStatus(),
		FailedNode: trace.GetFailedNode(), Error: trace.GetError(), Turn: turn.GetSessionVersion(), Time: turn.GetNow().AsTime(),
	}
	if trace.GetBegan() {
		i.Event, i.Trace = turn.GetEvent().GetId(), turn.GetEvent().GetTrace()
		if turn.GetEvent().GetMessage() != nil {
			i.Message = i.Event
		}
		if trace.GetRetryOf() != "" && trace.GetStart().GetMessage() != nil {
			i.Message = trace.GetStart().GetId()
		}
	}
	for _, step := range trace.GetSteps() {
		i.LastNode = step.GetNode()
		if step.GetWait() != nil {
			i.WaitingFor = append(i.WaitingFor, step.GetNode())
		}
	}
	return i
}

func head(s *engine.State) storage.SessionHead {
	h := storage.SessionHead{
		Title: s.GetTitle(), Kind: s.GetKind(), MessageCount: s.GetMessageCount(), LastRole: s.GetLastRole(),
		Unanswered: int32(len(s.GetQuestions())),
		OpenTasks:  int32(len(s.GetTasks())),
		Held:       len(s.GetInterventions()) > 0, Resolved: s.GetResolved(),
	}
	if s.GetLastMessageTime() != nil {
		h.LastMessageTime = s.GetLastMessageTime().AsTime()
	}
	for _, q := range s.GetQuestions() {
		if at := q.GetTime().AsTime(); h.OldestQuestion.IsZero() || at.Before(h.OldestQuestion) {
			h.OldestQuestion = at
		}
	}
	for _, a := range s.GetAlerts() {
		if a.GetState() != flowdeskv1.AlertState_ALERT_STATE_RESOLVED {
			h.OpenAlerts++
		}
	}
	if n := len(s.GetContext()); n > 0 {
		h.LastText = firstRunes(s.GetContext()[n-1].GetText(), 100)
	}
	if next := s.NextTimer(); next != nil {
		h.NextDue = next.GetDue().AsTime()
	}
	return h
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// applied carries on what a committed turn asked for. Commands that were left out do not exist, and changes of texts that came too late, which
// are named by the event and the command, did not happen.
func (r *Runner) applied(f *flight, leftOut map[string]string, lateEdits map[string]bool) {
	r.timers.set(f.session.id, f.write.Head.NextDue)
	for _, command := range f.write.Commands {
		if known, out := leftOut[command.GetId()]; out {
			r.outbox.Unclaim(command)
			r.commandLeftOut(command, known)
		} else {
			r.outbox.Add(command)
		}
	}
	for _, effect := range f.turn.GetEffects() {
		switch e := effect.GetEffect().(type) {
		case *flowdeskv1.Effect_CancelCommand:
			r.outbox.Withdraw(e.CancelCommand.GetCommand())
		case *flowdeskv1.Effect_EditCommand:
			if !lateEdits[e.EditCommand.GetEdit().GetEvent()+" "+e.EditCommand.GetCommand()] {
				r.outbox.Edit(e.EditCommand)
			}
		case *flowdeskv1.Effect_ReleaseCommand:
			r.outbox.Release(e.ReleaseCommand.GetCommand())
		case *flowdeskv1.Effect_ProveCommand:
			r.outbox.Prove(e.ProveCommand)
		case *flowdeskv1.Effect_OrderCommand:
			r.outbox.Order(e.OrderCommand)
		case *flowdeskv1.Effect_MakeCall:
			r.calls.add(e.MakeCall)
		case *flowdeskv1.Effect_SettleCall:
			r.calls.drop(e.SettleCall)
		case *flowdeskv1.Effect_SendEvent:
			r.forward(e.SendEvent)
		case *flowdeskv1.Effect_RecordPresence:
			r.presence.note(e.RecordPresence)
		case *flowdeskv1.Effect_PutTask, *flowdeskv1.Effect_DeleteTask:
			r.presence.tasksChanged()
		case *flowdeskv1.Effect_PutAlert:
			if counts(f.turn.GetEvent(), e.PutAlert) {
				r.raised.Store(true)
			}
		}
	}
}

// forward gives an event of the inbox to its session, unless it has to wait there.
func (r *Runner) forward(event *flowdeskv1.Event) {
	if r.shares != nil {
		r.tell(event.GetSession())
		return
	}
	if !r.backlog.follows(event, false) {
		r.carry(event, true, nil)
	}
}

// cancelTooLate tells a session that a command had left before its cancel.
func (r *Runner) cancelTooLate(late storage.CommandCancel) {
	r.tellOf(late.Session, &flowdeskv1.CommandResult{
		Command: late.Command, State: flowdeskv1.CommandState_COMMAND_STATE_SENT, CancelTooLate: true, Reason: "it had left before the cancel",
	})
}

// editTooLate tells a session that a command's text is as it was: it had left, or somebody else had changed it.
func (r *Runner) editTooLate(late storage.CommandEdit) {
	r.tellOf(late.Session, &flowdeskv1.CommandResult{
		Command: late.Command, EditTooLate: late.Event, Reason: "it had left, or was changed, before",
	})
}

// commandLeftOut tells a session that a command was not enqueued, since one of the same key was before: nobody else would settle it.
func (r *Runner) commandLeftOut(command *flowdeskv1.Command, known string) {
	r.log.Warn("command left out: its key is taken", "command", command.GetId(), "known", known, "session", command.GetSession(), "trace", command.GetTrace())
	r.tellOf(command.GetSession(), &flowdeskv1.CommandResult{
		Command: command.GetId(), State: flowdeskv1.CommandState_COMMAND_STATE_SUPERSEDED, SupersededBy: known, Reason: "it was enqueued before",
	})
}

func (r *Runner) tellOf(session string, result *flowdeskv1.CommandResult) {
	r.carry(&flowdeskv1.Event{
		Id: r.ids.next(r.now()), Session: session, ReceivedAt: engine.Timestamp(r.now()), Source: "queue",
		Payload: &flowdeskv1.Event_CommandResult{CommandResult: result},
	}, false, nil)
}
