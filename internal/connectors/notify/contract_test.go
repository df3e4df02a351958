package notify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/notify"
	"github.com/flowdesk/flowdesk/internal/connectors/notify/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const (
	key  = "hook-canary-0123456789abcdef"
	sign = "sign-canary-0123456789abcdef"
)

// clock is moved by hand.
type clock struct{ now time.Time }

// bench is a client and a stand-in that are connected.
type bench struct {
	*notify.Client
	channel notify.Channel
	standin *standin.Server
	clock   *clock
}

func newBench(t *testing.T, kind notify.Kind) *bench {
	t.Helper()
	b := &bench{clock: &clock{time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}}
	now := func() time.Time { return b.clock.now }
	b.standin = standin.New(secret.New(key), secret.New(sign), now)
	server := httptest.NewServer(b.standin)
	t.Cleanup(server.Close)
	t.Cleanup(b.standin.Close)
	path := map[notify.Kind]string{
		notify.WeCom: "/wecom?key=" + key, notify.DingTalk: "/dingtalk?access_token=" + key, notify.Feishu: "/feishu/" + key, notify.Webhook: "/webhook/" + key,
	}[kind]
	b.channel = notify.Channel{Name: "ops", Kind: kind, Address: secret.New(server.URL + path), Secret: secret.New(sign)}
	b.Client = notify.New(notify.Options{
		PlainHTTP: true, Now: now, Timeout: 300 * time.Millisecond,
		Guard: dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	})
	return b
}

func kinds() []notify.Kind {
	return []notify.Kind{notify.WeCom, notify.DingTalk, notify.Feishu, notify.Webhook}
}

var notice = notify.Notice{ID: "n1", Title: "新工单 123", Text: "客户在等", Mention: []string{"zhangsan"}}

