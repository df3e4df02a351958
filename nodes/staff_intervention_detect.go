package nodes

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type interventionOut = *flowdeskv1.StaffInterventionDetectOutput

func init() { register(staffInterventionDetect) }

// staffInterventionDetect gives the conversations in which a staff member speaks to that person: automatic replies pause from the last staff
// message on, and those that have not left are cancelled. Whose conversations these are is decided by desk.JudgeIntervention: the users
// mentioned, else those who wait for an answer, else the one who spoke last within the pause. So a greeting is an intervention when it answers an
// open conversation, and none when it is said to the room, to colleagues, or to everyone.
func staffInterventionDetect(run *engine.Run, cfg *flowdeskv1.StaffInterventionDetect) (interventionOut, engine.Port, error) {
	out := &flowdeskv1.StaffInterventionDetectOutput{Reason: "没有消息"}
	if run.Message() == nil {
		return out, "none", nil
	}
	person := cmp.Or(run.State().Participant(run.Sender()).GetPerson(), run.Sender())
	pause := cfg.GetPause().AsDuration()
	facts := interventionFacts(run, person, pause)
	facts.NotMention, facts.NotAsking, facts.NotRecent = !cfg.GetOnMention(), !cfg.GetOnWaiting(), !cfg.GetOnRecent()
	facts.Ignored = onlySays(withoutMentions(run, run.Message()), cfg.GetIgnoredPhrases())
	judged := desk.JudgeIntervention(facts)
	out.Reason = judged.Reason
	run.Note("%s", judged.Reason)
	if len(judged.Users) == 0 {
		return out, "none", nil
	}
	out.Intervened, out.Prolonged = true, true
	for _, user := range held(run, judged.Users, cfg.GetWholeGroup()) {
		before := heldExactly(run, user)
		out.Prolonged = out.GetProlonged() && before != nil
		until, holder := engine.Timestamp(run.Now().Add(pause)), person
		if before.GetUntil().AsTime().After(until.AsTime()) {
			until = before.GetUntil() // taken over by hand for longer
		}
		if before.GetManual() {
			holder = before.GetPerson()
		}
		out.CancelledCommands = append(out.CancelledCommands, hold(run, holder, user, until, false, judged.Reason)...)
		if out.GetUntil() == nil || until.AsTime().After(out.GetUntil().AsTime()) {
			out.Until = until
		}
		claimHandoffs(run, user, run.State().Participant(run.Sender()).GetPerson(), run.Message().GetSenderName())
		if user != "" {
			out.Users = append(out.Users, user)
		}
	}
	run.RecordFact(&flowdeskv1.Fact{Name: "intervention", Subject: person, Value: float64(len(out.GetCancelledCommands())), Values: []*flowdeskv1.NamedValue{
		{Name: "users", Value: strings.Join(out.GetUsers(), ",")}, {Name: "prolonged", Value: yesNo(out.GetProlonged())},
	}})
	return out, "intervened", nil
}

// held are the conversations to hold: that of the whole group, when the flow's author wants it or a person holds it already, in the place of each
// user's.
func held(run *engine.Run, users []string, wholeGroup bool) []string {
	if wholeGroup || heldExactly(run, "") != nil {
		return []string{""}
	}
	return users
}

func interventionFacts(run *engine.Run, person string, pause time.Duration) desk.InterventionFacts {
	to := addressedBy(run, run.Message())
	f := desk.InterventionFacts{
		Understanding: run.Understand(withoutMentions(run, run.Message())), MentionsOthers: to.others() || to.robot, MentionsAll: to.everyone,
	}
	for _, u := range to.users {
		f.Mentioned = append(f.Mentioned, u.participant)
	}
	if last := lastSpeaker(run, func(u *flowdeskv1.Utterance) bool { return u.GetParticipant() != run.Sender() }); last != nil {
		f.AfterColleague = !saidByUser(last)
	}
	if u := lastSpeaker(run, saidByUser); u != nil && run.Now().Sub(u.GetTime().AsTime()) < pause {
		f.Recent = u.GetParticipant()
	}
	ask := func(user string) {
		if user != "" && !slices.Contains(f.Asking, user) {
			f.Asking = append(f.Asking, user)
		}
	}
	for _, q := range run.State().GetQuestions() {
		ask(q.GetParticipant())
	}
	for _, c := range pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool { return c.GetPurpose() == purposeReply }) {
		ask(c.GetTargetUser())
	}
	for _, i := range run.State().GetInterventions() {
		if i.GetPerson() == person {
			f.Own = append(f.Own, i.GetParticipant())
		}
	}
	return f
}

// onlySays reports whether a text is one of the phrases, whatever its width, case and closing marks.
func onlySays(text string, phrases []string) bool {
	said := strings.Trim(desk.FoldName(text), closingMarks)
	return said != "" && slices.ContainsFunc(phrases, func(phrase string) bool { return strings.Trim(desk.FoldName(phrase), closingMarks) == said })
}

// closingMarks are what may stand around a phrase.
const closingMarks = " .。!！~～?？,，"

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
