package worktool

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(tb, err)
	return b
}

// noon of the samples.
var sampleTime = time.Date(2024, 4, 28, 11, 0, 0, 0, china)

// TestWire holds every call to the recorded wire format: what is asked, and what is understood of the answer.
func TestWire(t *testing.T) {
	t.Parallel()
	const id = "1784417250785046528"
	for _, c := range []struct {
		name   string
		call   func(context.Context, *Client, robots.Account) (any, error)
		method string
		target string
		body   string // a sample, or JSON
		answer string // a sample, or JSON
		want   any
	}{
		{
			name: "send",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return c.Send(ctx, a, []robots.Command{
					robots.Text{Target: "华东客户群", Content: "您好,已为您登记", At: []string{"张三"}},
				})
			},
			method: "POST", target: "/wework/sendRawMessage?robotId=worktool1",
			body: "send_request.json", answer: "send_answer.json", want: robots.Receipt{MessageID: id},
		},
		{
			name: "results",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return c.Results(ctx, a, robots.Query{MessageID: id, Size: 10})
			},
			method: "GET",
			target: "/robot/rawMsg/list?messageId=" + id + "&page=1&robotId=worktool1&size=10&sort=run_time%2Cdesc",
			answer: "results_answer.json",
			want: robots.Page[robots.Result]{Items: []robots.Result{{
				MessageID: id, Type: robots.CodeText, RunAt: sampleTime, Took: 4515 * time.Millisecond,
				Fields: robots.Fields{Type: robots.CodeText, TitleList: []string{"A"}, ReceivedContent: "hi"},
				Raw:    `{"apiSend":1,"messageId":"1784417250785046528","receivedContent":"hi","textType":0,"titleList":["A"],"type":203}`,
				Done:   []string{"A"},
			}}},
		},
		{
			name: "accepted",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return c.Accepted(ctx, a, robots.Query{
					Type: robots.CodeText, From: sampleTime, To: sampleTime.Add(time.Hour), Size: 10,
				})
			},
			method: "GET",
			target: "/wework/listRawMessage?endTime=2024-04-28+12%3A00%3A00&page=1&robotId=worktool1&size=10" +
				"&sort=create_time%2Cdesc&startTime=2024-04-28+11%3A00%3A00&type=203",
			answer: "accepted_answer.json",
			want: robots.Page[robots.Acceptance]{Next: 2, Items: []robots.Acceptance{{
				MessageID: id, At: sampleTime,
				Commands: []robots.Fields{{Type: robots.CodeText, TitleList: []string{"A"}, ReceivedContent: "hi"}},
				Raw:      `{"socketType":2,"list":[{"type":203,"titleList":["A"],"receivedContent":"hi"}]}`,
			}}},
		},
		{
			name:   "online",
			call:   func(ctx context.Context, c *Client, a robots.Account) (any, error) { return c.Online(ctx, a) },
			method: "GET", target: "/robot/robotInfo/online?robotId=worktool1",
			answer: "online_answer.json", want: robots.Online,
		},
		{
			name:   "online, as the page's sample has it",
			call:   func(ctx context.Context, c *Client, a robots.Account) (any, error) { return c.Online(ctx, a) },
			method: "GET", target: "/robot/robotInfo/online?robotId=worktool1",
			answer: `{"code":200,"message":"","data":{}}`, want: robots.OnlineUnknown,
		},
		{
			name:   "info",
			call:   func(ctx context.Context, c *Client, a robots.Account) (any, error) { return c.Info(ctx, a) },
			method: "GET", target: "/robot/robotInfo/get?robotId=worktool1", answer: "info_answer.json",
			want: robots.Info{Name: "小助手", MessageCallback: true, Policy: robots.ReplyAll, CreatedAt: sampleTime},
		},
		{
			name: "message callback on",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return nil, c.SetMessageCallback(ctx, a, "https://host/m?secret=s", robots.ReplyAll)
			},
			method: "POST", target: "/robot/robotInfo/update?robotId=worktool1",
			body: `{"openCallback":1,"replyAll":1,"callbackUrl":"https://host/m?secret=s"}`, answer: `{"code":0}`,
		},
		{
			name: "bind",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return nil, c.BindCallback(ctx, a, robots.CallbackResult, "https://host/r")
			},
			method: "POST", target: "/robot/robotInfo/callBack/bind?robotId=worktool1",
			body: `{"type":1,"callBackUrl":"https://host/r"}`, answer: `{"code":0}`,
		},
		{
			name: "unbind",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return nil, c.UnbindCallback(ctx, a, robots.CallbackResult)
			},
			method: "POST", target: "/robot/robotInfo/callBack/deleteByType?robotId=worktool1",
			body: `{"type":1}`, answer: `{"code":0}`,
		},
		{
			name:   "list callbacks",
			call:   func(ctx context.Context, c *Client, a robots.Account) (any, error) { return c.ListCallbacks(ctx, a) },
			method: "GET", target: "/robot/robotInfo/callBack/get?robotId=worktool1", answer: "callbacks_answer.json",
			want: []robots.Binding{{ID: "7", Kind: robots.CallbackResult, Address: "https://host/result", Name: "指令执行结果"}},
		},
		{
			name: "callback log",
			call: func(ctx context.Context, c *Client, a robots.Account) (any, error) {
				return c.CallbackLog(ctx, a, robots.LogQuery{Name: "张三"})
			},
			method: "GET",
			target: "/robot/qaLog/list?name=%E5%BC%A0%E4%B8%89&page=1&robotId=worktool1&size=100&sort=start_time%2Cdesc",
			answer: "log_answer.json",
			want: robots.Page[robots.LoggedMessage]{Items: []robots.LoggedMessage{{
				At: sampleTime, Took: 50 * time.Millisecond,
				Message: robots.Message{
					ID: "1", Sender: "张三", Group: "华东客户群", Type: robots.TextPlain, AtMe: true,
					Spoken: "发票怎么开", RawSpoken: "@小助手 发票怎么开",
				},
			}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			read := func(name string) string {
				if filepath.Ext(name) == ".json" {
					return string(sample(t, name))
				}
				return name
			}
			var method, target, body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, _ := io.ReadAll(r.Body)
				method, target, body = r.Method, r.URL.String(), string(got)
				_, _ = io.WriteString(w, read(c.answer))
			}))
			defer server.Close()
			got, err := c.call(t.Context(), New(Options{HTTP: server.Client()}),
				robots.Account{BaseURI: server.URL, RobotID: "worktool1"})
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, got))
			require.Equal(t, c.method, method)
			require.Equal(t, c.target, target)
			if c.body == "" {
				require.Empty(t, body)
			} else {
				require.JSONEq(t, read(c.body), body)
			}
		})
	}
}
