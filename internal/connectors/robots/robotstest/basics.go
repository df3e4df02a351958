package robotstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

var basics = []contractCase{
	{"both success codes are success", func(t *testing.T, b *bench) {
		for _, how := range []Trouble{NoTrouble, SuccessIs200} {
			b.Cause(how)
			_, err := b.Platform.Send(t.Context(), b.Reply, []robots.Command{text("你好")})
			require.NoError(t, err)
			_, err = b.Platform.Results(t.Context(), b.Reply, robots.Query{})
			require.NoError(t, err)
		}
	}},
	{"an unknown robot is an account error and surely nothing was sent", func(t *testing.T, b *bench) {
		account := b.Reply
		account.RobotID = "nobody"
		_, err := b.Platform.Send(t.Context(), account, []robots.Command{text("你好")})
		require.ErrorIs(t, err, robots.ErrAccount)
		require.ErrorIs(t, err, robots.ErrRefused)
	}},
	{"a platform that is not there refuses", func(t *testing.T, b *bench) {
		account := b.Reply
		account.BaseURI = "http://nowhere.test"
		_, err := b.Platform.Send(t.Context(), account, []robots.Command{text("你好")})
		require.ErrorIs(t, err, robots.ErrRefused)
		require.NotErrorIs(t, err, robots.ErrUnknown)
	}},
	{"the rate limit is told by status or by code, and nothing was sent", func(t *testing.T, b *bench) {
		for _, how := range []Trouble{LimitedByStatus, LimitedByCode} {
			b.Cause(how)
			_, err := b.Platform.Send(t.Context(), b.Reply, []robots.Command{text("你好")})
			require.ErrorIs(t, err, robots.ErrLimited)
			require.ErrorIs(t, err, robots.ErrRefused)
			require.NotErrorIs(t, err, robots.ErrUnknown)
			if how == LimitedByStatus {
				require.Positive(t, robots.RetryAfter(err))
			}
		}
		b.Cause(NoTrouble)
		page, err := b.Platform.Accepted(t.Context(), b.Reply, robots.Query{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	}},
	{"more than sixty requests in a minute are too many", func(t *testing.T, b *bench) {
		for range 60 {
			_, err := b.Platform.Online(t.Context(), b.Reply)
			require.NoError(t, err)
		}
		_, err := b.Platform.Online(t.Context(), b.Monitor) // another robot, the same source address
		require.ErrorIs(t, err, robots.ErrLimited)
		time.Sleep(robots.RetryAfter(err))
		_, err = b.Platform.Online(t.Context(), b.Monitor)
		require.NoError(t, err)
	}},
	{"secrets are in no error", func(t *testing.T, b *bench) {
		const canary = "canary/id 9?"
		account := robots.Account{BaseURI: "http://nowhere.test", RobotID: canary, Key: canary + "key"}
		_, unreachable := b.Platform.Send(t.Context(), account, []robots.Command{text("你好")})
		account.BaseURI = "http://bad host\x7f"
		_, unparsable := b.Platform.Info(t.Context(), account)
		account.BaseURI = b.Reply.BaseURI
		_, unknown := b.Platform.Info(t.Context(), account)
		for _, err := range []error{unreachable, unparsable, unknown} {
			require.Error(t, err)
			for _, shown := range []string{
				err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%v %+v %#v %s", account, account, account, account),
			} {
				require.NotContains(t, shown, "canary")
			}
		}
	}},
}
