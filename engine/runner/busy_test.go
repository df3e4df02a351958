package runner_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Who has three open tasks is busy, in whichever groups they are.
func TestPeopleAreBusyByTheirTasksInAllGroups(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		require.NoError(w.t, w.store.PutPerson(w.t.Context(), &flowdeskv1.Person{Id: "li", Title: "li"}, ""))
		require.NoError(w.t, w.Reload(w.t.Context()))
		tasks := make(map[string]string)
		w.on("open", func(run *engine.Run) {
			task := &flowdeskv1.TrackTask{State: flowdeskv1.TaskState_TASK_STATE_PENDING, Assignee: "li", Title: "call back"}
			run.PutTask(task, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
			tasks[run.State().GetId()] = task.GetId()
		})
		w.on("close", func(run *engine.Run) { run.DeleteTask(tasks[run.State().GetId()]) })
		before := w.Env().GetGeneration()
		for n := range 2 {
			require.NoError(w.t, w.send(fmt.Sprint("g", n), "open"))
		}
		wait(3 * time.Second)
		require.Equal(w.t, before, w.Env().GetGeneration(), "nobody became busy: nothing is stored for replay")
		require.NoError(w.t, w.send("g2", "open"))
		wait(3 * time.Second)
		require.EqualValues(w.t, 3, w.Env().Person("li").GetOpenTasks())
		require.NoError(w.t, w.send("g1", "close"))
		wait(3 * time.Second)
		require.EqualValues(w.t, 2, w.Env().Person("li").GetOpenTasks())
	})
}
