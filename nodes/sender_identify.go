package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(senderIdentify) }

// senderIdentify decides the sender's role and keeps the participant.
func senderIdentify(run *engine.Run, cfg *flowdeskv1.SenderIdentify) (*flowdeskv1.SenderIdentifyOutput, engine.Port, error) {
	m := run.Message()
	if m == nil {
		return &flowdeskv1.SenderIdentifyOutput{Role: flowdeskv1.Role_ROLE_USER, Rule: "default", Reason: "没有消息"}, engine.Out, nil
	}
	identity := engine.Prepared[*prepared](run).directory.Identify(run.State().GetId(), m.GetSenderName(), cfg.GetPatterns())
	out := &flowdeskv1.SenderIdentifyOutput{
		Role: identity.Role, Rule: identity.Rule, Reason: identity.Reason, Ambiguous: identity.Ambiguous, Participant: run.Sender(),
		Person: identity.Person, Name: m.GetSenderName(),
	}
	run.EditParticipant(run.Sender(), func(p *flowdeskv1.Participant) {
		p.Name, p.Role, p.RoleRule, p.Person, p.Robot = m.GetSenderName(), identity.Role, identity.Rule, identity.Person, identity.Robot
		p.LastActive = engine.Timestamp(run.Now())
		p.MessageCount++
	})
	run.AnnotateMessage(&flowdeskv1.AnnotateMessage{
		Message: run.MessageID(), Role: identity.Role, RoleRule: identity.Rule, Participant: run.Sender(), Instance: run.InstanceID(),
	})
	return out, engine.Out, nil
}
