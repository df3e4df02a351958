package robotstest

import (
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// resultsOf looks up the results of a batch.
func (b *bench) resultsOf(receipt robots.Receipt) []robots.Result {
	b.Helper()
	page, err := b.Platform.Results(b.Context(), b.Reply, robots.Query{MessageID: receipt.MessageID})
	require.NoError(b, err)
	return page.Items
}

// only is the single result of a batch.
func (b *bench) only(receipt robots.Receipt) *robots.Result {
	b.Helper()
	list := b.resultsOf(receipt)
	require.Len(b, list, 1)
	return &list[0]
}

// reported parses the results that arrived at an address.
func (b *bench) reported(in *inbox) []robots.Result {
	b.Helper()
	synctest.Wait()
	var list []robots.Result
	bodies, _ := in.take()
	for _, body := range bodies {
		r, err := b.ParseResult(body)
		require.NoError(b, err)
		list = append(list, r)
	}
	return list
}

// bound is an address to which results are bound, emptied of the probe.
func (b *bench) bound(kind robots.CallbackKind) *inbox {
	b.Helper()
	in := b.listen("results.test", nil)
	require.NoError(b, b.Platform.BindCallback(b.Context(), b.Reply, kind, in.URL))
	bodies, _ := in.take()
	require.Len(b, bodies, 1, "the probe")
	return in
}

var results = []contractCase{
	{"every command of a batch has its own callback with the batch's id", func(b *bench) {
		in := b.bound(robots.CallbackResult)
		began := time.Now()
		commands := []robots.Command{text("一"), text("二", Person)}
		receipt := b.send(commands...)
		b.work(2)
		list := b.reported(in)
		require.Len(b, list, 2)
		for i, r := range list {
			require.Equal(b, receipt.MessageID, r.MessageID)
			require.True(b, r.Succeeded())
			require.Equal(b, robots.CodeText, r.Type)
			require.Equal(b, robots.FingerprintOf(commands[i]), r.Fields.Fingerprint())
			require.Equal(b, PhoneDelay, r.Took)
			require.WithinDuration(b, began.Add(time.Duration(i)*PhoneDelay), r.RunAt, time.Second)
		}
	}},
	{"callback and query tell the same", func(b *bench) {
		in := b.bound(robots.CallbackResult)
		b.Cause(ChatNotFound)
		receipt := b.send(text("一"))
		b.work(1)
		told := b.reported(in)
		require.Len(b, told, 1)
		asked := b.only(receipt)
		require.Equal(b, robots.ResultRoomNotFound, told[0].Code)
		require.Equal(b, told[0].Code, asked.Code)
		require.Equal(b, told[0].Failed, asked.Failed)
		require.Equal(b, []string{Group}, asked.Failed)
		require.Equal(b, told[0].Fields.Fingerprint(), asked.Fields.Fingerprint())
		require.NotEmpty(b, asked.Reason)
	}},
	{"no result yet is not a failure", func(b *bench) {
		receipt := b.send(text("一"))
		require.Empty(b, b.resultsOf(receipt))
		b.work(1)
		require.True(b, b.only(receipt).Succeeded())
	}},
	{"an offline phone accepts, says nothing, and does it when it is back", func(b *bench) {
		b.Cause(PhoneOffline)
		receipt := b.send(text("一"))
		time.Sleep(time.Hour)
		require.Empty(b, b.resultsOf(receipt))
		b.Cause(NoTrouble)
		b.work(1)
		require.True(b, b.only(receipt).Succeeded())
	}},
	{"a partial failure names who did not get it", func(b *bench) {
		b.Cause(SecondTargetFails)
		receipt := b.send(robots.Todo{Targets: []string{Group, OtherRemark}, Content: "回访"})
		b.work(1)
		r := b.only(receipt)
		require.False(b, r.Succeeded())
		require.Equal(b, robots.ResultSendFailed, r.Code)
		require.Equal(b, []string{Group}, r.Done)
		require.Equal(b, []string{OtherRemark}, r.Failed)
		require.True(b, r.Code.Judge().Retryable)
	}},
	{"a failure that passes", func(b *bench) {
		b.Cause(FailsTwiceThenWorks)
		for try := range 3 {
			receipt := b.send(text("一"))
			b.work(1)
			r := b.only(receipt)
			require.Equal(b, try == 2, r.Succeeded())
			require.True(b, r.Succeeded() || r.Code.Judge().Retryable)
		}
		require.Equal(b, []string{"一"}, b.Said(Group))
	}},
	{"a callback may come twice, or never while the query still knows", func(b *bench) {
		in := b.bound(robots.CallbackResult)
		b.Cause(ResultDoubled)
		b.send(text("一"))
		b.work(1)
		twice := b.reported(in)
		require.Len(b, twice, 2)
		require.Equal(b, twice[0], twice[1])
		b.Cause(ResultLost)
		receipt := b.send(text("二"))
		b.work(1)
		require.Empty(b, b.reported(in))
		require.True(b, b.only(receipt).Succeeded())
	}},
	{"one look-up lists a robot's recent results, newest first, page by page", func(b *bench) {
		b.send(text("一"), text("二"), text("三"))
		b.work(3)
		var contents []string
		for q := (robots.Query{Size: 2, Page: 1}); q.Page != 0; {
			page, err := b.Platform.Results(b.Context(), b.Reply, q)
			require.NoError(b, err)
			for _, r := range page.Items {
				contents = append(contents, r.Fields.ReceivedContent)
			}
			q.Page = page.Next
		}
		require.Equal(b, []string{"三", "二", "一"}, contents)
	}},
	{"a new group reports its QR code", func(b *bench) {
		in := b.bound(robots.CallbackQRCode)
		b.send(robots.CreateGroup{Name: "新群", Members: []string{Person}})
		b.work(3)
		bodies, _ := in.take()
		require.Len(b, bodies, 1)
		code, err := b.ParseQRCode(bodies[0])
		require.NoError(b, err)
		require.Equal(b, "新群", code.Group)
		require.NotEmpty(b, code.Link)
	}},
}
