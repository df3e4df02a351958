package flows_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// queue is what became of a world's commands and alerts, as the store would know it.
type queue struct {
	commands map[string]*flowdeskv1.Command
	released []string          // in order
	gone     map[string]string // cancelled or superseded, with the reason
	alerts   map[string]*flowdeskv1.Alert
	tasks    map[string]*flowdeskv1.TrackTask
}

func newQueue() queue {
	return queue{
		commands: make(map[string]*flowdeskv1.Command), gone: make(map[string]string), alerts: make(map[string]*flowdeskv1.Alert),
		tasks: make(map[string]*flowdeskv1.TrackTask),
	}
}

func (q *queue) follow(turn *flowdeskv1.Turn) {
	for _, e := range turn.GetEffects() {
		switch e := e.GetEffect().(type) {
		case *flowdeskv1.Effect_EnqueueCommand:
			q.commands[e.EnqueueCommand.GetId()] = e.EnqueueCommand
		case *flowdeskv1.Effect_CancelCommand:
			q.gone[e.CancelCommand.GetCommand()] = e.CancelCommand.GetReason()
		case *flowdeskv1.Effect_ReleaseCommand:
			q.released = append(q.released, e.ReleaseCommand.GetCommand())
		case *flowdeskv1.Effect_PutAlert:
			q.alerts[e.PutAlert.GetId()] = e.PutAlert
		case *flowdeskv1.Effect_PutTask:
			q.tasks[e.PutTask.GetId()] = e.PutTask
		}
	}
}

// advance lets the time pass, with timers and delayed replies as they fall due.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	until := w.now.Add(d)
	for {
		at, event := w.next()
		if event == nil || at.After(until) {
			break
		}
		if at.After(w.now) {
			w.now = at
		}
		w.turn(event)
	}
	w.now = until
}

// until lets the time pass until a time of the day, the next day when it has passed.
func (w *world) until(clock string) {
	w.t.Helper()
	at, err := time.ParseInLocation("15:04", clock, w.env.Zone)
	require.NoError(w.t, err)
	now := w.now.In(w.env.Zone)
	next := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, w.env.Zone)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	w.advance(next.Sub(w.now))
}

func (w *world) next() (time.Time, *flowdeskv1.Event) {
	var at time.Time
	var event *flowdeskv1.Event
	if timer := w.state.NextTimer(); timer != nil {
		at, event = timer.GetDue().AsTime(), &flowdeskv1.Event{
			Payload: &flowdeskv1.Event_Timer{Timer: &flowdeskv1.TimerDue{Timer: timer.GetId(), Due: timer.GetDue()}},
		}
	}
	for _, c := range w.state.GetCommands() {
		due := c.GetSendTime().AsTime()
		if c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED && (event == nil || due.Before(at)) {
			at, event = due, commandDue(c.GetId())
		}
	}
	return at, event
}

func commandDue(command string) *flowdeskv1.Event {
	return &flowdeskv1.Event{Payload: &flowdeskv1.Event_CommandDue{CommandDue: &flowdeskv1.CommandDue{Command: command}}}
}

// settle brings the result of a command.
func (w *world) settle(command string, state flowdeskv1.CommandState) *flowdeskv1.Turn {
	w.t.Helper()
	return w.result(&flowdeskv1.CommandResult{Command: command, State: state, Robot: "day", Reason: "因为"})
}

func (w *world) result(r *flowdeskv1.CommandResult) *flowdeskv1.Turn {
	w.t.Helper()
	return w.turn(&flowdeskv1.Event{Source: "queue", Payload: &flowdeskv1.Event_CommandResult{CommandResult: r}})
}

// asks lets somebody say something a moment after what came before, and gives the reply.
func (w *world) asks(name, text string) *flowdeskv1.Command {
	w.t.Helper()
	w.now = w.now.Add(4 * time.Second)
	return w.reply(w.says(name, text, "monitor"))
}

// mentions lets somebody say something that mentions others.
func (w *world) mentions(name, text string, others ...string) *flowdeskv1.Turn {
	w.t.Helper()
	w.now = w.now.Add(4 * time.Second)
	return w.turn(&flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
		Robot: "monitor", SenderName: name, Text: text, RawText: text, ContentType: 1, GroupName: "华东客户群", Mentions: others,
	}}})
}

// tell lets somebody say something that is not answered.
func (w *world) tell(name, text string) *flowdeskv1.Turn {
	w.t.Helper()
	w.now = w.now.Add(4 * time.Second)
	return w.says(name, text, "monitor")
}

// notices are where a turn's notices of a purpose went.
func notices(turn *flowdeskv1.Turn, purpose string) []string {
	var sessions []string
	for _, c := range commands(turn) {
		if c.GetPurpose() == purpose {
			sessions = append(sessions, c.GetTargetSession())
		}
	}
	slices.Sort(sessions)
	return sessions
}

// alert is the one alert of a category, or nil.
func (w *world) alert(category flowdeskv1.AlertCategory) *flowdeskv1.Alert {
	w.t.Helper()
	var found *flowdeskv1.Alert
	for _, a := range w.queue.alerts {
		if a.GetCategory() == category {
			require.Nil(w.t, found, "two alerts of %s", category)
			found = a
		}
	}
	return found
}

// tasks are the open tasks of an origin.
func (w *world) tasks(origin flowdeskv1.TaskOrigin) []*flowdeskv1.TrackTask {
	var found []*flowdeskv1.TrackTask
	for _, t := range w.state.GetTasks() {
		if t.GetOrigin() == origin {
			found = append(found, t)
		}
	}
	return found
}

// step is the last step of a node in a turn.
func step(turn *flowdeskv1.Turn, node string) *flowdeskv1.Step {
	var found *flowdeskv1.Step
	for _, trace := range turn.GetTraces() {
		for _, s := range trace.GetSteps() {
			if s.GetNode() == node {
				found = s
			}
		}
	}
	return found
}