// TestContract holds every kind to what Notifier promises.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			t.Run("a notice arrives once, signed", func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				require.NoError(t, b.Send(t.Context(), b.channel, notice))
				got := b.standin.Received()
				require.Len(t, got, 1)
				require.Contains(t, fmt.Sprint(got[0].Body), "新工单 123")
				require.Contains(t, fmt.Sprint(got[0].Body), "zhangsan")
				marked := notice
				marked.Markdown = true
				require.NoError(t, b.Send(t.Context(), b.channel, marked))
				require.Len(t, b.standin.Received(), 2)
			})
			t.Run("a wrong signature is permanent", func(t *testing.T) {
				t.Parallel()
				if kind == notify.WeCom {
					t.Skip("WeCom robots have no signature")
				}
				b := newBench(t, kind)
				b.channel.Secret = secret.New("another")
				b.fails(t, notify.Permanent)
				b.channel.Secret = secret.New(sign)
				b.clock.now = b.clock.now.Add(time.Hour)
				require.NoError(t, b.Send(t.Context(), b.channel, notice), "the signature is made anew each time")
			})
			t.Run("the address is the key", func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				b.channel.Address = secret.New(strings.Replace(b.channel.Address.Reveal(), key, "another", 1))
				b.fails(t, notify.Permanent)
				require.Empty(t, b.standin.Received())
			})
			t.Run("failures have their class", func(t *testing.T) {
				t.Parallel()
				for mode, want := range map[standin.Mode]notify.Class{
					standin.Limited: notify.Limited, standin.BadKey: notify.Permanent, standin.TooMany: notify.Limited, standin.ServerError: notify.Transient,
					standin.Gone: notify.Permanent, standin.Redirect: notify.Permanent, standin.Hang: notify.Unknown, standin.Drop: notify.Unknown,
				} {
					b := newBench(t, kind)
					b.standin.SetMode(mode)
					failed := b.fails(t, want)
					require.Equal(t, want == notify.Limited, failed.Wait > 0, "%s", mode)
				}
				if kind != notify.Webhook {
					b := newBench(t, kind)
					b.standin.SetMode(standin.HTML)
					b.fails(t, notify.Unknown)
				}
			})
			t.Run("after a refusal for rate the robot is left alone", func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				b.standin.SetMode(standin.Limited)
				wait := b.fails(t, notify.Limited).Wait
				b.standin.SetMode(standin.Normal)
				require.Equal(t, wait, b.fails(t, notify.Limited).Wait)
				require.Empty(t, b.standin.Received())
				b.clock.now = b.clock.now.Add(wait)
				require.NoError(t, b.Send(t.Context(), b.channel, notice))
				if kind == notify.DingTalk {
					require.Equal(t, 10*time.Minute, wait)
				}
			})
			t.Run("nobody listens", func(t *testing.T) {
				t.Parallel()
				l, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				require.NoError(t, l.Close())
				b := newBench(t, kind)
				b.channel.Address = secret.New("http://" + l.Addr().String() + "/" + key)
				b.fails(t, notify.Transient)
			})
			t.Run("long text is cut between characters", func(t *testing.T) {
				t.Parallel()
				for _, text := range []string{strings.Repeat("啊", 20_000), strings.Repeat("a\"\n\\", 20_000), strings.Repeat("<&>", 20_000), strings.Repeat("a\xff", 20_000)} {
					for _, markdown := range []bool{false, true} {
						b := newBench(t, kind)
						long := notice
						long.Text, long.Markdown = text, markdown
						require.NoError(t, b.Send(t.Context(), b.channel, long))
						got := b.standin.Received()[0]
						sent := texts(got.Body)
						require.True(t, utf8.ValidString(sent))
						require.Contains(t, sent, "…")
						switch kind {
						case notify.WeCom:
							bound := map[bool]int{false: 2048, true: 4096}[markdown]
							content := got.Body[got.Body["msgtype"].(string)].(map[string]any)["content"].(string)
							require.LessOrEqual(t, len(content), bound)
							require.Greater(t, len(content), bound-10)
						case notify.Feishu:
							require.LessOrEqual(t, got.Size, 20<<10)
						default:
						}
					}
				}
			})
			t.Run("text of a customer mentions nobody", func(t *testing.T) {
				t.Parallel()
				for _, markdown := range []bool{false, true} {
					b := newBench(t, kind)
					bad := notice
					bad.Mention, bad.Markdown = []string{"@all", `x"></at><at user_id="all`, "all>"}, markdown
					bad.Text = `<at user_id="all">所有人</at> <at id=all></at> <@all> <@zhangsan> <AT user_id="all"></AT>`
					require.NoError(t, b.Send(t.Context(), b.channel, bad))
					body := b.standin.Received()[0].Body
					if kind == notify.Feishu || (kind == notify.WeCom && markdown) {
						require.NotContains(t, strings.ToLower(texts(body)), "<at")
						require.NotContains(t, texts(body), "<@")
					}
					require.NotContains(t, fmt.Sprint(body), "mentioned_list")
					require.NotContains(t, fmt.Sprint(body), "isAtAll:true")
				}
			})
			t.Run("keys are never shown", func(t *testing.T) {
				t.Parallel()
				for _, mode := range []standin.Mode{standin.Limited, standin.BadKey, standin.TooMany, standin.ServerError, standin.HTML, standin.Redirect, standin.Drop} {
					b := newBench(t, kind)
					b.standin.SetMode(mode)
					err := b.Send(t.Context(), b.channel, notice)
					var out bytes.Buffer
					for _, v := range []any{err, b.channel, &b.channel} {
						fmt.Fprintf(&out, "%v %+v %#v %s %q", v, v, v, v, v)
						slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
						asJSON, _ := json.Marshal(v)
						out.Write(asJSON)
					}
					require.NotContains(t, out.String(), key, "%s", mode)
					require.NotContains(t, out.String(), sign, "%s", mode)
				}
			})
			t.Run("inside addresses are refused", func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				b.Client = notify.New(notify.Options{PlainHTTP: true})
				require.ErrorIs(t, b.fails(t, notify.Permanent), dial.ErrRefused)
				b.Client = notify.New(notify.Options{})
				b.fails(t, notify.Permanent) // plain http
				require.Empty(t, b.standin.Received())
			})
			t.Run("nothing to say", func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				require.Error(t, b.Send(t.Context(), b.channel, notify.Notice{ID: "x"}))
				b.channel.Kind = "pigeon"
				b.fails(t, notify.Permanent)
			})
		})
	}
}

func (b *bench) fails(t *testing.T, want notify.Class) *notify.Error {
	t.Helper()
	err := b.Send(t.Context(), b.channel, notice)
	var failed *notify.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, want, failed.Class, "%v", err)
	return failed
}

// texts joins all texts of a body.
func texts(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		out := ""
		for _, x := range v {
			out += texts(x)
		}
		return out
	case map[string]any:
		out := ""
		for _, x := range v {
			out += texts(x)
		}
		return out
	default:
		return ""
	}
}

func TestLimitsOfRobots(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind notify.Kind
		n    int
		wait time.Duration
	}{{notify.WeCom, 20, time.Minute}, {notify.DingTalk, 20, time.Minute}, {notify.Feishu, 5, time.Second}} {
		b := newBench(t, c.kind)
		twin := b.channel
		twin.Name = "the same robot"
		for i := range c.n {
			ch := b.channel
			if i%2 == 0 {
				ch = twin
			}
			require.NoError(t, b.Send(t.Context(), ch, notice))
		}
		require.Equal(t, c.wait, b.fails(t, notify.Limited).Wait)
		require.Len(t, b.standin.Received(), c.n)
		b.clock.now = b.clock.now.Add(c.wait)
		require.NoError(t, b.Send(t.Context(), b.channel, notice))
	}
}

func TestSignaturesByTheReference(t *testing.T) {
	t.Parallel()
	// The example of the Standard Webhooks specification.
	got := notify.WebhookSignature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`), secret.New("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
}
