package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const (
	// sureChitchat is the score from which a question counts as small talk (吃了吗). Below it the question may be about a business that the
	// understanding knows nothing of, and to ignore a customer is worse than to trouble the staff.
	sureChitchat = 0.8
	// fittingAnswer is the score from which an entry of the question/answer file shows that a question belongs to the business.
	fittingAnswer = 0.6
)

// idleTalk reports whether a message is small talk that asks for no answer.
func idleTalk(run *engine.Run, u *flowdeskv1.Understanding) bool {
	if !u.GetChitchat() {
		return false
	}
	if !u.GetQuestion() || run.Message() == nil {
		return true
	}
	for _, intent := range u.GetIntents() {
		if intent.GetIntent() == flowdeskv1.Intent_INTENT_CHITCHAT && intent.GetScore() < sureChitchat {
			return false
		}
	}
	best := engine.Prepared[*prepared](run).answers.Best(withoutMentions(run, run.Message()), 1)
	return len(best) == 0 || best[0].Score < fittingAnswer
}
