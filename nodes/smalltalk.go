package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// smallTalk is what the run's message says around a matter, as far as its meaning and the session allow: who tells of a task beside their thanks
// (身份证已经上传了，谢谢) is heard, and so is who laughs about a question.
func smallTalk(run *engine.Run, u *flowdeskv1.Understanding) desk.SmallTalk {
	if run.Message() == nil {
		return desk.SmallTalk{}
	}
	talk := desk.HearSmallTalk(withoutMentions(run, run.Message()))
	calm := !u.GetImportant() && u.GetPolarity() != flowdeskv1.Polarity_POLARITY_NEGATIVE
	talk.Thanks = talk.Thanks && calm && !u.GetQuestion() && u.GetTaskKind() == flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED
	talk.Jests = talk.Jests && calm && !asks(u) && !callsUs(run)
	talk.Urges = talk.Urges && waits(run)
	return talk
}

// closeByThanks closes the questions of a user who thanks after somebody told them something: that there is no answer, or that a person will come,
// is nothing to thank for.
func closeByThanks(run *engine.Run) {
	name := nickname(run, run.Sender())
	settings := run.Settings()
	empty := []string{
		run.Render(settings.GetNotFoundText(), "nickname", name), run.Render(settings.GetApologyText(), "nickname", name),
		run.Render(settings.GetHandoffText(), "nickname", name),
	}
	told := slices.ContainsFunc(saidLately(run, run.Sender()), func(text string) bool { return !slices.Contains(empty, text) })
	for _, u := range run.State().GetContext() {
		lately := run.Now().Sub(u.GetTime().AsTime()) <= repeatedWithin
		told = told || lately && !u.GetWithdrawn() && isStaff(u.GetRole()) && speaksTo(run, u, run.Sender())
	}
	if told {
		closeQuestionsOf(run, run.Sender(), closedByThanks)
	}
}

// waits reports whether the run's sender waits for something already: an answer, or the person who was promised.
func waits(run *engine.Run) bool {
	reply := func(c *flowdeskv1.PendingCommand) bool {
		return c.GetPurpose() == purposeReply && c.GetTargetUser() == run.Sender()
	}
	return handedOver(run) != "" || len(pendingReplies(run, reply)) > 0 ||
		slices.ContainsFunc(run.State().GetQuestions(), func(q *flowdeskv1.OpenQuestion) bool { return q.GetParticipant() == run.Sender() })
}
