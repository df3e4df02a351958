package robots_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// commands draws from few names and texts, so that equal ones are common.
func commands() *rapid.Generator[robots.Command] {
	word := rapid.SampledFrom([]string{"甲", "乙", "丙"})
	words := rapid.SliceOfN(word, 0, 2)
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) robots.Command {
			return robots.Text{Target: word.Draw(t, "target"), Content: word.Draw(t, "content"), At: words.Draw(t, "at")}
		}),
		rapid.Custom(func(t *rapid.T) robots.Command {
			return robots.Todo{Targets: []string{word.Draw(t, "target")}, Content: word.Draw(t, "content")}
		}),
		rapid.Custom(func(t *rapid.T) robots.Command {
			return robots.Raw{Type: 512, JSON: fmt.Appendf(nil, `{"groupName":%q}`, word.Draw(t, "group"))}
		}),
		rapid.Just[robots.Command](robots.ClearQueue{}),
	)
}

// TestBatchesKeepOrderAndHoldNoTwoEqualCommands also asks that no batch is cut without need.
func TestBatchesKeepOrderAndHoldNoTwoEqualCommands(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(commands(), 0, 400).Draw(t, "commands")
		batches := robots.Batches(list)
		require.Len(t, slices.Concat(batches...), len(list))
		for i, c := range slices.Concat(batches...) {
			require.Equal(t, list[i], c)
		}
		for i, batch := range batches {
			require.NoError(t, robots.CheckBatch(batch))
			if i > 0 && len(batches[i-1]) < robots.MaxBatch {
				require.Error(t, robots.CheckBatch(append(slices.Clone(batches[i-1]), batch[0])), "cut without need")
			}
		}
	})
}

func TestBatchesOfDifferentCommandsHoldAHundred(t *testing.T) {
	t.Parallel()
	var list []robots.Command
	for i := range 250 {
		list = append(list, robots.Text{Target: "群", Content: fmt.Sprint(i)})
	}
	batches := robots.Batches(list)
	require.Len(t, batches, 3)
	require.Len(t, batches[0], robots.MaxBatch)
	require.Len(t, batches[2], 50)
	require.Empty(t, robots.Batches(nil))
}

func TestFingerprintsTellCommandsApartAsThePhoneDoes(t *testing.T) {
	t.Parallel()
	text := robots.Text{Target: "群", Content: "好"}
	same := []robots.Command{text, robots.Text{Target: "群", Content: "好", At: []string{}}}
	require.Equal(t, robots.FingerprintOf(same[0]), robots.FingerprintOf(same[1]))

	seen := map[robots.Fingerprint]robots.Command{}
	for _, c := range []robots.Command{
		text,
		robots.Text{Target: "群", Content: "好", At: []string{"甲"}},
		robots.Text{Target: "群", Content: "好", At: []string{"甲", "乙"}},
		robots.Text{Target: "群", Content: "好", At: []string{"甲乙"}},
		robots.Text{Target: "群好", Content: "好"},
		robots.Todo{Targets: []string{"群"}, Content: "好"},
		robots.Todo{Targets: []string{"群", "好"}, Content: "好"},
		robots.CreateGroup{Name: "群"},
		robots.ModifyGroup{Name: "群"},
		robots.DismissGroup{Name: "群"},
		robots.SaveFriend{Friend: robots.Friend{Name: "甲"}},
		robots.SaveFriend{Friend: robots.Friend{Phone: "甲"}},
		robots.FriendFromGroup{Group: "群", Friend: robots.Friend{Name: "甲"}},
		robots.Recall{Target: "群", Original: "好"},
		robots.Recall{Target: "群", Original: "好", Kind: robots.TextQuote},
		robots.Forward{From: "群", Original: "好", To: []string{"甲"}},
		robots.File{Targets: []string{"群"}, Name: "a", URL: "u", Kind: robots.FileAny},
		robots.File{Targets: []string{"群"}, Name: "a", Base64: "u", Kind: robots.FileAny},
		robots.ClearQueue{},
		robots.Raw{Type: 237},
		robots.Raw{Type: 512, JSON: json.RawMessage(`{"a":1,"b":2}`)},
	} {
		key := robots.FingerprintOf(c)
		require.NotContains(t, seen, key, "%#v and %#v", c, seen[key])
		seen[key] = c
	}
	a := robots.Raw{Type: 512, JSON: json.RawMessage(`{"a":1,"b":2}`)}
	b := robots.Raw{Type: 512, JSON: json.RawMessage(` {"b":2, "messageId":"1","apiSend":1,"textType":0,"c":null,"a":1}`)}
	require.Equal(t, robots.FingerprintOf(a), robots.FingerprintOf(b), "what the platform adds does not count")
}

