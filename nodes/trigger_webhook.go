package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() {
	register(triggerWebhook, engine.Starts[*flowdeskv1.TriggerWebhook, *flowdeskv1.TriggerWebhookOutput](messageArrived))
}

// messageSource is the source of chat messages from WorkTool robots.
const messageSource = "worktool.message"

// triggerWebhook starts a flow with a chat message.
func triggerWebhook(_ *engine.Run, cfg *flowdeskv1.TriggerWebhook) (*flowdeskv1.TriggerWebhookOutput, engine.Port, error) {
	return &flowdeskv1.TriggerWebhookOutput{Source: cfg.GetSource()}, engine.Out, nil
}

// messageArrived takes chat messages of the source that pass the filter. A report that repeats a stored utterance starts a flow only when
// somebody drew what then happens.
func messageArrived(run *engine.Run, cfg *flowdeskv1.TriggerWebhook) bool {
	if run.Event().GetMessage() == nil || cfg.GetSource() != messageSource {
		return false
	}
	if run.Env().Group(run.State().GetId()).GetInternal() {
		return false // a staff group is no customer
	}
	if run.Arrival().DuplicateOf != "" && !run.Program().Connected("MESSAGE_RECEIVE", "duplicate") {
		return false
	}
	return run.Filter(cfg, "filter")
}
