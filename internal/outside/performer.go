package outside

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/notify"
)

// Performer carries out calls. It is safe for concurrent use.
type Performer struct {
	models   atomic.Pointer[modelSide]
	file     atomic.Pointer[fileSide]
	http     *httpcall.Performer
	notifier *notify.Client

	ofFile    int // providers of the file
	transport http.RoundTripper
	meter     *models.DayMeter
	usage     usageBook
}

// New checks the configuration and makes a performer. A transport, if given, takes the place of the guarded network.
func New(c Config, transport http.RoundTripper) (*Performer, error) {
	modelConfig, err := c.Models.config()
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	p := &Performer{
		ofFile: len(modelConfig.Providers), transport: transport, meter: newMeter(modelConfig),
	}
	p.usage.init()
	if err := p.Configure(c, nil); err != nil {
		return nil, err
	}
	httpConfig, err := c.HTTP.config()
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	httpConfig.Timeout = longestTry
	if p.http, err = httpcall.New(httpConfig); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	p.notifier = notify.New(notify.Options{Guard: c.HTTP.guard(), PlainHTTP: c.HTTP.PlainHTTP, Transport: transport})
	return p, nil
}

// longestTry is the most that HTTP_REQUEST may give one try.
const longestTry = time.Minute

// Close stores the last usage and lets kept connections go.
func (p *Performer) Close() {
	p.usage.close()
	p.http.Close()
}

// Perform carries out one call with its tries. It returns an answer whatever happens.
func (p *Performer) Perform(ctx context.Context, call *flowdeskv1.Call) *flowdeskv1.CallAnswer {
	switch request := call.GetRequest().(type) {
	case *flowdeskv1.Call_Model:
		return p.askModel(ctx, call, request.Model)
	case *flowdeskv1.Call_Http:
		return p.callHTTP(ctx, call, request.Http)
	case *flowdeskv1.Call_Notice:
		return p.tell(ctx, call, request.Notice)
	default:
		return failed(1, "a call of an unknown kind")
	}
}

func failed(attempts int, reason string) *flowdeskv1.CallAnswer {
	return &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, Reason: reason, Attempts: int32(attempts)}
}

func (p *Performer) askModel(ctx context.Context, call *flowdeskv1.Call, r *flowdeskv1.ModelRequest) *flowdeskv1.CallAnswer {
	client := p.models.Load().client
	if client == nil {
		return failed(0, "no model is configured")
	}
	request := models.Request{
		Use: r.GetUse(), System: r.GetInstructions(), MaxOutputTokens: int(r.GetMaxTokens()), Timeout: call.GetTimeout().AsDuration(), RequestID: call.GetId(),
	}
	for _, m := range r.GetMessages() {
		role := models.User
		if m.GetRole() == string(models.Assistant) {
			role = models.Assistant
		}
		request.Messages = append(request.Messages, models.Message{Role: role, Text: m.GetText()})
	}
	if schema := r.GetJsonSchema(); schema != "" {
		output, err := models.SchemaOutput("answer", []byte(schema))
		if err != nil {
			return failed(0, err.Error())
		}
		request.Output = output
	}
	got, err := client.Complete(ctx, request)
	var failure *models.CallError
	if errors.As(err, &failure) { // what failed may have cost something too
		got.Spend, got.Attempts = failure.Spent, failure.Attempts
	}
	p.usage.note(r.GetUse(), got.Attempts)
	answer := &flowdeskv1.CallAnswer{
		Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK, Body: got.Text, Model: got.Model, Tokens: got.Spend.Tokens(), CostMicros: int64(got.Spend.Cost),
		Attempts: int32(len(got.Attempts)),
	}
	if got.JSON != nil {
		answer.Body = string(got.JSON)
	}
	if err != nil {
		answer.Outcome, answer.Reason, answer.Body = flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, err.Error(), ""
	}
	return answer
}

// callHTTP calls a service. What changes nothing there is tried again by the call's policy.
func (p *Performer) callHTTP(ctx context.Context, call *flowdeskv1.Call, r *flowdeskv1.HttpCall) *flowdeskv1.CallAnswer {
	request := httpcall.Call{
		Method: r.GetMethod(), URL: r.GetUrl(), Body: []byte(r.GetBody()), IdempotencyKey: call.GetId(), Timeout: call.GetTimeout().AsDuration(), MaxBody: maxBody,
	}
	for _, h := range r.GetHeaders() {
		request.Headers = append(request.Headers, httpcall.Header{Name: h.GetName(), Value: h.GetValue()})
	}
	if at, err := url.Parse(r.GetUrl()); err == nil {
		request.Secrets = p.file.Load().headers[strings.ToLower(at.Hostname())]
	}
	tries := 1
	if !call.GetEffectful() {
		tries += int(call.GetRetry().GetMaxRetries())
	}
	var answer *flowdeskv1.CallAnswer
	for n := 1; n <= tries; n++ {
		var again bool
		if answer, again = p.oneHTTP(ctx, request, n); !again || n == tries {
			break
		}
		if !pause(ctx, call.GetRetry().GetBackoff().AsDuration()<<(n-1)) {
			break
		}
	}
	return answer
}

// maxBody is how much of an answer a flow sees.
const maxBody = 64 << 10

func (p *Performer) oneHTTP(ctx context.Context, request httpcall.Call, n int) (answer *flowdeskv1.CallAnswer, again bool) {
	got, err := p.http.Do(ctx, request)
	var problem *httpcall.Error
	switch {
	case errors.As(err, &problem) && problem.Outcome == httpcall.Unknown && httpcall.Effectful(request.Method):
		return &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN, Reason: err.Error(), Attempts: int32(n)}, false
	case err != nil:
		return failed(n, err.Error()), !errors.Is(err, httpcall.ErrRefused)
	case got.Problem != httpcall.ProblemNone:
		answer = failed(n, "the answer cannot be read: "+string(got.Problem))
		answer.Status = int32(got.Status)
		return answer, false
	}
	answer = &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK, Status: int32(got.Status), Body: got.Text(), Attempts: int32(n)}
	return answer, got.Status == http.StatusTooManyRequests || got.Status >= http.StatusInternalServerError
}

func (p *Performer) tell(ctx context.Context, call *flowdeskv1.Call, n *flowdeskv1.NoticeCall) *flowdeskv1.CallAnswer {
	channel, ok := p.file.Load().channels[n.GetChannel()]
	if !ok {
		return failed(0, fmt.Sprintf("no channel is named %q", n.GetChannel()))
	}
	err := p.notifier.Send(ctx, channel, notify.Notice{ID: call.GetId(), Title: n.GetTitle(), Text: n.GetText()})
	if err == nil {
		return &flowdeskv1.CallAnswer{Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK, Attempts: 1}
	}
	answer := failed(1, err.Error())
	var problem *notify.Error
	if errors.As(err, &problem) && problem.Class == notify.Unknown {
		answer.Outcome = flowdeskv1.CallOutcome_CALL_OUTCOME_UNKNOWN
	}
	return answer
}

// pause waits; it reports false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