// TestAFingerprintIsStable because fingerprints may be stored.
func TestAFingerprintIsStable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "f8b2b78ce6d6db9db309c006c84b9013", robots.FingerprintOf(robots.Text{Target: "群", Content: "好", At: []string{"甲"}}).String())
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a-b", "a b", "a(b", "a)b", "张三@微信", "a\nb", "a\xff"} {
		require.ErrorIs(t, robots.CheckName(name), robots.ErrInvalid, "%q", name)
	}
	require.ErrorContains(t, robots.CheckName("华东(一)"), `reserved character '('`)
	require.NoError(t, robots.CheckName("华东客户群（一）"))
	require.ErrorContains(t, robots.CheckRemark("1号群"), "begins with a digit")
	require.NoError(t, robots.CheckRemark("群1"))
	require.False(t, robots.CutWhenShown("一二三四五六七八九十一二"))
	require.True(t, robots.CutWhenShown("一二三四五六七八九十一二三"))
}

func TestValidateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	friend := robots.Friend{Phone: "1", Name: "甲"}
	for _, c := range []struct {
		command robots.Command
		want    string
	}{
		{robots.Text{Content: "好"}, "the target is empty"},
		{robots.Text{Target: "群", Content: " \n"}, "the text is empty"},
		{robots.Text{Target: "群", Content: "好", At: []string{""}}, "the at is empty"},
		{robots.Text{Target: "群\n", Content: "好"}, "control character"},
		{robots.Text{Target: "群", Content: "a\x00"}, "NUL"},
		{robots.File{Targets: []string{"群"}, Name: "a.webp", URL: "https://x/a.webp", Kind: robots.FileImage}, "webp"},
		{robots.File{Targets: []string{"群"}, Name: "a", Kind: robots.FileAny}, "either an address or its content"},
		{robots.File{Targets: []string{"群"}, Name: "a", URL: "file:///etc/passwd", Kind: robots.FileAny}, "http or https"},
		{robots.File{Targets: []string{"群"}, Name: "a", URL: "https://x/a"}, "unknown file kind"},
		{robots.File{Targets: make([]string, 10), Name: "a"}, "10 targets, want 1 to 9"},
		{robots.Forward{From: "群", Original: "好"}, "0 targets"},
		{robots.CreateGroup{Name: "a-b"}, "reserved character '-'"},
		{robots.CreateGroup{Name: "群", Remark: "1"}, "begins with a digit"},
		{robots.ModifyGroup{Name: "群"}, "changes nothing"},
		{robots.ModifyGroup{Name: "群", NewName: "a b"}, "reserved character ' '"},
		{robots.SaveFriend{Friend: friend}, "one of the two"},
		{robots.FriendFromGroup{Group: "群"}, "the friend is empty"},
		{robots.Raw{}, "needs its code"},
		{robots.Raw{Type: 512, JSON: json.RawMessage(`[]`)}, "not a JSON object"},
		{robots.Raw{Type: 512, JSON: json.RawMessage(`{"type":1}`)}, "names its code twice"},
	} {
		err := c.command.Validate()
		require.ErrorIs(t, err, robots.ErrInvalid, "%#v", c.command)
		require.ErrorContains(t, err, c.want)
	}
	require.NoError(t, robots.Text{Target: "华东-客户群 (一)", Content: "好"}.Validate(), "groups are called what people called them")
}

