package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

const (
	maxAnswer  = 4 << 20
	maxDeadRun = 16 // bytes of text that a token of output can be; more is not what was asked for
)

var (
	errFirstByte = errors.New("no answer in time")
	errTooLong   = errors.New("answer is too long")
)

// run is one Complete in progress.
type run struct {
	c        *Client
	req      *Request
	attempts []Attempt
	spent    Spend
}

// attempt makes one round trip, within the account's limits and the budget, and records it.
func (r *run) attempt(ctx context.Context, at *station, messages []Message) (reply, error) {
	p := &at.Provider
	began := r.c.now()
	release, err := at.account.acquire(ctx)
	if err != nil {
		return reply{}, r.note(p, &Error{Provider: p.Name, Model: p.Model, Class: ClassSkipped, Err: err}, Spend{}, began)
	}
	defer release()
	body, err := p.body(r.req, messages)
	if err != nil {
		return reply{}, r.note(p, &Error{Provider: p.Name, Model: p.Model, Class: ClassBadRequest, Err: err}, Spend{}, began)
	}
	most := p.spend(Usage{Input: int64(len(body)), Output: int64(p.maxOutput(r.req))}, r.c.now())
	settle, err := r.c.meter.Reserve(ctx, r.req.Use, most)
	if err != nil {
		return reply{}, err
	}
	got, asked, failure := r.c.send(ctx, at, body, r.req.RequestID)
	spend := p.reckon(asked, got, body, int64(p.maxOutput(r.req)), r.c.now())
	settle(spend)
	if failure == nil {
		at.account.good()
	} else if failure.Class == ClassLimited {
		at.account.limited(failure.RetryAfter)
	}
	err = r.note(p, failure, spend, began)
	return got, err
}

// note records an attempt and returns its failure as an error.
func (r *run) note(p *Provider, failure *Error, spend Spend, began time.Time) error {
	a := Attempt{Provider: p.Name, Model: p.Model, Spend: spend, Latency: r.c.now().Sub(began)}
	r.spent = r.spent.plus(spend)
	if failure == nil {
		r.attempts = append(r.attempts, a)
		return nil
	}
	a.Class, a.Status, a.Problem = failure.Class, failure.Status, failure.Error()
	r.attempts = append(r.attempts, a)
	return failure
}

// asked says how far a round trip came, which decides what it may have cost.
type asked int

const (
	notAsked   asked = iota // refused or never arrived: free
	noAnswer                // asked, and no answer seen: the input may be charged
	halfAnswer              // an answer began: all may be charged
	whole                   // read to its end
)

// reckon is what a round trip cost: what the provider says, or an estimate that is not too low.
func (p *Provider) reckon(how asked, got reply, body []byte, maxOutput int64, now time.Time) Spend {
	u := got.usage
	switch {
	case how == notAsked:
		return Spend{}
	case how == whole && got.hasUsage:
		return p.spend(u, now)
	case how == whole:
		u = Usage{Input: estimate(string(body)), Output: estimate(got.text)}
	case how == halfAnswer:
		u = Usage{Input: estimate(string(body)), Output: maxOutput}
	default:
		u = Usage{Input: estimate(string(body))}
	}
	s := p.spend(u, now)
	s.Estimated = true
	return s
}

func (p *Provider) spend(u Usage, now time.Time) Spend {
	price, _ := p.price()
	return Spend{Usage: u, Cost: price.cost(u, now)}
}

// send puts the body on the wire and reads the answer.
func (c *Client) send(ctx context.Context, at *station, body []byte, requestID string) (reply, asked, *Error) {
	p := &at.Provider
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.Base, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return reply{}, notAsked, p.fault(ClassBadRequest, errors.New("request cannot be built"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if !p.Key.Empty() {
		req.Header.Set("Authorization", "Bearer "+p.Key.Reveal())
	}
	if p.Dialect.RequestID != "" && requestID != "" {
		req.Header.Set(p.Dialect.RequestID, requestID)
	}
	late := time.AfterFunc(p.Dialect.FirstByte, func() { cancel(errFirstByte) })
	if err := failpoint.Hit("models.call.before"); err != nil {
		return reply{}, notAsked, p.fault(ClassTransient, err)
	}
	resp, err := failpoint.Answered("models.call.after")(c.http.Do(req)) //nolint:bodyclose // it is closed below
	late.Stop()
	if err != nil {
		return reply{}, noAnswer, p.fault(ClassTransient, cause(ctx, err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		return reply{}, notAsked, classify(p, resp.StatusCode, resp.Header, raw, c.now())
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return reply{}, halfAnswer, p.fault(ClassTransient, cause(ctx, err))
	case len(raw) > maxAnswer:
		return reply{}, halfAnswer, p.fault(ClassBadOutput, errTooLong)
	}
	got, failed, err := p.read(raw)
	switch {
	case failed:
		return reply{}, notAsked, classify(p, resp.StatusCode, resp.Header, raw[:min(len(raw), maxErrorBody)], c.now())
	case err != nil:
		f := p.fault(ClassTransient, errNoChoice)
		f.Status, f.Message = resp.StatusCode, tidy(string(raw[:min(len(raw), maxErrorBody)]), p.Key)
		return reply{}, halfAnswer, f
	}
	if class, ok := p.Dialect.FinishClasses[got.finish]; ok {
		return got, whole, p.fault(class, fmt.Errorf("finished with %s", got.finish))
	}
	if got.finish == "content_filter" {
		return got, whole, p.fault(ClassRefused, errors.New("finished with content_filter"))
	}
	return got, whole, nil
}

func (p *Provider) fault(class Class, err error) *Error {
	return &Error{Provider: p.Name, Model: p.Model, Class: class, Err: err}
}

// cause keeps what went wrong and drops what url.Error would repeat of the address.
func cause(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errFirstByte) {
		return errFirstByte
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	if strings.Contains(err.Error(), "malformed") { // would repeat what came
		return errors.New("the answer is not HTTP")
	}
	return err
}
