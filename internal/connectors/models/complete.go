package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	maxRetries    = 2
	firstBackoff  = 300 * time.Millisecond
	longBackoff   = 3 * time.Second
	maxShownAgain = 4 << 10 // of a wrong output, when it is to be repaired
)

// ErrNoProvider is the cause when nothing is configured for a use: its built-in way must serve.
var ErrNoProvider = errors.New("no model is configured for this use")

// Complete asks the providers of the request's use until one gives an answer that may be used. The error, unless the
// request itself is wrong, is a *CallError.
func (c *Client) Complete(ctx context.Context, req Request) (Answer, error) {
	if err := req.check(); err != nil {
		return Answer{}, fmt.Errorf("model request: %w", err)
	}
	began := c.now()
	ctx, cancel := context.WithTimeout(ctx, c.timeout(&req))
	defer cancel()
	r := &run{c: c, req: &req}
	order := c.order(req.Use)
	last := ErrNoProvider
	for i, at := range order {
		got, err := r.ask(ctx, at, len(order)-i-1)
		if err == nil {
			got.Spend, got.Attempts, got.Latency = r.spent, r.attempts, c.now().Sub(began)
			return got, nil
		}
		r.tell(err)
		// What a provider did says more than that another one was passed over.
		if i == 0 || classOf(err) != ClassSkipped {
			last = err
		}
		if classOf(err).ends() || ctx.Err() != nil {
			break
		}
	}
	return Answer{}, &CallError{Use: req.Use, Attempts: r.attempts, Spent: r.spent, Err: last}
}

// tell alerts where a person must act.
func (r *run) tell(err error) {
	if b := (*BudgetError)(nil); errors.As(err, &b) {
		r.c.alert(r.req.Use, err)
		return
	}
	switch classOf(err) {
	case ClassExhausted, ClassBadKey, ClassMissing, ClassBadRequest:
		r.c.alert(r.req.Use, err)
	default:
	}
}

// ask gets one usable answer from one provider; others is how many more could be asked.
func (r *run) ask(ctx context.Context, at *station, others int) (Answer, error) {
	if end, ok := ctx.Deadline(); ok && others > 0 { // leave the next one a third of the time
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)*2/3)
		defer cancel()
	}
	if !at.account.door.enter() {
		return Answer{}, r.skip(at, "key or account must be mended first")
	}
	if !at.model.enter() {
		at.account.door.leave(false, false)
		return Answer{}, r.skip(at, "model must be mended first")
	}
	got, err := r.converse(ctx, at, others)
	class := classOf(err)
	at.account.door.leave(class == ClassExhausted || class == ClassBadKey, err == nil || class.ends())
	at.model.leave(class == ClassMissing, err == nil || class.ends())
	return got, err
}

func (r *run) skip(at *station, why string) error {
	return r.note(&at.Provider, at.fault(ClassSkipped, errors.New(why)), Spend{}, r.c.now())
}

// converse asks, judges the output, and asks once more where that can help.
func (r *run) converse(ctx context.Context, at *station, others int) (Answer, error) {
	messages := r.req.Messages
	var problem error
	for range 2 {
		got, err := r.exchange(ctx, at, messages, others)
		if err != nil {
			return Answer{}, err
		}
		var out Answer
		if out, problem = r.judge(at, got); problem == nil {
			return out, nil
		}
		last := &r.attempts[len(r.attempts)-1]
		last.Class, last.Problem = ClassBadOutput, problem.Error()
		if r.req.Output != nil && !blank([]byte(got.text)) && !errors.Is(problem, errCut) {
			messages = append(messages[:len(messages):len(messages)],
				Message{Assistant, cut(got.text, maxShownAgain)},
				Message{User, "That output cannot be used: " + problem.Error() + "\nAnswer again with exactly one corrected JSON object and nothing else."})
		}
	}
	return Answer{}, at.fault(ClassBadOutput, problem)
}

var (
	errBlank = errors.New("output is blank")
	errCut   = errors.New("output was cut at its length limit")
	errNoObj = errors.New("output holds no JSON object")
)

// judge says whether an output may be used, and reads it.
func (r *run) judge(at *station, got reply) (Answer, error) {
	out := Answer{Text: plainText(got.text), Finish: got.finish, Provider: at.Name, Model: at.Model}
	switch {
	case got.finish == "length":
		return out, errCut
	case out.Text == "":
		return out, errBlank
	case len(out.Text) > maxDeadRun*at.maxOutput(r.req):
		return out, errTooLong
	case r.req.Output == nil:
		return out, nil
	}
	object, ok := ExtractJSON(got.text)
	if !ok {
		return out, errNoObj
	}
	if err := r.req.Output.check(object); err != nil {
		return out, fmt.Errorf("output does not fit: %s", tidy(strings.ReplaceAll(err.Error(), "mem:///", ""), at.Key))
	}
	out.Text, out.JSON = "", object
	return out, nil
}

// exchange makes a round trip and repeats it while that can help.
func (r *run) exchange(ctx context.Context, at *station, messages []Message, others int) (reply, error) {
	retry := retrypolicy.NewBuilder[reply]().
		HandleIf(func(_ reply, err error) bool { return again(ctx, err, others) }).
		WithMaxRetries(maxRetries).
		WithBackoff(firstBackoff, longBackoff).
		WithJitterFactor(0.25).
		ReturnLastFailure().
		Build()
	got, err := failsafe.With[reply](retry, at.health).WithContext(ctx).Get(func() (reply, error) { return r.attempt(ctx, at, messages) })
	var known *Error
	var budget *BudgetError
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &budget):
		return got, err
	case errors.Is(err, circuitbreaker.ErrOpen):
		return reply{}, r.skip(at, "circuit breaker is open")
	default: // the time ended between two attempts
		return reply{}, at.fault(ClassTransient, err)
	}
}

// again reports whether the same provider should be asked the same once more.
func again(ctx context.Context, err error, others int) bool {
	var e *Error
	if !errors.As(err, &e) || (e.Class != ClassTransient && e.Class != ClassLimited) {
		return false
	}
	end, bounded := ctx.Deadline()
	left := time.Until(end)
	if ctx.Err() != nil || (bounded && left <= 2*firstBackoff) {
		return false
	}
	if e.Class == ClassLimited && (e.RetryAfter > maxPauseWait || (bounded && e.RetryAfter >= left)) {
		return false
	}
	// A provider that let us wait once is given up when another one could still be asked.
	return others == 0 || !errors.Is(e, errFirstByte)
}
