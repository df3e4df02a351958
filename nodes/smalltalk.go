package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// thanks reports whether the run's message only thanks somebody.
func thanks(run *engine.Run, u *flowdeskv1.Understanding) bool {
	return run.Message() != nil && !u.GetQuestion() && u.GetPolarity() != flowdeskv1.Polarity_POLARITY_NEGATIVE && desk.Thanks(withoutMentions(run, run.Message()))
}

// jests reports whether the run's message laughs about what it says, and asks nothing.
func jests(run *engine.Run, u *flowdeskv1.Understanding) bool {
	return run.Message() != nil && !asks(u) && !u.GetImportant() && !callsUs(run) && u.GetPolarity() != flowdeskv1.Polarity_POLARITY_NEGATIVE &&
		desk.Jests(withoutMentions(run, run.Message()))
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

// opens reports whether the run's message only announces a question, which then comes with the next one.
func opens(run *engine.Run) bool {
	return run.Message() != nil && desk.Opens(withoutMentions(run, run.Message()))
}

// urges reports whether the run's message only presses for what its sender waits for already: an answer, or the person who was promised.
func urges(run *engine.Run) bool {
	if run.Message() == nil || !desk.Urges(withoutMentions(run, run.Message())) {
		return false
	}
	waits := func(c *flowdeskv1.PendingCommand) bool {
		return c.GetPurpose() == purposeReply && c.GetTargetUser() == run.Sender()
	}
	return handedOver(run) != "" || len(pendingReplies(run, waits)) > 0 ||
		slices.ContainsFunc(run.State().GetQuestions(), func(q *flowdeskv1.OpenQuestion) bool { return q.GetParticipant() == run.Sender() })
}
