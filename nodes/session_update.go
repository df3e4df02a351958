package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(sessionUpdate) }

// sessionUpdate keeps a user's moods and opens a question with its two alarms; when staff speaks, it closes the questions that are thereby answered.
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
	switch role := run.State().Participant(run.Sender()).GetRole(); {
	case role == flowdeskv1.Role_ROLE_USER:
		intent := engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run)
		if intent.GetUnderstanding() != nil {
			feel(run, intent.GetUnderstanding())
		}
		if waitsForAnswer(run, intent.GetUnderstanding()) {
			openQuestion(run, run.MessageID(), run.Sender(), cfg.GetWarnAfter().AsDuration(), cfg.GetErrorAfter().AsDuration())
		}
	case isStaff(role):
		answeredByStaff(run)
	}
}

// feel keeps the user's moods and streaks.
func feel(run *engine.Run, u *flowdeskv1.Understanding) {
	run.EditParticipant(run.Sender(), func(p *flowdeskv1.Participant) {
		mood := desk.MoodAfter(p, u)
		p.Moods, p.PositiveStreak, p.FallingStreak = mood.Moods, mood.PositiveStreak, mood.FallingStreak
	})
}

// waitsForAnswer reports whether the run's message is a question that nobody has answered while the flow was under way.
func waitsForAnswer(run *engine.Run, u *flowdeskv1.Understanding) bool {
	if u != nil && (u.GetSpam() || idleTalk(run, u) || u.GetTakenBack() && !u.GetQuestion() || !asks(u)) {
		return false
	}
	return run.Event() == run.Start() || overtaken(run, run.Sender(), run.MessageID(), "") == ""
}

// answeredByStaff closes the questions that words of staff may answer, and drops the robot's waiting replies to the same users: a person was first.
func answeredByStaff(run *engine.Run) {
	said := run.State().Utterance(run.MessageID())
	if said == nil {
		return
	}
	var users []string
	for _, q := range run.State().GetQuestions() {
		users = append(users, q.GetParticipant())
	}
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool { return c.GetPurpose() == purposeReply }) {
		users = append(users, c.GetTargetUser())
	}
	for i, user := range users {
		if user != "" && !slices.Contains(users[:i], user) && speaksTo(run, said, user) {
			closeQuestionsOf(run, user, closedByStaff)
			dropReplies(run, user, repliedFirst(said.GetName()))
		}
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
