package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(messageReceive) }

// messageReceive stores the message at once, so that the next one never sees a stale context.
func messageReceive(run *engine.Run, _ *flowdeskv1.MessageReceive) (*flowdeskv1.MessageReceiveOutput, engine.Port, error) {
	m, arrival := run.Message(), run.Arrival()
	if m == nil {
		return &flowdeskv1.MessageReceiveOutput{}, engine.Out, nil // started by hand: there is no message
	}
	out := &flowdeskv1.MessageReceiveOutput{Message: run.MessageID(), OwnRobot: arrival.OwnRobot != "", NewSession: run.State().GetMessageCount() == 0}
	if arrival.DuplicateOf != "" {
		out.Message, out.Duplicate = arrival.DuplicateOf, true
		return out, "duplicate", nil
	}
	out.Mentions = mentions(run, m)
	raw := m.GetRawText()
	if raw == m.GetText() {
		raw = ""
	}
	run.StoreMessage(&flowdeskv1.Message{
		Id: run.MessageID(), Session: run.State().GetId(), Participant: run.Sender(), SenderName: m.GetSenderName(), Text: m.GetText(), RawText: raw,
		ContentType: m.GetContentType(), AtMe: m.GetAtMe(), Robots: []string{m.GetRobot()}, ReceiveTime: run.Event().GetReceivedAt(),
		PlatformId: m.GetPlatformId(), Event: run.Event().GetId(), Digest: arrival.Digest,
	})
	if title := m.GetGroupName(); title != "" && run.State().GetTitle() == "" {
		run.PutSession(&flowdeskv1.PutSession{Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP})
	}
	return out, engine.Out, nil
}

// mentions resolves the names after @ to participants.
func mentions(run *engine.Run, m *flowdeskv1.MessageEvent) []*flowdeskv1.Mention {
	var found []*flowdeskv1.Mention
	var known roll
	for i, whole := range wholeNames(run, m.GetRawText(), m.GetMentions()) {
		mention := &flowdeskv1.Mention{Name: m.GetMentions()[i], Everyone: desk.IsEveryone(m.GetMentions()[i])}
		if !mention.GetEveryone() {
			who := known.named(run, whole)
			mention.Role, mention.Participant = who.role, who.participant
		}
		found = append(found, mention)
	}
	return found
}
