package nodes

import (
	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(analysisTrigger) }

// messageHandled is the fact that every message leaves. The turn and the message's row say all of it, so that it costs no row of its own.
const messageHandled = "message_handled"

// analysisTrigger records a fact for analysis.
func analysisTrigger(run *engine.Run, cfg *flowdeskv1.AnalysisTrigger) (*flowdeskv1.AnalysisTriggerOutput, engine.Port, error) {
	values, err := namedValues(run, cfg.GetValues())
	if err != nil {
		return nil, engine.Pending, err
	}
	if cfg.GetFact() != messageHandled || len(values) > 0 {
		run.RecordFact(&flowdeskv1.Fact{Name: cfg.GetFact(), Subject: run.Sender(), Values: values})
	}
	return &flowdeskv1.AnalysisTriggerOutput{Fact: cfg.GetFact()}, engine.Out, nil
}
