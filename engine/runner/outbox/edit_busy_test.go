package outbox

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// asked is a shell that is asked whether a reply is still wanted.
type asked struct {
	clock

	about chan string
}

func (asked) NewEventID() string { return "e1" }

func (s asked) SubmitWith(event *flowdeskv1.Event, _ []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error {
	s.about <- event.GetCommandDue().GetCommand()
	done(nil, runner.ErrQuarantined)
	return nil
}

// A reply is judged again just as its text is changed. Whoever judges it reads it without the lock, so that it stays as it is until then; its
// departure then finds in the store that the text is another.
func TestATextIsChangedWhileItsReplyIsJudged(t *testing.T) {
	t.Parallel()
	shell := asked{about: make(chan string, 1)}
	o := New(shell, nil, nil, nil, slog.New(slog.DiscardHandler))
	e := &entry{command: &flowdeskv1.Command{Id: "c", Text: "old"}, state: stateDelayed, busy: true}
	o.entries["c"] = e
	edit := &flowdeskv1.EditCommand{Command: "c", Edit: &flowdeskv1.CommandEdit{Event: "e", Text: "new"}}
	go func() {
		time.Sleep(10 * time.Millisecond)
		o.ask(e)
	}()
	o.Edit(edit)
	require.Equal(t, "c", <-shell.about)
	o.mu.Lock()
	require.Equal(t, "old", e.command.GetText())
	require.Zero(t, *e.edits(), "the store refuses its departure")
	for e.busy {
		o.mu.Unlock()
		time.Sleep(time.Millisecond)
		o.mu.Lock()
	}
	o.mu.Unlock()
	o.Edit(edit)
	require.Equal(t, "new", e.command.GetText())
}
