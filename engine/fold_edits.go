package engine

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// editCommand gives a command that has not left another text. The store decides whether it came in time, after the turn; until that is known, and
// also when nobody hears of it because the process ended, the earlier texts tell what was said.
func (s *State) editCommand(e *flowdeskv1.EditCommand) {
	c := s.Command(e.GetCommand())
	if c == nil {
		return
	}
	c.Texts = append(c.GetTexts(), &flowdeskv1.PendingText{Edit: c.GetEdit(), Text: c.GetText()})
	c.Edit, c.Text = e.GetEdit().GetEvent(), e.GetEdit().GetText()
}

// revertCommand takes a change of a text back that came too late, wherever it stands among the others.
func (s *State) revertCommand(e *flowdeskv1.RevertCommand) {
	c := s.Command(e.GetCommand())
	if c == nil {
		c = s.CancelledCommand(e.GetCommand())
	}
	if c == nil {
		return
	}
	if c.GetEdit() != e.GetEdit() {
		c.Texts = slices.DeleteFunc(slices.Clone(c.GetTexts()), func(t *flowdeskv1.PendingText) bool { return t.GetEdit() == e.GetEdit() })
		return
	}
	if n := len(c.GetTexts()); n > 0 {
		c.Edit, c.Text = c.GetTexts()[n-1].GetEdit(), c.GetTexts()[n-1].GetText()
		c.Texts = c.GetTexts()[:n-1]
	}
}

// TextOf is the text that a command had with a change; that of its last change where the change is not known.
func TextOf(c *flowdeskv1.PendingCommand, edit string) string {
	for _, t := range c.GetTexts() {
		if t.GetEdit() == edit && c.GetEdit() != edit {
			return t.GetText()
		}
	}
	return c.GetText()
}
