package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// taskMatter is what a task is about.
type taskMatter struct {
	kind flowdeskv1.TaskKind
	name string // of a configured kind
}

func matterOf(t *flowdeskv1.TrackTask) taskMatter { return taskMatter{t.GetKind(), t.GetKindName()} }

// followedToEnd reports whether the flow follows its tasks to their end.
func followedToEnd(run *engine.Run) bool {
	return slices.ContainsFunc(run.Program().Nodes, func(n *engine.ProgramNode) bool {
		_, follows := n.Config.(*flowdeskv1.AfterSalesTaskTrack)
		return follows
	})
}

// doneMatter is which of a user's tasks a completion phrase means, and whether it means any. A phrase that names a kind means that one. Where it
// names none, it means what all the tasks are about, or else the one thing that the user was heard on. Otherwise nobody knows which is done,
// and a task that is closed by mistake is forgotten, while one that stays open by mistake is asked about again.
func doneMatter(run *engine.Run, m *flowdeskv1.MessageEvent, task *flowdeskv1.TrackTask) (taskMatter, bool) {
	tasks := afterSalesBeside(run, task)
	if u := run.Understand(withoutMentions(run, m)); u.GetTaskKind() != flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		named := taskMatter{u.GetTaskKind(), u.GetTaskKindName()}
		if slices.ContainsFunc(tasks, func(t *flowdeskv1.TrackTask) bool { return matterOf(t) == named }) {
			return named, true
		}
		if !slices.ContainsFunc(tasks, ownWords) {
			return taskMatter{}, false
		}
	}
	if matter, one := onlyMatter(tasks); one {
		return matter, true
	}
	return onlyMatter(slices.DeleteFunc(tasks, func(t *flowdeskv1.TrackTask) bool {
		return t.GetRespondedAt() == nil || !t.GetRespondedAt().AsTime().Before(run.Now()) // the phrase itself may count as an answer to all
	}))
}

// ownWords reports whether a task's kind is one that understanding may not know: a flow can name its own.
func ownWords(t *flowdeskv1.TrackTask) bool {
	return t.GetKind() == flowdeskv1.TaskKind_TASK_KIND_OTHER || t.GetKind() == flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED
}

// onlyMatter is what all of tasks are about, and whether there is such a thing.
func onlyMatter(tasks []*flowdeskv1.TrackTask) (taskMatter, bool) {
	if len(tasks) == 0 {
		return taskMatter{}, false
	}
	first := matterOf(tasks[0])
	return first, !slices.ContainsFunc(tasks, func(t *flowdeskv1.TrackTask) bool { return matterOf(t) != first })
}

// afterSalesBeside are a task and the after-sales tasks of its user that were open when the turn began, so that each instance that hears a phrase
// in it sees the same ones, whatever those before it have closed.
func afterSalesBeside(run *engine.Run, task *flowdeskv1.TrackTask) []*flowdeskv1.TrackTask {
	tasks := []*flowdeskv1.TrackTask{task}
	add := func(t *flowdeskv1.TrackTask) {
		if t.GetId() != task.GetId() && t.GetOrigin() == flowdeskv1.TaskOrigin_TASK_ORIGIN_AFTER_SALES && t.GetTargetUserId() == task.GetTargetUserId() {
			tasks = append(tasks, t)
		}
	}
	for _, t := range run.State().GetTasks() {
		if desk.TaskOpen(t.GetState()) {
			add(t)
		}
	}
	for _, t := range run.EndedTasks() {
		add(t)
	}
	return tasks
}
