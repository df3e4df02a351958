package runner_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
)

// Messages of a chat that is met for the first time come in their order, although the later ones find the chat known and the earlier ones still
// wait for it to be.
func TestMessagesOfANewChatKeepTheirOrder(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		w.start()
		defer w.close()
		var all sync.WaitGroup
		hear := func(n int) {
			all.Go(func() {
				message := &flowdeskv1.MessageEvent{Robot: "r1", GroupName: "新群", SenderName: "张三", PlatformId: fmt.Sprint(n)}
				require.NoError(t, w.Hear(t.Context(), &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: message}}))
			})
			wait(10 * time.Millisecond)
		}
		var once sync.Once
		met := make(chan struct{})
		w.store.set(func(s *store) { s.meeting = func() { once.Do(func() { <-met }) } })
		for n := range 20 {
			hear(n)
		}
		close(met)
		for n := range 20 {
			hear(20 + n)
		}
		all.Wait()
		session, err := w.Group(t.Context(), "r1", "新群", "", flowdeskv1.SessionKind_SESSION_KIND_GROUP)
		require.NoError(t, err)
		var want, got []string
		for n := range 40 {
			want = append(want, fmt.Sprint(n))
		}
		turns, err := w.store.ListTurns(t.Context(), session, 0, 100)
		require.NoError(t, err)
		for _, data := range turns {
			turn := &flowdeskv1.Turn{}
			require.NoError(t, proto.Unmarshal(data, turn))
			got = append(got, turn.GetEvent().GetMessage().GetPlatformId())
		}
		require.Equal(t, want, got)
	})
}

// One that gives up while it waits for its chat keeps neither its place nor those behind it.
func TestAMessageOfANewChatThatGivesUpLetsOthersFollow(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, runner.Options{})
		w.start()
		defer w.close()
		met := make(chan struct{})
		var once sync.Once
		w.store.set(func(s *store) { s.meeting = func() { once.Do(func() { <-met }) } })
		hear := func(ctx context.Context) <-chan error {
			heard := make(chan error, 1)
			go func() {
				heard <- w.Hear(ctx, &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Robot: "r1", GroupName: "新群"}}})
			}()
			wait(time.Millisecond)
			return heard
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first, second, third := hear(t.Context()), hear(short), hear(t.Context())
		require.ErrorIs(t, <-second, context.DeadlineExceeded)
		close(met)
		require.NoError(t, <-first)
		require.NoError(t, <-third)
	})
}
