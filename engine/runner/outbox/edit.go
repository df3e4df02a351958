package outbox

import (
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Edit gives a command the text of a change that is stored. What is on its way to the store with the old text does not get there: its
// compare-and-set counts the changes, and what stands in the store is read again. So it is also with what is being judged, and where the change
// is not heard of, because another replica took the command up in between.
func (o *Outbox) Edit(edit *flowdeskv1.EditCommand) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, command := range o.ahead {
		if command.GetId() == edit.GetCommand() {
			o.ahead[i] = edited(command, edit)
		}
	}
	if e := o.entries[edit.GetCommand()]; e != nil && e.waits() && !e.busy { // of what is busy others read the command without the lock
		e.command = edited(e.command, edit)
	}
}

// edited is a command with the text of a change. Others read the one that was given.
func edited(command *flowdeskv1.Command, edit *flowdeskv1.EditCommand) *flowdeskv1.Command {
	if int32(len(command.GetEdits())) != edit.GetEdits() {
		return command // read from the store with the change in it, or before another one: then its departure comes to nothing
	}
	c := proto.CloneOf(command)
	c.Text, c.Edits = edit.GetEdit().GetText(), append(c.GetEdits(), edit.GetEdit())
	return c
}

// edits is how often the text of an entry was changed.
func (e *entry) edits() *int32 {
	n := int32(len(e.command.GetEdits()))
	return &n
}

// edit is the change whose text an entry has; empty for none.
func (e *entry) edit() string {
	if n := len(e.command.GetEdits()); n > 0 {
		return e.command.GetEdits()[n-1].GetEvent()
	}
	return ""
}
