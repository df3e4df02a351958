package robotstest

import (
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// send hands over a batch that must be accepted.
func (b *bench) send(commands ...robots.Command) robots.Receipt {
	b.Helper()
	receipt, err := b.Platform.Send(b.Context(), b.Reply, commands)
	require.NoError(b, err)
	return receipt
}

// work gives the phone the time for so many texts.
func (b *bench) work(texts int) {
	time.Sleep(time.Duration(texts)*PhoneDelay + time.Millisecond)
	synctest.Wait()
}

var sending = []contractCase{
	{"a batch has one message id of nineteen digits", func(b *bench) {
		first := b.send(text("一"), text("二"))
		second := b.send(text("一"), text("二"))
		require.Regexp(b, `^\d{19}$`, first.MessageID)
		require.NotEqual(b, first, second)
	}},
	{"a phone works off one command after the other, in the order of arrival", func(b *bench) {
		b.send(text("一"), text("二"))
		b.send(text("三"))
		require.Empty(b, b.Said(Group))
		b.work(1)
		require.Equal(b, []string{"一"}, b.Said(Group))
		b.work(2)
		require.Equal(b, []string{"一", "二", "三"}, b.Said(Group))
	}},
	{"separate sends of equal commands are both done", func(b *bench) {
		b.send(text("好的"))
		b.send(text("好的"))
		b.work(2)
		require.Equal(b, []string{"好的", "好的"}, b.Said(Group))
	}},
	{"equal commands in one batch are refused before the phone could swallow one", func(b *bench) {
		_, err := b.Platform.Send(b.Context(), b.Reply, []robots.Command{text("好的"), text("好的")})
		require.ErrorIs(b, err, robots.ErrInvalid)
		require.ErrorIs(b, err, robots.ErrRefused)
		_, err = b.Platform.Send(b.Context(), b.Reply, nil)
		require.ErrorIs(b, err, robots.ErrInvalid)
	}},
	{"mentions stand before the text", func(b *bench) {
		b.send(text("已登记", Person), text("大家好", robots.AtEveryone))
		b.work(2)
		require.Equal(b, []string{"@张三 已登记", "@所有人 大家好"}, b.Said(Group))
	}},
	{"where there is a remark, the remark must be used", func(b *bench) {
		byName := b.send(robots.Text{Target: OtherGroup, Content: "名"})
		byRemark := b.send(robots.Text{Target: OtherRemark, Content: "备注"})
		b.work(2)
		require.Equal(b, []string{"备注"}, b.Said(OtherGroup))
		require.Equal(b, robots.ResultRoomNotFound, b.only(byName).Code)
		require.True(b, b.only(byRemark).Succeeded())
	}},
	{"clearing the queue gives no results for what stood there", func(b *bench) {
		gone := b.send(text("一"), text("二"))
		b.work(0)
		clearing := b.send(robots.ClearQueue{})
		b.work(3)
		require.Equal(b, []string{"一"}, b.Said(Group), "the one under way is finished")
		require.Len(b, b.resultsOf(gone), 1)
		require.True(b, b.only(clearing).Succeeded())
	}},
	{"all kinds of commands pass", func(b *bench) {
		for _, c := range []robots.Command{
			robots.File{Targets: []string{Group}, Name: "图.png", URL: "https://files.test/1.png", Kind: robots.FileImage, Note: "见图"},
			robots.Forward{From: Group, Sender: Person, Original: "小程序", Kind: robots.TextMiniProgram, To: []string{OtherRemark}},
			robots.CreateGroup{Name: "新群", Members: []string{Person}, Notice: "欢迎", Remark: "新群备注"},
			robots.ModifyGroup{Name: "新群备注", NewName: "改名群", Add: []string{"李四"}, Remove: []string{Person}},
			robots.SaveFriend{Friend: robots.Friend{Phone: "13800000000", Remark: "王五", Tags: []string{"客户"}}},
			robots.FriendFromGroup{Group: Group, Friend: robots.Friend{Name: Person}},
			robots.Todo{Targets: []string{Group}, Content: "回访"},
			robots.Recall{Target: Group, Original: "见图", Kind: robots.TextPlain},
			robots.DismissGroup{Name: "新群备注"},
			robots.Raw{Type: 512, JSON: []byte(`{"groupName":"华东客户群"}`)},
			robots.Raw{Type: 237},
		} {
			receipt := b.send(c)
			b.work(4)
			result := b.only(receipt)
			require.True(b, result.Succeeded(), "%T: %d %s", c, result.Code, result.Reason)
			require.Equal(b, robots.FingerprintOf(c), result.Fields.Fingerprint(), "%T: %s", c, result.Raw)
		}
	}},
	{"what was accepted can be listed, also without a result", func(b *bench) {
		b.Cause(PhoneOffline)
		receipt := b.send(text("一"), text("二"))
		page, err := b.Platform.Accepted(b.Context(), b.Reply, robots.Query{MessageID: receipt.MessageID})
		require.NoError(b, err)
		require.Len(b, page.Items, 1)
		require.Equal(b, receipt.MessageID, page.Items[0].MessageID)
		require.Len(b, page.Items[0].Commands, 2)
		require.Equal(b, robots.FingerprintOf(text("二")), page.Items[0].Commands[1].Fingerprint())
		require.WithinDuration(b, time.Now(), page.Items[0].At, time.Second)
	}},
	{"a cut connection is an unknown outcome, which the list of accepted batches resolves", func(b *bench) {
		b.Cause(CutAfterAccepting)
		_, err := b.Platform.Send(b.Context(), b.Reply, []robots.Command{text("一")})
		require.ErrorIs(b, err, robots.ErrUnknown)
		require.NotErrorIs(b, err, robots.ErrRefused)
		b.Cause(NoTrouble)
		page, err := b.Platform.Accepted(b.Context(), b.Reply, robots.Query{From: time.Now().Add(-time.Minute)})
		require.NoError(b, err)
		require.Len(b, page.Items, 1)
		require.Equal(b, robots.FingerprintOf(text("一")), page.Items[0].Commands[0].Fingerprint())
	}},
	{"a server error is an unknown outcome, whether or not it was accepted", func(b *bench) {
		b.Cause(ErrorBeforeAccepting)
		_, err := b.Platform.Send(b.Context(), b.Reply, []robots.Command{text("一")})
		require.ErrorIs(b, err, robots.ErrUnknown)
	}},
}
