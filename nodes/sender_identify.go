package nodes

import (
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(senderIdentify) }

// senderIdentify decides the sender's role and keeps the participant.
func senderIdentify(run *engine.Run, cfg *flowdeskv1.SenderIdentify) (*flowdeskv1.SenderIdentifyOutput, engine.Port, error) {
	m := run.Message()
	if m == nil {
		return &flowdeskv1.SenderIdentifyOutput{Role: flowdeskv1.Role_ROLE_USER, Rule: "default", Reason: "没有消息"}, engine.Out, nil
	}
	sender := desk.Sender{Session: run.State().GetId(), Name: m.GetSenderName(), Person: boundTo(run.State().Participant(run.Sender()))}
	identity := engine.Prepared[*prepared](run).directory.IdentifySender(sender, cfg.GetPatterns())
	out := &flowdeskv1.SenderIdentifyOutput{
		Role: identity.Role, Rule: identity.Rule, Reason: identity.Reason, Ambiguous: identity.Ambiguous, Participant: run.Sender(),
		Person: identity.Person, Name: m.GetSenderName(),
	}
	run.EditParticipant(run.Sender(), func(p *flowdeskv1.Participant) {
		if p.GetName() != m.GetSenderName() {
			p.Name = strings.Clone(m.GetSenderName()) // it is kept for longer than the message whose text it is a part of
		}
		p.Role, p.RoleRule, p.Person, p.Robot = identity.Role, identity.Rule, identity.Person, identity.Robot
		p.LastActive = run.Stamp()
		p.MessageCount++
	})
	run.AnnotateMessage(&flowdeskv1.AnnotateMessage{
		Message: run.MessageID(), Role: identity.Role, RoleRule: identity.Rule, Participant: run.Sender(), Instance: run.InstanceID(),
	})
	return out, engine.Out, nil
}

// boundTo is the directory entry to which a participant was bound by its id. One that was only found by its name is looked for anew, because
// names change hands.
func boundTo(p *flowdeskv1.Participant) string {
	if p.GetRoleRule() == desk.RuleID {
		return p.GetPerson()
	}
	return ""
}
