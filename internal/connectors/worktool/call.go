package worktool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// request is one call to the platform.
type request struct {
	op     string
	method string
	path   string
	keyed  bool // the endpoint takes the robot's key
	query  url.Values
	body   []byte
}

// answer is the platform's envelope.
type answer struct {
	code    int
	hasCode bool
	message string
	data    string // as written; empty where there was none
}

// call performs a request. It returns either the answer of a success or a *robots.CallError without secrets.
func (c *Client) call(ctx context.Context, account robots.Account, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	written := new(atomic.Bool) // the transport may still be writing when Do has returned
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})

	req, err := r.build(ctx, account)
	if err != nil {
		return answer{}, failure(account, &robots.CallError{Op: r.op, Kind: robots.ErrRefused, Err: err})
	}
	err = failpoint.Hit("worktool.call.before")
	var res *http.Response
	if err == nil {
		res, err = c.http.Do(req)
	}
	if err != nil {
		kind := robots.ErrRefused // no byte of a request left us
		if written.Load() && !errors.Is(err, robots.ErrHeldBack) {
			kind = robots.ErrUnknown
		}
		return answer{}, failure(account, &robots.CallError{Op: r.op, Kind: kind, Err: err})
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, c.maxAnswer+1))
	err = failpoint.Over(err, "worktool.call.after", io.ErrUnexpectedEOF)
	if err == nil && int64(len(body)) > c.maxAnswer {
		err = fmt.Errorf("answer over %d bytes", c.maxAnswer)
	}
	return judge(account, r.op, res, body, err)
}

func (r request) build(ctx context.Context, account robots.Account) (*http.Request, error) {
	if account.RobotID == "" {
		return nil, errors.New("the account has no robot id")
	}
	base := account.BaseURI
	if base == "" {
		base = PublicAddress
	}
	query := url.Values{"robotId": {account.RobotID}}
	for name, values := range r.query {
		query[name] = values
	}
	if r.keyed && account.Key != "" {
		query.Set("key", account.Key)
	}
	address := strings.TrimRight(base, "/") + r.path + "?" + query.Encode()
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, errors.New("the base address of the robot platform is not a URL")
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
		guardBody(req, r.body)
	}
	return req, nil
}

// failure removes the account's secrets from an error. The robot id is part of every address, and net/http puts
// addresses into its errors; a platform may also repeat the id in its message.
func failure(account robots.Account, e *robots.CallError) error {
	var address *url.Error
	for errors.As(e.Err, &address) {
		e.Err = address.Err
	}
	e.Message = hide(account, e.Message)
	if e.Err != nil {
		if text := e.Err.Error(); hide(account, text) != text {
			e.Err = errors.New(hide(account, text))
		}
	}
	return e
}

func hide(account robots.Account, text string) string {
	var pairs []string
	for _, secret := range []string{account.RobotID, account.Key} {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted(secret)} {
			pairs = append(pairs, form, "[redacted]")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// quoted is how %q writes a secret between its quotes.
func quoted(secret string) string {
	q := strconv.Quote(secret)
	return q[1 : len(q)-1]
}
