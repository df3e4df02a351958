package worktool

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

func TestParseResultReadsTheSample(t *testing.T) {
	t.Parallel()
	r, err := ParseResult(sample(t, "result_failed.json"))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(robots.Result{
		MessageID: "1784417250785046528", Type: robots.CodeText, Code: robots.ResultSendFailed,
		Reason: "发送成功:  发送失败: 华东客户群", RunAt: time.UnixMilli(1714273200000), Took: 21300 * time.Millisecond,
		Fields: robots.Fields{Type: robots.CodeText, TitleList: []string{"华东客户群"}, ReceivedContent: "..."},
		Raw:    `{"type":203,"titleList":["华东客户群"],"receivedContent":"..."}`,
		Failed: []string{"华东客户群"},
	}, r))
	require.False(t, r.Succeeded())
}

func TestParseResultIsLenient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       robots.Result
	}{
		{
			"success without lists", `{"messageId":"1","errorCode":0,"type":203}`,
			robots.Result{MessageID: "1", Type: 203},
		},
		{
			"an exception in the app: no start, a duration since 1970", `{"messageId":"1","errorCode":101012,"runTime":0,"timeCost":1714273200.1}`,
			robots.Result{MessageID: "1", Code: robots.ResultException},
		},
		{
			"numbers in strings, lists in strings", `{"messageId":1,"errorCode":"201102","timeCost":"4.5","failList":"[\"A\",\"B\"]","successList":"[]"}`,
			robots.Result{MessageID: "1", Code: robots.ResultSendFailed, Took: 4500 * time.Millisecond, Failed: []string{"A", "B"}},
		},
		{
			"the command as an object", `{"messageId":"1","errorCode":0,"rawMsg":{"type":219,"groupName":"A"}}`,
			robots.Result{MessageID: "1", Raw: `{"type":219,"groupName":"A"}`, Fields: robots.Fields{Type: 219, GroupName: "A"}},
		},
		{
			"a command cut in the middle", `{"messageId":"1","errorCode":0,"rawMsg":"{\"type\":203,\"receivedCon"}`,
			robots.Result{MessageID: "1", Raw: `{"type":203,"receivedCon`},
		},
		{
			"null everywhere else", `{"messageId":"1","errorCode":0,"errorReason":null,"rawMsg":null,"successList":null,"failList":null,"qrCode":null}`,
			robots.Result{MessageID: "1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := ParseResult([]byte(c.body))
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, r))
		})
	}
}

func TestParseResultRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		"": ErrEmpty, "{}": ErrNotOurs, "[]": ErrMalformed, "null": ErrMalformed,
		`{"errorCode":0}`:                      ErrNotOurs, // nothing to match it to
		`{"messageId":"1"}`:                    ErrNotOurs, // a missing code is not success
		`{"messageId":"1","errorCode":null}`:   ErrNotOurs,
		`{"messageId":"1","errorCode":0,"x":}`: ErrMalformed,
		strings.Repeat(" ", DefaultMaxBody+1):  ErrTooLarge,
	} {
		_, err := ParseResult([]byte(body))
		require.ErrorIs(t, err, want, "%.40q", body)
	}
}

func TestACodeThatIsNoNumberIsNotSuccess(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`"x"`, `{}`, `[]`, `""`, `true`} {
		_, err := ParseResult([]byte(`{"messageId":"1","errorCode":` + code + `}`))
		require.ErrorIs(t, err, ErrNotOurs, code)
	}
}

func TestParseQRCode(t *testing.T) {
	t.Parallel()
	code, err := ParseQRCode([]byte(`{"messageId":"1","groupName":"新群","qrCode":null}`))
	require.NoError(t, err)
	require.Equal(t, robots.QRCode{MessageID: "1", Group: "新群"}, code)
	code, err = ParseQRCode([]byte(`{"rawMsg":"{\"type\":206,\"groupName\":\"新群\"}","qrCode":"https://x/y.png"}`))
	require.NoError(t, err)
	require.Equal(t, robots.QRCode{Group: "新群", Link: "https://x/y.png"}, code)
	_, err = ParseQRCode([]byte(`{}`))
	require.ErrorIs(t, err, ErrNotOurs)
}

func FuzzParseResult(f *testing.F) {
	f.Add(sample(f, "result_failed.json"))
	f.Add([]byte(`{"messageId":1,"rawSuccess":"0","runTime":"2024-04-28T11:00:00","successList":"[\"A\"]","rawMsg":{"type":213,"friend":{"tagList":["x"]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseResult(body)
		if strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "{") {
			sameVerdict(t, body, err)
		}
		if err == nil {
			checkTexts(t, r.MessageID, r.Reason, r.Group, r.QRCode, r.Fields.ReceivedContent)
			checkTexts(t, r.Done...)
			checkTexts(t, r.Failed...)
			_ = r.Fields.Fingerprint()
		}
	})
}

func FuzzParseQRCode(f *testing.F) {
	f.Add([]byte(`{"messageId":"1","groupName":"新群","qrCode":"https://x/y.png"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		code, err := ParseQRCode(body)
		if err == nil {
			checkTexts(t, code.MessageID, code.Group, code.Link)
		}
	})
}

// FuzzParseAnswer holds the reading of the platform's answers to not panicking, and to the shape of listings.
func FuzzParseAnswer(f *testing.F) {
	for _, name := range []string{"send_answer.json", "results_answer.json", "accepted_answer.json", "log_answer.json"} {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseAnswer(body)
		if err != nil {
			return
		}
		page, err := readPage(robots.Account{}, "results", a, 1, 10, scanRow)
		if err == nil && page.Next == 1 {
			t.Fatal("a page that follows itself")
		}
		_, _ = readPage(robots.Account{}, "accepted", a, 1, 10, scanAcceptance)
		_, _ = readPage(robots.Account{}, "log", a, 1, 10, scanLogged)
	})
}

func isKind(err, kind error) bool { return errors.Is(err, kind) }

func checkTexts(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Fatalf("text %q is not UTF-8 or holds a NUL", text)
		}
	}
}

func BenchmarkParseResult(b *testing.B) {
	body := sample(b, "result_failed.json")
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ParseResult(body); err != nil {
			b.Fatal(err)
		}
	}
}
