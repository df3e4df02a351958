package robotstest

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

var registration = []contractCase{
	{"binding probes the address and demands JSON", func(t *testing.T, b *bench) {
		bad := b.listen(t, "bad.test", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		})
		good := b.listen(t, "good.test", nil)
		for _, address := range []string{bad.URL, "http://nowhere.test/"} {
			err := b.Platform.BindCallback(t.Context(), b.Reply, robots.CallbackResult, address)
			require.ErrorIs(t, err, robots.ErrRefused)
		}
		require.NoError(t, b.Platform.BindCallback(t.Context(), b.Reply, robots.CallbackResult, good.URL))
		bodies, _ := good.take()
		require.Len(t, bodies, 1)
	}},
	{"what is bound is listed, the message callback included, until it is unbound", func(t *testing.T, b *bench) {
		in := b.bound(t, robots.CallbackResult)
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, in.URL, robots.ReplyAll))
		kinds := func() map[robots.CallbackKind]string {
			list, err := b.Platform.ListCallbacks(t.Context(), b.Reply)
			require.NoError(t, err)
			kinds := map[robots.CallbackKind]string{}
			for _, binding := range list {
				kinds[binding.Kind] = binding.Address
			}
			return kinds
		}
		require.Equal(t, map[robots.CallbackKind]string{
			robots.CallbackResult: in.URL, robots.CallbackMessage: in.URL,
		}, kinds())
		require.NoError(t, b.Platform.UnbindCallback(t.Context(), b.Reply, robots.CallbackResult))
		require.Equal(t, map[robots.CallbackKind]string{robots.CallbackMessage: in.URL}, kinds())
	}},
	{"a robot that goes away and comes back is seen, and reported", func(t *testing.T, b *bench) {
		gone, back := b.listen(t, "gone.test", nil), b.listen(t, "back.test", nil)
		require.NoError(t, b.Platform.BindCallback(t.Context(), b.Reply, robots.CallbackOffline, gone.URL))
		require.NoError(t, b.Platform.BindCallback(t.Context(), b.Reply, robots.CallbackOnline, back.URL))
		gone.take()
		back.take()
		for _, step := range []struct {
			cause Trouble
			want  robots.OnlineState
			at    *inbox
		}{{PhoneOffline, robots.Offline, gone}, {NoTrouble, robots.Online, back}} {
			b.Cause(step.cause)
			synctest.Wait()
			state, err := b.Platform.Online(t.Context(), b.Reply)
			require.NoError(t, err)
			require.Equal(t, step.want, state)
			bodies, _ := step.at.take()
			require.Len(t, bodies, 1)
		}
	}},
	{"a robot tells how it is set up", func(t *testing.T, b *bench) {
		in := b.listen(t, "reply.test", nil)
		require.NoError(t, b.Platform.SetMessageCallback(t.Context(), b.Reply, in.URL, robots.ReplyMentioned))
		info, err := b.Platform.Info(t.Context(), b.Reply)
		require.NoError(t, err)
		info.CreatedAt = robots.Info{}.CreatedAt
		require.Equal(t, robots.Info{Name: ReplyRobot, MessageCallback: true, Policy: robots.ReplyMentioned, KeyCheck: true}, info)
	}},
	{"a wrong key is an account error", func(t *testing.T, b *bench) {
		account := b.Reply
		account.Key = "wrong"
		_, err := b.Platform.Info(t.Context(), account)
		require.ErrorIs(t, err, robots.ErrAccount)
	}},
}
