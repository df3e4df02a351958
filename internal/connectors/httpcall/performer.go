package httpcall

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

const (
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 1 << 20
	maxRedirects   = 3
)

// Config is what the operator decides. The zero value refuses every host.
type Config struct {
	Hosts          []string      // allow list; see HostRule
	PlainHTTP      bool          // lets http through besides https
	Guard          dial.Guard    // inside addresses that may be dialled all the same
	Methods        []string      // default GET HEAD POST PUT PATCH DELETE, which is also the most there can be
	Timeout        time.Duration // whole call with redirects; default 10 s
	MaxBody        int64         // bytes of an answer; default 1 MiB
	MaxRequestBody int64         // bytes of a request; default 1 MiB
	UserAgent      string
	TLS            *tls.Config      // nil is the system's trust
	Now            func() time.Time // nil is time.Now
}

// Performer performs calls. It is safe for concurrent use.
type Performer struct {
	cfg        Config
	rules      []HostRule
	repeatable *http.Client // connections are kept
	effectful  *http.Client // every call has its own connection
}

// New checks the configuration and returns a performer.
func New(cfg Config) (*Performer, error) {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	if cfg.Methods == nil {
		cfg.Methods = known
	}
	for _, m := range cfg.Methods {
		if !slices.Contains(known, m) {
			return nil, fmt.Errorf("method %q cannot be allowed", m)
		}
	}
	cfg.Timeout = orDefault(cfg.Timeout, defaultTimeout)
	cfg.MaxBody = orDefault(cfg.MaxBody, defaultMaxBody)
	cfg.MaxRequestBody = orDefault(cfg.MaxRequestBody, defaultMaxBody)
	if cfg.UserAgent == "" {
		cfg.UserAgent = "flowdesk"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := &Performer{cfg: cfg}
	for _, text := range cfg.Hosts {
		rule, err := ParseHostRule(text)
		if err != nil {
			return nil, err
		}
		p.rules = append(p.rules, rule)
	}
	p.repeatable, p.effectful = p.client(false), p.client(true)
	return p, nil
}

func (p *Performer) client(fresh bool) *http.Client {
	t := p.cfg.Guard.Transport()
	t.DisableKeepAlives = fresh
	if p.cfg.TLS != nil {
		t.TLSClientConfig = p.cfg.TLS.Clone()
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Close lets the kept connections go.
func (p *Performer) Close() {
	p.repeatable.CloseIdleConnections()
	p.effectful.CloseIdleConnections()
}

// Do performs the call. The error, if any, is an *Error; a status of 400 and above is an answer, not an error.
func (p *Performer) Do(ctx context.Context, call Call) (Result, error) {
	began := p.cfg.Now()
	ctx, cancel := context.WithTimeout(ctx, atMost(call.Timeout, p.cfg.Timeout))
	defer cancel()

	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// From here on the request may leave at any moment; whether it did cannot be told from this side.
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	req, err := p.request(ctx, call)
	if err != nil {
		return Result{}, &Error{Outcome: NotSent, Err: fmt.Errorf("%w: %w", ErrRefused, err)}
	}
	client := p.repeatable
	if Effectful(req.Method) {
		client = p.effectful
	}
	for hops := 0; ; hops++ {
		if err := failpoint.Hit("httpcall.call.before"); err != nil {
			return Result{}, failure(req.URL, err, sent.Load())
		}
		resp, err := failpoint.Answered("httpcall.call.after")(client.Do(req)) //nolint:bodyclose // closed below, or by result
		if err != nil {
			return Result{}, failure(req.URL, err, sent.Load())
		}
		next, problem := p.redirect(req, resp, hops)
		if next != nil {
			_ = resp.Body.Close()
			req = next
			continue
		}
		out := result(resp, atMost(call.MaxBody, p.cfg.MaxBody))
		if problem != ProblemNone {
			out.Problem = problem
		}
		out.Redirects, out.Latency = hops, p.cfg.Now().Sub(began)
		return out, nil
	}
}

func (p *Performer) request(ctx context.Context, call Call) (*http.Request, error) {
	method := call.Method
	if method == "" {
		method = http.MethodGet
	}
	if !slices.Contains(p.cfg.Methods, method) {
		return nil, fmt.Errorf("method %q is not allowed", method)
	}
	if int64(len(call.Body)) > p.cfg.MaxRequestBody {
		return nil, fmt.Errorf("body is longer than %d bytes", p.cfg.MaxRequestBody)
	}
	if !Effectful(method) && len(call.Body) > 0 {
		return nil, fmt.Errorf("%s has no body", method)
	}
	u, err := p.parseAddress(call.URL)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if len(call.Body) > 0 {
		body = bytes.NewReader(call.Body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, errors.New("request cannot be built")
	}
	return req, p.setHeaders(req.Header, call)
}

// redirect returns the request that follows resp, or nil when resp is the answer.
func (p *Performer) redirect(req *http.Request, resp *http.Response, hops int) (*http.Request, Problem) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, ProblemNone
	}
	location := resp.Header.Get("Location")
	if location == "" || Effectful(req.Method) {
		return nil, ProblemNone
	}
	if hops >= maxRedirects {
		return nil, ProblemRedirects
	}
	reference, err := url.Parse(location)
	if err != nil {
		return nil, ProblemRedirect
	}
	target, err := p.parseAddress(req.URL.ResolveReference(reference).String())
	if err != nil || (req.URL.Scheme == "https" && target.Scheme == "http") {
		return nil, ProblemRedirect
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = target, ""
	if origin(target) != origin(req.URL) {
		next.Header = elsewhere(req.Header)
	}
	return next, ProblemNone
}

func result(resp *http.Response, limit int64) Result {
	defer resp.Body.Close()
	out := Result{Status: resp.StatusCode, Headers: keep(resp.Header)}
	out.Body, out.Problem = readBody(resp, limit)
	return out
}

// failure turns an error of net/http into ours, without the address that url.Error would show.
func failure(at *url.URL, err error, sent bool) *Error {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	out := &Error{Outcome: NotSent, At: origin(at), Err: err}
	switch {
	case errors.Is(err, dial.ErrRefused):
		out.Err = fmt.Errorf("%w: %w", ErrRefused, err)
	case sent:
		out.Outcome = Unknown
	}
	// net/http repeats what it could not understand, for example a malformed status line that echoes our headers.
	if strings.Contains(err.Error(), "malformed") {
		out.Err = errors.New("the answer is not HTTP")
	}
	return out
}

func orDefault[T int64 | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// atMost returns the wish where it is stricter than the bound.
func atMost[T int64 | time.Duration](wish, bound T) T {
	if wish <= 0 || wish > bound {
		return bound
	}
	return wish
}
