package nodes

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Several replies that wait for one user are said as one, so that they never come as a burst.

// maxTogether is the greatest length of what is said together, in characters; longer texts stay apart.
const maxTogether = 1000

// lateWait tells replies held for the next day from those that merely wait a while: the two are not said together, because nothing of the former
// is to be said at night.
const lateWait = time.Hour

// bundle is a reply with the waiting ones that it takes up.
type bundle struct {
	text     string
	sendTime time.Time
	priority flowdeskv1.Priority
	answers  []string // messages besides its own
	taken    []*flowdeskv1.PendingCommand
	merged   []string // of those taken, the ones whose texts it holds
	noAnswer bool
	unsolved []string // of the messages, those to which it says only that there is no answer
}

// takeUp lets a reply take up an earlier one that waits for the same user, where the two can be said together.
//
// The graver one decides when: an urgent answer is not put off by a later question, nor an urgent question by an earlier answer. Of equal ones
// the newer decides, once: who writes on and on gets an answer all the same.
func (b *bundle) takeUp(run *engine.Run, c *flowdeskv1.PendingCommand) {
	at := c.GetSendTime().AsTime()
	if waitsLong(run, at) != waitsLong(run, b.sendTime) {
		return
	}
	text := b.text
	switch {
	case strings.Contains(b.text, c.GetText()):
	case strings.Contains(c.GetText(), b.text):
		text = c.GetText()
	default:
		text = c.GetText() + "\n" + b.text
	}
	if utf8.RuneCountInString(text) > maxTogether {
		return
	}
	waitedBefore := c.GetPriority() == b.priority && len(c.GetAlsoAnswers()) > 0 && at.Before(b.sendTime)
	if c.GetPriority() > b.priority || waitedBefore {
		b.sendTime = at
	}
	if text != b.text {
		b.text, b.merged = text, append(b.merged, c.GetId())
	}
	b.priority, b.noAnswer = max(b.priority, c.GetPriority()), b.noAnswer && c.GetNoAnswer()
	b.taken = append(b.taken, c)
	for _, message := range append([]string{c.GetReplyTo()}, c.GetAlsoAnswers()...) {
		if message != "" && !slices.Contains(b.answers, message) {
			b.answers = append(b.answers, message)
			if leavesOpen(c, message) {
				b.unsolved = append(b.unsolved, message)
			}
		}
	}
}

// leftOpen are the messages whose questions stay open although others are answered.
func (b *bundle) leftOpen() []string {
	if b.noAnswer {
		return nil // all of them
	}
	return b.unsolved
}

// leavesOpen reports whether a reply says to one of its messages only that there is no answer.
func leavesOpen(c *flowdeskv1.PendingCommand, message string) bool {
	return c.GetNoAnswer() || slices.Contains(c.GetNoAnswerTo(), message)
}

// waitsLong reports whether something is held for the next day.
func waitsLong(run *engine.Run, sendTime time.Time) bool { return sendTime.Sub(run.Now()) > lateWait }

// sayTogether says the delayed replies to a user that are due at the same time as one: after a night or an outage several may be. It reports
// whether there were others than the one given.
func sayTogether(run *engine.Run, first *flowdeskv1.PendingCommand) bool {
	if first.GetState() != flowdeskv1.CommandState_COMMAND_STATE_DELAYED {
		return false
	}
	due := pendingReplies(run, func(c *flowdeskv1.PendingCommand) bool {
		return c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED && c.GetPurpose() == purposeReply && c.GetTargetUser() == first.GetTargetUser() && c.GetTargetUser() != "" &&
			!c.GetSendTime().AsTime().After(run.Now())
	})
	due = slices.DeleteFunc(due, func(c *flowdeskv1.PendingCommand) bool {
		if c.GetId() == first.GetId() {
			return false
		}
		reason := unwanted(run, c)
		if reason != "" {
			run.Cancel(c.GetId(), reason)
		}
		return reason != ""
	})
	if len(due) < 2 {
		return false
	}
	last := due[len(due)-1]
	b := &bundle{text: last.GetText(), sendTime: run.Now(), priority: last.GetPriority(), noAnswer: last.GetNoAnswer(), answers: slices.Clone(last.GetAlsoAnswers())}
	for _, message := range append([]string{last.GetReplyTo()}, last.GetAlsoAnswers()...) {
		if leavesOpen(last, message) {
			b.unsolved = append(b.unsolved, message)
		}
	}
	for _, c := range slices.Backward(due[:len(due)-1]) {
		b.takeUp(run, c)
	}
	if len(b.taken) == 0 {
		return false
	}
	id := run.NewID()
	for _, c := range append(b.taken, last) {
		run.Supersede(c.GetId(), id, "同一用户的回复合并发送")
	}
	command, _ := speak(run, speech{
		id: id, text: b.text, user: last.GetTargetUser(), name: nickname(run, last.GetTargetUser()), mention: true, purpose: purposeReply,
		replyTo: last.GetReplyTo(), alsoAnswers: b.answers, noAnswer: b.noAnswer, noAnswerTo: b.leftOpen(), priority: b.priority, retries: defaultRetries, backoff: defaultBackoff,
		onUnknown: flowdeskv1.UnknownPolicy_UNKNOWN_POLICY_HANDOFF, delayReason: "同一用户的多条回复合并发送",
	})
	return command != nil
}
