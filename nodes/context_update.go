package nodes

import (
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func init() { register(contextUpdate) }

// contextUpdate keeps the conversation within its limits, and facts in the user's profile.
func contextUpdate(run *engine.Run, cfg *flowdeskv1.ContextUpdate) (*flowdeskv1.ContextUpdateOutput, engine.Port, error) {
	run.TrimContext(&flowdeskv1.TrimContext{
		MaxMessages: cfg.GetMaxMessages(), MaxCharacters: cfg.GetMaxCharacters(), NotBefore: engine.Timestamp(run.Now().Add(-cfg.GetMaxAge().AsDuration())),
	})
	facts, err := namedValues(run, cfg.GetFacts())
	if err != nil {
		return nil, engine.Pending, err
	}
	if len(facts) > 0 && run.Message() != nil {
		run.EditParticipant(run.Sender(), func(p *flowdeskv1.Participant) {
			for _, f := range facts {
				p.Facts = setFact(p.GetFacts(), f)
			}
		})
	}
	out := &flowdeskv1.ContextUpdateOutput{Messages: int32(len(run.State().GetContext()))}
	for _, u := range run.State().GetContext() {
		out.Characters += int32(utf8.RuneCountInString(u.GetText()))
	}
	return out, engine.Out, nil
}

func setFact(facts []*flowdeskv1.NamedValue, f *flowdeskv1.NamedValue) []*flowdeskv1.NamedValue {
	for i, old := range facts {
		if old.GetName() == f.GetName() {
			facts[i] = f
			return facts
		}
	}
	return append(facts, f)
}

// namedValues evaluates named expressions.
func namedValues(run *engine.Run, facts []*flowdeskv1.ProfileFact) ([]*flowdeskv1.NamedValue, error) {
	var values []*flowdeskv1.NamedValue
	for _, f := range facts {
		value, err := run.Str(f, "value")
		if err != nil {
			return nil, err
		}
		values = append(values, &flowdeskv1.NamedValue{Name: f.GetName(), Value: value})
	}
	return values, nil
}
