package robotstest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// resultsOf looks up the results of a batch.
func (b *bench) resultsOf(t *testing.T, receipt robots.Receipt) []robots.Result {
	t.Helper()
	page, err := b.Platform.Results(t.Context(), b.Reply, robots.Query{MessageID: receipt.MessageID})
	require.NoError(t, err)
	return page.Items
}

// only is the single result of a batch.
func (b *bench) only(t *testing.T, receipt robots.Receipt) *robots.Result {
	t.Helper()
	list := b.resultsOf(t, receipt)
	require.Len(t, list, 1)
	return &list[0]
}

// reported parses the results that arrived at an address.
func (b *bench) reported(t *testing.T, in *inbox) []robots.Result {
	t.Helper()
	synctest.Wait()
	var list []robots.Result
	bodies, _ := in.take()
	for _, body := range bodies {
		r, err := b.ParseResult(body)
		require.NoError(t, err)
		list = append(list, r)
	}
	return list
}

// bound is an address to which results are bound, emptied of the probe.
func (b *bench) bound(t *testing.T, kind robots.CallbackKind) *inbox {
	t.Helper()
	in := b.listen(t, "results.test", nil)
	require.NoError(t, b.Platform.BindCallback(t.Context(), b.Reply, kind, in.URL))
	bodies, _ := in.take()
	require.Len(t, bodies, 1, "the probe")
	return in
}

var results = []contractCase{
	{"every command of a batch has its own callback with the batch's id", func(t *testing.T, b *bench) {
		in := b.bound(t, robots.CallbackResult)
		began := time.Now()
		commands := []robots.Command{text("一"), text("二", Person)}
		receipt := b.send(t, commands...)
		b.work(2)
		list := b.reported(t, in)
		require.Len(t, list, 2)
		for i, r := range list {
			require.Equal(t, receipt.MessageID, r.MessageID)
			require.True(t, r.Succeeded())
			require.Equal(t, robots.CodeText, r.Type)
			require.Equal(t, robots.FingerprintOf(commands[i]), r.Fields.Fingerprint())
			require.Equal(t, PhoneDelay, r.Took)
			require.WithinDuration(t, began.Add(time.Duration(i)*PhoneDelay), r.RunAt, time.Second)
		}
	}},
	{"callback and query tell the same", func(t *testing.T, b *bench) {
		in := b.bound(t, robots.CallbackResult)
		b.Cause(ChatNotFound)
		receipt := b.send(t, text("一"))
		b.work(1)
		told := b.reported(t, in)
		require.Len(t, told, 1)
		asked := b.only(t, receipt)
		require.Equal(t, robots.ResultRoomNotFound, told[0].Code)
		require.Equal(t, told[0].Code, asked.Code)
		require.Equal(t, told[0].Failed, asked.Failed)
		require.Equal(t, []string{Group}, asked.Failed)
		require.Equal(t, told[0].Fields.Fingerprint(), asked.Fields.Fingerprint())
		require.NotEmpty(t, asked.Reason)
	}},
	{"no result yet is not a failure", func(t *testing.T, b *bench) {
		receipt := b.send(t, text("一"))
		require.Empty(t, b.resultsOf(t, receipt))
		b.work(1)
		require.True(t, b.only(t, receipt).Succeeded())
	}},
	{"an offline phone accepts, says nothing, and does it when it is back", func(t *testing.T, b *bench) {
		b.Cause(PhoneOffline)
		receipt := b.send(t, text("一"))
		time.Sleep(time.Hour)
		require.Empty(t, b.resultsOf(t, receipt))
		b.Cause(NoTrouble)
		b.work(1)
		require.True(t, b.only(t, receipt).Succeeded())
	}},
	{"a partial failure names who did not get it", func(t *testing.T, b *bench) {
		b.Cause(SecondTargetFails)
		receipt := b.send(t, robots.Todo{Targets: []string{Group, OtherRemark}, Content: "回访"})
		b.work(1)
		r := b.only(t, receipt)
		require.False(t, r.Succeeded())
		require.Equal(t, robots.ResultSendFailed, r.Code)
		require.Equal(t, []string{Group}, r.Done)
		require.Equal(t, []string{OtherRemark}, r.Failed)
		require.True(t, r.Code.Judge().Retryable)
	}},
	{"a failure that passes", func(t *testing.T, b *bench) {
		b.Cause(FailsTwiceThenWorks)
		for try := range 3 {
			receipt := b.send(t, text("一"))
			b.work(1)
			r := b.only(t, receipt)
			require.Equal(t, try == 2, r.Succeeded())
			require.True(t, r.Succeeded() || r.Code.Judge().Retryable)
		}
		require.Equal(t, []string{"一"}, b.Said(Group))
	}},
	{"a callback may come twice, or never while the query still knows", func(t *testing.T, b *bench) {
		in := b.bound(t, robots.CallbackResult)
		b.Cause(ResultDoubled)
		b.send(t, text("一"))
		b.work(1)
		twice := b.reported(t, in)
		require.Len(t, twice, 2)
		require.Equal(t, twice[0], twice[1])
		b.Cause(ResultLost)
		receipt := b.send(t, text("二"))
		b.work(1)
		require.Empty(t, b.reported(t, in))
		require.True(t, b.only(t, receipt).Succeeded())
	}},
	{"one look-up lists a robot's recent results, newest first, page by page", func(t *testing.T, b *bench) {
		b.send(t, text("一"), text("二"), text("三"))
		b.work(3)
		var contents []string
		for q := (robots.Query{Size: 2, Page: 1}); q.Page != 0; {
			page, err := b.Platform.Results(t.Context(), b.Reply, q)
			require.NoError(t, err)
			for _, r := range page.Items {
				contents = append(contents, r.Fields.ReceivedContent)
			}
			q.Page = page.Next
		}
		require.Equal(t, []string{"三", "二", "一"}, contents)
	}},
	{"a new group reports its QR code", func(t *testing.T, b *bench) {
		in := b.bound(t, robots.CallbackQRCode)
		b.send(t, robots.CreateGroup{Name: "新群", Members: []string{Person}})
		b.work(3)
		bodies, _ := in.take()
		require.Len(t, bodies, 1)
		code, err := b.ParseQRCode(bodies[0])
		require.NoError(t, err)
		require.Equal(t, "新群", code.Group)
		require.NotEmpty(t, code.Link)
	}},
}
