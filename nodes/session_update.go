package nodes

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
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
		u := understandingOf(run)
		feel(run, u)
		if engine.Nearest[*flowdeskv1.IntentRecognizeOutput](run).GetUnderstanding() == nil { // the figures of moods count every message of a user
			run.AnnotateMessage(&flowdeskv1.AnnotateMessage{Message: run.MessageID(), Intent: u.GetIntent(), Sentiment: proto.Float64(u.GetSentiment())})
		}
		talk := smallTalk(run, u)
		if talk.Thanks {
			closeByThanks(run)
		}
		if waitsForAnswer(run, u, talk) {
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

// waitsForAnswer reports whether the sender of the run's message waits for somebody: it is a question that nobody has answered while the flow was
// under way, a quarrel, or the answer to an after-sales call, whose person was promised.
func waitsForAnswer(run *engine.Run, u *flowdeskv1.Understanding, talk desk.SmallTalk) bool {
	if engine.Nearest[afterSalesOut](run).GetResponded() || engine.Nearest[conflictOut](run).GetConflict() {
		return true
	}
	if talk.Thanks || talk.Opens || talk.Urges {
		return false // there is nothing to answer, or what there is has its alarms
	}
	if u.GetSpam() || idleTalk(run, u) || u.GetTakenBack() && !u.GetQuestion() || !asks(u) {
		return false
	}
	return run.Event() == run.Start() || overtaken(run, run.Sender(), run.MessageID(), "") == ""
}

// answeredByStaff closes the questions that words of staff answer, and drops the robot's waiting replies to the same users: a person was first.
// Whom they answer is decided by desk.Answered.
func answeredByStaff(run *engine.Run) {
	said := run.State().Utterance(run.MessageID())
	if said == nil {
		return
	}
	users, reason := desk.Answered(staffWords(run, said))
	if len(run.State().GetQuestions()) > 0 {
		run.Note("%s", reason)
	}
	for _, user := range users {
		closeQuestionsOf(run, user, closedByStaff)
		dropReplies(run, user, repliedFirst(said.GetName()))
	}
}

func staffWords(run *engine.Run, said *flowdeskv1.Utterance) desk.StaffWords {
	f := desk.StaffWords{Text: withoutMentions(run, run.Message()), Mentions: len(text.Mentions(said.GetText())) > 0}
	ask := func(user, message string) {
		if user == "" {
			return
		}
		i := slices.IndexFunc(f.Askers, func(a desk.Asker) bool { return a.User == user })
		if i < 0 {
			i, f.Askers = len(f.Askers), append(f.Askers, desk.Asker{User: user})
		}
		if u := run.State().Utterance(message); u != nil {
			f.Askers[i].Asked = append(f.Askers[i].Asked, u.GetText())
		}
	}
	for _, q := range run.State().GetQuestions() {
		ask(q.GetParticipant(), q.GetMessage())
	}
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool { return c.GetPurpose() == purposeReply }) {
		ask(c.GetTargetUser(), c.GetReplyTo())
	}
	named := usersNamedIn(run, f.Text)
	for _, a := range f.Askers {
		if f.Mentions && speaksTo(run, said, a.User) {
			f.Mentioned = append(f.Mentioned, a.User)
		}
		if slices.ContainsFunc(named, func(n addressee) bool { return n.participant == a.User }) {
			f.Named = append(f.Named, a.User)
		}
	}
	if last := lastSpeaker(run, func(*flowdeskv1.Utterance) bool { return true }); last != nil {
		f.Before, f.Continues = last.GetParticipant(), last.GetParticipant() == run.Sender()
	}
	return f
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
