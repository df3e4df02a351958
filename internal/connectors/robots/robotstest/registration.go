package robotstest

import (
	"io"
	"net/http"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

var registration = []contractCase{
	{"binding probes the address and demands JSON", func(b *bench) {
		bad := b.listen("bad.test", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		})
		good := b.listen("good.test", nil)
		for _, address := range []string{bad.URL, "http://nowhere.test/"} {
			err := b.Platform.BindCallback(b.Context(), b.Reply, robots.CallbackResult, address)
			require.ErrorIs(b, err, robots.ErrRefused)
		}
		require.NoError(b, b.Platform.BindCallback(b.Context(), b.Reply, robots.CallbackResult, good.URL))
		bodies, _ := good.take()
		require.Len(b, bodies, 1)
	}},
	{"what is bound is listed, the message callback included, until it is unbound", func(b *bench) {
		in := b.bound(robots.CallbackResult)
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, in.URL, robots.ReplyAll))
		kinds := func() map[robots.CallbackKind]string {
			list, err := b.Platform.ListCallbacks(b.Context(), b.Reply)
			require.NoError(b, err)
			kinds := map[robots.CallbackKind]string{}
			for _, binding := range list {
				kinds[binding.Kind] = binding.Address
			}
			return kinds
		}
		require.Equal(b, map[robots.CallbackKind]string{
			robots.CallbackResult: in.URL, robots.CallbackMessage: in.URL,
		}, kinds())
		require.NoError(b, b.Platform.UnbindCallback(b.Context(), b.Reply, robots.CallbackResult))
		require.Equal(b, map[robots.CallbackKind]string{robots.CallbackMessage: in.URL}, kinds())
	}},
	{"a robot that goes away and comes back is seen, and reported", func(b *bench) {
		gone, back := b.listen("gone.test", nil), b.listen("back.test", nil)
		require.NoError(b, b.Platform.BindCallback(b.Context(), b.Reply, robots.CallbackOffline, gone.URL))
		require.NoError(b, b.Platform.BindCallback(b.Context(), b.Reply, robots.CallbackOnline, back.URL))
		gone.take()
		back.take()
		for _, step := range []struct {
			cause Trouble
			want  robots.OnlineState
			at    *inbox
		}{{PhoneOffline, robots.Offline, gone}, {NoTrouble, robots.Online, back}} {
			b.Cause(step.cause)
			synctest.Wait()
			state, err := b.Platform.Online(b.Context(), b.Reply)
			require.NoError(b, err)
			require.Equal(b, step.want, state)
			bodies, _ := step.at.take()
			require.Len(b, bodies, 1)
		}
	}},
	{"a robot tells how it is set up", func(b *bench) {
		in := b.listen("reply.test", nil)
		require.NoError(b, b.Platform.SetMessageCallback(b.Context(), b.Reply, in.URL, robots.ReplyMentioned))
		info, err := b.Platform.Info(b.Context(), b.Reply)
		require.NoError(b, err)
		info.CreatedAt = robots.Info{}.CreatedAt
		require.Equal(b, robots.Info{Name: ReplyRobot, MessageCallback: true, Policy: robots.ReplyMentioned, KeyCheck: true}, info)
	}},
	{"a wrong key is an account error", func(b *bench) {
		account := b.Reply
		account.Key = "wrong"
		_, err := b.Platform.Info(b.Context(), account)
		require.ErrorIs(b, err, robots.ErrAccount)
	}},
}
