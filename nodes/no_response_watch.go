package nodes

import (
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// vigil is what NO_RESPONSE_NOTIFY remembers of its tasks between turns. Tasks and timers stand in the wait side by side; the memo holds a byte
// that says whether a task was answered, and one for each task that says whether its user was reminded.
type vigil struct {
	responded bool
	watches   []watch
}

// watch is one task that awaits its user.
type watch struct {
	task     string
	timer    string // of the reminder; once reminded, of the notice to the staff
	reminded bool
}

const (
	memoNo  = '-'
	memoYes = '+'
)

// vigilOf reads a wait.
func vigilOf(w *flowdeskv1.NodeWait) vigil {
	v := vigil{responded: w.GetMemo()[0] == memoYes}
	for i, task := range w.GetTasks() {
		v.watches = append(v.watches, watch{task: task, timer: w.GetTimers()[i], reminded: w.GetMemo()[i+1] == memoYes})
	}
	return v
}

// wait writes the wait that vigilOf reads.
func (v vigil) wait(run *engine.Run) *flowdeskv1.NodeWait {
	ids := make([]string, 0, len(v.watches))
	memo, timers := []byte{memoOf(v.responded)}, make([]string, 0, len(v.watches))
	for _, one := range v.watches {
		ids, timers, memo = append(ids, one.task), append(timers, one.timer), append(memo, memoOf(one.reminded))
	}
	w := awaitUsers(run, ids)
	w.Tasks, w.Timers, w.Memo = ids, timers, memo
	return w
}

func memoOf(yes bool) byte {
	if yes {
		return memoYes
	}
	return memoNo
}

// timerAt is a timer at a time, shared by the tasks that are due at the same time.
func (v vigil) timerAt(run *engine.Run, due time.Time) string {
	for _, one := range v.watches {
		if t := run.State().Timer(one.timer); t != nil && t.GetDue().AsTime().Equal(engine.Timestamp(due).AsTime()) {
			return one.timer
		}
	}
	return run.Timer(due)
}

// responseDeadline is when the user should have answered a task; a passed one is due at once.
func responseDeadline(run *engine.Run, t *flowdeskv1.TrackTask) time.Time {
	due := t.GetResponseDeadline().AsTime()
	if t.GetResponseDeadline() == nil {
		due = t.GetCreateTime().AsTime().Add(run.Settings().GetOperatorResponseDeadline().AsDuration())
	}
	if due.Before(run.Now()) {
		return run.Now()
	}
	return due
}
