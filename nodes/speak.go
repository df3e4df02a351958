package nodes

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// speech is something that a robot is to say.
type speech struct {
	id          string // empty is a new one
	text        string
	session     string // empty is the run's own
	user        string // participant addressed
	name        string
	mention     bool
	purpose     string
	replyTo     string
	alsoAnswers []string  // further messages that it answers
	noAnswer    bool      // it says that there is no answer
	noAnswerTo  []string  // of the messages that it answers, those to which it says only that
	sendTime    time.Time // zero is now
	expiry      time.Duration
	priority    flowdeskv1.Priority
	operator    bool
	duty        flowdeskv1.Duty // unspecified is the reply duty at the send time
	delayReason string
	retries     int32
	backoff     time.Duration
	onUnknown   flowdeskv1.UnknownPolicy
}

// speak puts a text in the queue. It gives the command, or why nothing was queued.
func speak(run *engine.Run, s speech) (command *flowdeskv1.Command, refused string) {
	s.text = strings.TrimLeft(s.text, "，, \n") // a template begins with a name that nobody has
	if strings.TrimSpace(s.text) == "" {       // a robot would fail on it, again and again
		refused = "没有可发送的内容"
		run.Note("nothing said: %s", refused)
		return nil, refused
	}
	at, sendTime := run.Now(), run.Stamp()
	if s.sendTime.After(at) {
		at, sendTime = s.sendTime, engine.Timestamp(s.sendTime)
	}
	if s.duty == flowdeskv1.Duty_DUTY_UNSPECIFIED {
		s.duty = desk.ReplyDuty(run.Settings().GetDayShift(), at, run.Zone())
	}
	if s.priority == flowdeskv1.Priority_PRIORITY_UNSPECIFIED {
		s.priority = flowdeskv1.Priority_PRIORITY_MEDIUM
	}
	if s.expiry == 0 {
		s.expiry = defaultExpiry
	}
	c := &flowdeskv1.Command{
		Id: s.id, Text: s.text, TargetSession: s.session, TargetUser: s.user, TargetName: s.name, Mention: s.mention, Purpose: s.purpose, ReplyTo: s.replyTo,
		Priority: s.priority, Operator: s.operator, Duty: s.duty, DelayReason: s.delayReason, SendTime: sendTime,
		ExpireTime: engine.Timestamp(at.Add(s.expiry)), MaxRetries: s.retries, OnUnknown: s.onUnknown, AlsoAnswers: s.alsoAnswers, NoAnswer: s.noAnswer, NoAnswerTo: s.noAnswerTo,
	}
	if s.backoff > 0 {
		c.Backoff = durationpb.New(s.backoff)
	}
	if s.replyTo != "" {
		if u := run.State().Utterance(s.replyTo); u != nil {
			c.RepliedMessageTime = u.GetTime()
		}
	}
	if _, refused = run.Enqueue(c); refused != "" {
		run.Note("nothing said: %s", refused)
		return nil, refused
	}
	return c, ""
}

// defaultExpiry is how long an unsent text is worth saying.
const defaultExpiry = 2 * time.Hour

// nickname is how a participant is addressed.
func nickname(run *engine.Run, participant string) string {
	if p := run.State().Participant(participant); p != nil {
		return p.GetName()
	}
	if m := run.Message(); m != nil && engine.ParticipantID(m.GetSenderName()) == participant {
		return m.GetSenderName()
	}
	return ""
}

// groupTitle is the name of the run's group.
func groupTitle(run *engine.Run) string {
	if g := run.Env().Group(run.State().GetId()); g.GetTitle() != "" {
		return g.GetTitle()
	}
	return run.State().GetTitle()
}
