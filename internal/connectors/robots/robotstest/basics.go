package robotstest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

var basics = []contractCase{
	{"both success codes are success", func(b *bench) {
		for _, how := range []Trouble{NoTrouble, SuccessIs200} {
			b.Cause(how)
			_, err := b.Platform.Send(b.Context(), b.Reply, []robots.Command{text("你好")})
			require.NoError(b, err)
			_, err = b.Platform.Results(b.Context(), b.Reply, robots.Query{})
			require.NoError(b, err)
		}
	}},
	{"an unknown robot is an account error and surely nothing was sent", func(b *bench) {
		account := b.Reply
		account.RobotID = "nobody"
		_, err := b.Platform.Send(b.Context(), account, []robots.Command{text("你好")})
		require.ErrorIs(b, err, robots.ErrAccount)
		require.ErrorIs(b, err, robots.ErrRefused)
	}},
	{"a platform that is not there refuses", func(b *bench) {
		account := b.Reply
		account.BaseURI = "http://nowhere.test"
		_, err := b.Platform.Send(b.Context(), account, []robots.Command{text("你好")})
		require.ErrorIs(b, err, robots.ErrRefused)
		require.NotErrorIs(b, err, robots.ErrUnknown)
	}},
	{"the rate limit is told by status or by code, and nothing was sent", func(b *bench) {
		for _, how := range []Trouble{LimitedByStatus, LimitedByCode} {
			b.Cause(how)
			_, err := b.Platform.Send(b.Context(), b.Reply, []robots.Command{text("你好")})
			require.ErrorIs(b, err, robots.ErrLimited)
			require.ErrorIs(b, err, robots.ErrRefused)
			require.NotErrorIs(b, err, robots.ErrUnknown)
			if how == LimitedByStatus {
				require.Positive(b, robots.RetryAfter(err))
			}
		}
		b.Cause(NoTrouble)
		page, err := b.Platform.Accepted(b.Context(), b.Reply, robots.Query{})
		require.NoError(b, err)
		require.Empty(b, page.Items)
	}},
	{"more than sixty requests in a minute are too many", func(b *bench) {
		for range 60 {
			_, err := b.Platform.Online(b.Context(), b.Reply)
			require.NoError(b, err)
		}
		_, err := b.Platform.Online(b.Context(), b.Monitor) // another robot, the same source address
		require.ErrorIs(b, err, robots.ErrLimited)
		time.Sleep(robots.RetryAfter(err))
		_, err = b.Platform.Online(b.Context(), b.Monitor)
		require.NoError(b, err)
	}},
	{"secrets are in no error", func(b *bench) {
		const canary = "canary/id 9?"
		account := robots.Account{BaseURI: "http://nowhere.test", RobotID: canary, Key: canary + "key"}
		_, unreachable := b.Platform.Send(b.Context(), account, []robots.Command{text("你好")})
		account.BaseURI = "http://bad host\x7f"
		_, unparsable := b.Platform.Info(b.Context(), account)
		account.BaseURI = b.Reply.BaseURI
		_, unknown := b.Platform.Info(b.Context(), account)
		for _, err := range []error{unreachable, unparsable, unknown} {
			require.Error(b, err)
			for _, shown := range []string{
				err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%v %+v %#v %s", account, account, account, account),
			} {
				require.NotContains(b, shown, "canary")
			}
		}
	}},
}
