package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(sessionUpdate) }

// sessionUpdate opens a user's question with its two alarms, and closes a user's questions when staff speaks.
func sessionUpdate(run *engine.Run, cfg *flowdeskv1.SessionUpdate) (*flowdeskv1.SessionUpdateOutput, engine.Port, error) {
	if run.Message() != nil {
		follow(run, cfg)
	}
	if run.State().GetResolved() {
		open := false
		run.PutSession(&flowdeskv1.PutSession{Resolved: &open})
	}
	return &flowdeskv1.SessionUpdateOutput{
		Messages: run.State().GetMessageCount(), Unanswered: int32(len(run.State().GetQuestions())),
	}, engine.Out, nil
}

func follow(run *engine.Run, cfg *flowdeskv1.SessionUpdate) {
	sender := run.State().Participant(run.Sender())
	switch sender.GetRole() {
	case flowdeskv1.Role_ROLE_USER:
		intent := engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run)
		if u := intent.GetUnderstanding(); u != nil && (u.GetSpam() || u.GetChitchat() || !asks(u)) {
			return
		}
		id := run.MessageID()
		run.OpenQuestion(&flowdeskv1.OpenQuestion{Message: id, Participant: run.Sender(), Time: engine.Timestamp(run.Now())})
		run.SessionTimer(timerWarning, id, run.Now().Add(cfg.GetWarnAfter().AsDuration()))
		run.SessionTimer(timerError, id, run.Now().Add(cfg.GetErrorAfter().AsDuration()))
	case flowdeskv1.Role_ROLE_GROUP_ASSISTANT, flowdeskv1.Role_ROLE_AFTER_SALES, flowdeskv1.Role_ROLE_OPERATOR:
		var answered []string
		for _, q := range run.State().GetQuestions() {
			answered = append(answered, q.GetMessage())
		}
		for _, message := range answered {
			closeQuestion(run, message, "staff")
		}
	default:
	}
}

// asks reports whether somebody waits for an answer to a text.
func asks(u *flowdeskv1.Understanding) bool {
	switch u.GetIntent() {
	case flowdeskv1.Intent_INTENT_COMPLAINT, flowdeskv1.Intent_INTENT_URGENT_SERVICE, flowdeskv1.Intent_INTENT_INQUIRY,
		flowdeskv1.Intent_INTENT_HELP_REQUEST, flowdeskv1.Intent_INTENT_HANDOFF:
		return true
	default:
		return u.GetQuestion()
	}
}
