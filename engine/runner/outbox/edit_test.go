package outbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// store changes the text in the store when it has not left, as the commit of a turn does; what it gives is for the outbox to hear.
func (s *shell) store(command, text string) *flowdeskv1.EditCommand {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[command]
	if r.state != isQueued && r.state != isDelayed {
		return nil
	}
	e := &flowdeskv1.EditCommand{Command: command, Edits: int32(len(r.command.GetEdits())), Edit: &flowdeskv1.CommandEdit{
		Before: r.command.GetText(), Text: text, Event: "edit " + text,
	}}
	r.command = proto.CloneOf(r.command)
	r.command.Text, r.command.Edits = text, append(r.command.GetEdits(), e.GetEdit())
	return e
}

func TestACommandLeavesWithItsLastText(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.add("a", time.Hour)
		w.out.Edit(w.store("a", "b"))
		w.out.Edit(w.store("a", "c"))
		w.out.Edit(&flowdeskv1.EditCommand{Command: "none"})
		wait(time.Hour + time.Second)
		require.Equal(w.t, []string{"day:c"}, w.said())
		require.Len(w.t, w.questions(), 1, "it is judged again as any other")
		w.report(1, "c", true)
		require.Equal(w.t, "edit c", w.last().GetEdit(), "the session hears which text was said")
	})
}

// The store has the change first and the departure after it, or the other way round: in both cases one text leaves, and it is that of the store.
func TestAChangeOfTheTextAgainstTheDeparture(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, heard bool
		said         string
	}{
		"the change comes first":                      {first: true, heard: true, said: "day:new"},
		"the change comes first, and nobody hears it": {first: true, said: "day:new"},
		"the departure comes first":                   {said: "day:old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(w *world) {
				c, next := to("u1", "old"), to("u1", "next")
				hold, change := make(chan struct{}), make(chan *flowdeskv1.EditCommand, 1)
				w.commits <- func() { <-hold }
				if tt.first {
					w.commits <- func() { change <- w.store("old", "new") }
				}
				w.commit(c)
				synctest.Wait() // it is bound, and its departure stands in line with the old text
				w.commit(next)
				if !tt.first {
					w.commits <- func() { change <- w.store("old", "new") }
				}
				close(hold)
				e := <-change
				require.Equal(w.t, tt.first, e != nil)
				if tt.heard {
					w.out.Edit(e)
				}
				wait(10 * time.Second)
				require.Equal(w.t, []string{tt.said, "day:next"}, w.said(), "one text, and its place in the lane stays")
			})
		})
	}
}

// A command that came back from the platform untaken waits again: its text may be changed then.
func TestATextIsChangedAfterARefusal(t *testing.T) {
	t.Parallel()
	run(t, func(w *world) {
		w.answer = func(n int) error {
			if n == 1 {
				return outbox.ErrRefused
			}
			return nil
		}
		w.commit(to("u1", "old"))
		synctest.Wait()
		w.out.Edit(w.store("old", "new"))
		wait(time.Minute)
		require.Equal(w.t, []string{"day:old", "day:new"}, w.said(), "the first was surely not taken")
	})
}