func TestAccountsHideTheirSecrets(t *testing.T) {
	t.Parallel()
	a := robots.Account{BaseURI: "https://host", RobotID: "canary-id", Key: "canary-key"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "account", a, "pointer", &a)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "account", a, "pointer", &a)
	encoded, err := json.Marshal(map[string]any{"a": a, "b": &a})
	require.NoError(t, err)
	shown := fmt.Sprintf("%v %+v %#v %s %q %v %+v %s %s", a, a, a, a, a, &a, struct{ A robots.Account }{a}, log.String(), encoded)
	require.NotContains(t, shown, "canary")
	require.Contains(t, shown, "https://host")
}

func TestErrorsTellWhetherARepeatIsSafe(t *testing.T) {
	t.Parallel()
	for kind, safe := range map[error]bool{
		robots.ErrRefused: true, robots.ErrLimited: true, robots.ErrAccount: true, robots.ErrUnknown: false,
	} {
		err := fmt.Errorf("send: %w", &robots.CallError{Op: "send", Kind: kind, RetryAfter: 7})
		require.ErrorIs(t, err, kind)
		require.Equal(t, safe, isA(err, robots.ErrRefused))
		require.Equal(t, !safe, isA(err, robots.ErrUnknown))
		require.EqualValues(t, 7, robots.RetryAfter(err))
	}
	require.Zero(t, robots.RetryAfter(nil))
}

func TestJudgements(t *testing.T) {
	t.Parallel()
	require.True(t, robots.ResultAlreadyFriend.Judge().CountAsDone)
	require.True(t, robots.ResultSendFailed.Judge().Retryable)
	require.Equal(t, 1, robots.ResultRoomNotFound.Judge().RetryLimit)
	require.False(t, robots.ResultDuplicate.Judge().Retryable)
	require.True(t, robots.ResultDuplicate.Judge().QueryFirst)
	unknown := robots.ResultCode(999999).Judge()
	require.False(t, unknown.Retryable)
	require.True(t, unknown.Person)
	require.True(t, (&robots.Result{Code: robots.ResultAlreadyFriend, Failed: []string{"张三"}}).Succeeded())
	require.False(t, (&robots.Result{Failed: []string{"群"}}).Succeeded())
}

func TestReplyTarget(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]robots.Message{
		"备注": {Group: "群", GroupRemark: "备注", Room: robots.RoomExternalGroup},
		"群":  {Group: "群", Room: robots.RoomInternalGroup},
		"张三": {Sender: "张三", Group: "群", Room: robots.RoomExternalContact},
		"李四": {Sender: "李四"},
		"甲群": {Sender: "李四", Group: "甲群"},
	} {
		require.Equal(t, want, m.ReplyTarget())
	}
}

func isA(err, kind error) bool { return errors.Is(err, kind) }

func BenchmarkFingerprint(b *testing.B) {
	c := robots.Text{Target: "华东客户群", Content: "您好,已为您登记", At: []string{"张三"}}
	b.ReportAllocs()
	for b.Loop() {
		robots.FingerprintOf(c)
	}
}

func TestHeardAs(t *testing.T) {
	t.Parallel()
	c := robots.Text{Target: "群", Content: "已登记\n谢谢", At: []string{"张三", robots.AtEveryone}}
	for raw, want := range map[string]bool{
		"@张三 @所有人 已登记\n谢谢": true, "@张三\u2005@所有人\u2005已登记\n谢谢": true, "已登记\n谢谢 ": true,
		"@李四 已登记\n谢谢": false, "已登记": false, "": false,
	} {
		require.Equal(t, want, c.HeardAs(raw), "%q", raw)
	}
}
