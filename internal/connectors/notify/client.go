package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

const (
	sendTimeout = 10 * time.Second
	maxAnswer   = 4 << 10
	maxMessage  = 512
)

// Options are what the operator and the shell give. The zero value works.
type Options struct {
	Guard     dial.Guard        // inside addresses that may be dialled all the same
	PlainHTTP bool              // lets http addresses through besides https
	Transport http.RoundTripper // in place of the guarded one; for tests
	Now       func() time.Time
	Timeout   time.Duration // of a send; default 10 s
}

// Client is the Notifier for all kinds. It is safe for concurrent use.
type Client struct {
	opt      Options
	http     *http.Client
	dialects map[Kind]dialect

	mu     sync.Mutex
	limits map[string]*windows // by the address' fingerprint: two channels may name one robot
}

// dialect is how one kind writes and reads.
type dialect struct {
	limits []limit
	build  func(c Channel, n Notice, now time.Time) (request, error)
	// read judges an answer of status 2xx, and others if they can be read.
	read func(h http.Header, body []byte) (verdict, bool)
}

type request struct {
	query url.Values // added to the address
	body  map[string]any
	sign  func(h http.Header, key secret.String, body []byte)
}

type verdict struct {
	class   Class // empty is sent
	code    int
	message string
	wait    time.Duration // the robot is left alone for so long
}

// New returns a client.
func New(opt Options) *Client {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Timeout <= 0 {
		opt.Timeout = sendTimeout
	}
	if opt.Transport == nil {
		t := opt.Guard.Transport()
		t.DisableKeepAlives = true // a fresh connection: net/http never repeats a send on its own
		opt.Transport = t
	}
	return &Client{
		opt: opt, limits: map[string]*windows{},
		dialects: map[Kind]dialect{WeCom: wecom(), DingTalk: dingtalk(), Feishu: feishu(), Webhook: webhook()},
		http:     &http.Client{Transport: opt.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Send implements Notifier.
func (c *Client) Send(ctx context.Context, ch Channel, n Notice) error {
	failed := func(class Class, err error) error {
		return &Error{Channel: ch.Name, Kind: ch.Kind, Class: class, Err: err}
	}
	d, ok := c.dialects[ch.Kind]
	if !ok {
		return failed(Permanent, errors.New("no such kind of channel"))
	}
	if n.Title == "" && n.Text == "" {
		return failed(Permanent, errors.New("nothing to say"))
	}
	now := c.opt.Now()
	out, err := d.build(ch, n, now)
	if err != nil {
		return failed(Permanent, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	req, err := c.request(ctx, ch, out)
	if err != nil {
		return failed(Permanent, err)
	}
	w := c.windows(ch)
	if wait := w.take(d.limits, now); wait > 0 {
		return &Error{Channel: ch.Name, Kind: ch.Kind, Class: Limited, Wait: wait, Err: errors.New("the robot's limit is reached")}
	}
	if err := failpoint.Hit("notify.call.before"); err != nil {
		return failed(Transient, err)
	}
	resp, err := failpoint.Answered("notify.call.after")(c.http.Do(req)) //nolint:bodyclose // it is closed below
	if err != nil {
		switch {
		case errors.Is(err, dial.ErrRefused):
			return failed(Permanent, dial.ErrRefused)
		case sent.Load():
			return failed(Unknown, why(err))
		default:
			return failed(Transient, why(err))
		}
	}
	defer resp.Body.Close()
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	v := judge(d, resp, body)
	if v.class == "" {
		return nil
	}
	if v.class == Limited {
		w.pause(now.Add(v.wait))
	}
	return &Error{
		Channel: ch.Name, Kind: ch.Kind, Class: v.class, Status: resp.StatusCode, Code: v.code, Wait: v.wait,
		Message: tidy(v.message, ch), Err: why(readErr),
	}
}

func (c *Client) request(ctx context.Context, ch Channel, out request) (*http.Request, error) {
	u, err := url.Parse(ch.Address.Reveal())
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && (u.Scheme != "http" || !c.opt.PlainHTTP)) {
		return nil, errors.New("the channel's address cannot be used")
	}
	if len(out.query) > 0 {
		q := u.Query()
		for name, values := range out.query {
			q[name] = values
		}
		u.RawQuery = q.Encode()
	}
	body := marshal(out.body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the channel's address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "flowdesk")
	if out.sign != nil {
		out.sign(req.Header, ch.Secret, body)
	}
	return req, nil
}

// windows returns the limits of the channel's robot.
func (c *Client) windows(ch Channel) *windows {
	id := string(ch.Kind) + ch.Address.Fingerprint()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limits[id] == nil {
		c.limits[id] = &windows{}
	}
	return c.limits[id]
}

// judge says what an answer means. A status of 200 is not yet success: most robots say in the body how it went.
func judge(d dialect, resp *http.Response, body []byte) verdict {
	good := resp.StatusCode >= 200 && resp.StatusCode < 300
	v, readable := d.read(resp.Header, body)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		v.class, v.wait = Limited, max(v.wait, resetIn(resp.Header))
	case good && readable:
	case good:
		v.class, v.message = Unknown, "the answer cannot be read"
	case resp.StatusCode >= 500:
		v.class = Transient // by the reference; the robot may have spoken all the same
	case readable && v.class != "":
	default:
		v.class = Permanent
	}
	return v
}

// why keeps the cause and drops the address that url.Error shows.
func why(err error) error {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	if err != nil && strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is not HTTP")
	}
	return err
}

// tidy makes a receiver's message fit for an error: no keys, one line, short.
func tidy(text string, ch Channel) string {
	hide := []secret.String{ch.Address, ch.Secret}
	if u, err := url.Parse(ch.Address.Reveal()); err == nil {
		for _, values := range u.Query() {
			for _, v := range values {
				hide = append(hide, secret.New(v))
			}
		}
		for part := range strings.SplitSeq(u.Path, "/") {
			if len(part) >= 16 { // keys stand in paths too
				hide = append(hide, secret.New(part))
			}
		}
	}
	text = secret.Scrub(strings.ToValidUTF8(text, "\uFFFD"), hide...)
	return cut(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text), maxMessage)
}
