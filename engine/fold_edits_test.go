package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// A session knows which text was said by the change that it was of, whichever of the changes came in time.
func TestTheTextThatWasSaidIsKnownByItsChange(t *testing.T) {
	t.Parallel()
	c := &flowdeskv1.PendingCommand{Text: "c", Edit: "2", Texts: []*flowdeskv1.PendingText{{Text: "a"}, {Edit: "1", Text: "b"}}}
	for edit, want := range map[string]string{"": "a", "1": "b", "2": "c", "unknown": "c"} {
		require.Equal(t, want, engine.TextOf(c, edit), "change %q", edit)
	}
	require.Equal(t, "a", engine.TextOf(&flowdeskv1.PendingCommand{Text: "a"}, ""))
}

func TestAChangeOfATextThatCameTooLateIsTakenBack(t *testing.T) {
	t.Parallel()
	effect := func(command, text string) *flowdeskv1.Effect {
		return &flowdeskv1.Effect{Effect: &flowdeskv1.Effect_EditCommand{EditCommand: &flowdeskv1.EditCommand{
			Command: command, Edit: &flowdeskv1.CommandEdit{Text: "text " + text, Event: text},
		}}}
	}
	for late, want := range map[string]string{"2": "text 1", "1": "text 2", "none": "text 2"} {
		s := engine.NewState("g1")
		s.Commands = []*flowdeskv1.PendingCommand{{Id: "c", Text: "a"}}
		s.Fold(&flowdeskv1.Turn{Effects: []*flowdeskv1.Effect{
			effect("c", "1"), effect("c", "2"), effect("gone", "3"),
			{Effect: &flowdeskv1.Effect_RevertCommand{RevertCommand: &flowdeskv1.RevertCommand{Command: "c", Edit: late}}},
		}})
		require.Equal(t, want, s.Command("c").GetText(), "change %s was late", late)
	}
}
