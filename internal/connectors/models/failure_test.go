package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
)

// TestWhatToDoWithAFailure reads like the table of the reference: what is seen, its class, how often the provider is asked,
// whether the next one is, and whether a person is told.
func TestWhatToDoWithAFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		preset string
		mode   standin.Mode
		class  models.Class
		asked  int
		next   bool
		alert  bool
	}{
		{"deepseek", standin.Drop, models.ClassTransient, 3, true, false},
		{"deepseek", standin.ServerError, models.ClassTransient, 3, true, false},
		{"deepseek", standin.BadGateway, models.ClassTransient, 3, true, false},
		{"deepseek", standin.Overloaded, models.ClassTransient, 3, true, false},
		{"deepseek", standin.NullError, models.ClassTransient, 3, true, false},
		{"deepseek", standin.CutBody, models.ClassTransient, 3, true, false},
		{"deepseek", standin.HTMLAnswer, models.ClassTransient, 3, true, false},
		{"deepseek", standin.ErrorIn200, models.ClassTransient, 3, true, false},
		{"deepseek", standin.NoCapacity, models.ClassTransient, 3, true, false},
		{"deepseek", standin.Hang, models.ClassTransient, 1, true, false},
		{"deepseek", standin.StallBody, models.ClassTransient, 1, true, false},
		{"doubao", standin.Limited, models.ClassLimited, 3, true, false},
		{"doubao", standin.LimitedLong, models.ClassLimited, 1, true, false},
		{"kimi", standin.Quota, models.ClassExhausted, 1, true, true},
		{"doubao", standin.QuotaCap, models.ClassExhausted, 1, true, true},
		{"deepseek", standin.NoMoney, models.ClassExhausted, 1, true, true},
		{"doubao", standin.Overdue, models.ClassExhausted, 1, true, true},
		{"kimi", standin.Unauthorized, models.ClassBadKey, 1, true, true},
		{"kimi", standin.Forbidden, models.ClassBadKey, 1, true, true},
		{"doubao", standin.Missing, models.ClassMissing, 1, true, true},
		{"generic", standin.Redirect, models.ClassMissing, 1, true, true},
		{"kimi", standin.BadRequest, models.ClassBadRequest, 1, true, true},
		{"deepseek", standin.Unprocessable, models.ClassBadRequest, 1, true, true},
		{"kimi", standin.Filtered, models.ClassRefused, 1, false, false},
		{"doubao", standin.FilteredArk, models.ClassRefused, 1, false, false},
		{"doubao", standin.FinishFilter, models.ClassRefused, 1, false, false},
		{"deepseek", standin.Blank, models.ClassBadOutput, 2, false, false},
		{"deepseek", standin.NullContent, models.ClassBadOutput, 2, false, false},
		{"deepseek", standin.Length, models.ClassBadOutput, 2, false, false},
		{"deepseek", standin.Huge, models.ClassBadOutput, 2, false, false},
		{"deepseek", standin.Endless, models.ClassBadOutput, 1, false, false},
	} {
		t.Run(c.preset+" "+string(c.mode), func(t *testing.T) {
			t.Parallel()
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{providers: []models.Provider{provider(t, c.preset, "first"), provider(t, "generic", "second")}, use: models.Use{Timeout: 20 * time.Second}})
				w.standins["first"].SetMode(c.mode)
				began := time.Now()
				got, err := w.Complete(t.Context(), question("hello"))
				require.LessOrEqual(t, time.Since(began), 20*time.Second)
				require.Len(t, w.standins["first"].Ledger(), c.asked)
				require.Equal(t, c.alert, len(w.alerts) == 1, "%v", w.alerts)
				if c.next {
					require.NoError(t, err)
					require.Equal(t, "second", got.Provider)
					require.Equal(t, "echo: hello", got.Text)
					require.Equal(t, c.class, got.Attempts[0].Class, "%+v", got.Attempts)
					return
				}
				var call *models.CallError
				var failed *models.Error
				require.ErrorAs(t, err, &call)
				require.ErrorAs(t, err, &failed)
				require.Equal(t, c.class, failed.Class)
				require.Empty(t, w.standins["second"].Ledger())
			})
		})
	}
}

func TestGoodAnswersInEveryShape(t *testing.T) {
	t.Parallel()
	for _, mode := range []standin.Mode{standin.Normal, standin.KeepAlive, standin.Thinking, standin.Parts, standin.ChoiceUsage, standin.NoUsage, standin.SlowFirstByte} {
		for _, preset := range []string{"doubao", "deepseek", "kimi", "ollama", "vllm", "generic"} {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{providers: []models.Provider{provider(t, preset, preset)}})
				w.standins[preset].SetMode(mode)
				got, err := w.Complete(t.Context(), question("hello"))
				require.NoError(t, err)
				require.Equal(t, "echo: hello", got.Text)
				require.Equal(t, "stop", got.Finish)
				require.Len(t, got.Attempts, 1)
				estimated := mode == standin.NoUsage || (mode == standin.ChoiceUsage && preset != "kimi" && preset != "ollama" && preset != "vllm" && preset != "generic")
				require.Equal(t, estimated, got.Spend.Estimated, "%s %s", preset, mode)
				require.Positive(t, got.Spend.Cost)
				require.Positive(t, got.Spend.Usage.Output)
				if !estimated {
					sent := w.standins[preset].Ledger()[0]
					require.Equal(t, models.Usage{Input: int64(sent.Input), Cached: int64(sent.Input / 2), Output: int64(sent.Output)}, got.Spend.Usage)
				}

				got, err = w.Complete(t.Context(), typed(t))
				require.NoError(t, err)
				require.JSONEq(t, `{"intent":"complaint","score":0}`, string(got.JSON))
			})
		}
	}
}

func TestTypedOutputIsRepairedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script []standin.Mode
		asked  int
		good   bool
	}{
		{[]standin.Mode{standin.Normal}, 1, true},
		{[]standin.Mode{standin.Fenced}, 1, true},
		{[]standin.Mode{standin.Thinking}, 1, true},
		{[]standin.Mode{standin.InvalidJSON}, 2, true},
		{[]standin.Mode{standin.WrongJSON}, 2, true},
		{[]standin.Mode{standin.Blank}, 2, true},
		{[]standin.Mode{standin.Length}, 2, true},
		{[]standin.Mode{standin.WrongJSON, standin.WrongJSON}, 2, false},
		{[]standin.Mode{standin.InvalidJSON, standin.Blank}, 2, false},
		{[]standin.Mode{standin.Blank, standin.Blank}, 2, false},
		{[]standin.Mode{standin.WrongJSON, standin.ServerError}, 3, true},
	} {
		for _, preset := range []string{"kimi", "deepseek", "generic"} {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{providers: []models.Provider{provider(t, preset, preset)}})
				w.standins[preset].Script(c.script...)
				got, err := w.Complete(t.Context(), typed(t))
				sent := w.standins[preset].Ledger()
				require.Len(t, sent, c.asked)
				if c.script[0] == standin.WrongJSON {
					require.Contains(t, string(sent[1].Body), "cannot be used", "the model is told what is wrong")
				}
				if !c.good {
					var failed *models.Error
					require.ErrorAs(t, err, &failed)
					require.Equal(t, models.ClassBadOutput, failed.Class)
					var call *models.CallError
					require.ErrorAs(t, err, &call)
					require.Positive(t, call.Spent.Cost, "a failed call costs too")
					return
				}
				require.NoError(t, err)
				require.JSONEq(t, `{"intent":"complaint","score":0}`, string(got.JSON))
				require.Empty(t, got.Text)
			})
		}
	}
}

func TestC6EveryCallEndsByItsDeadline(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		for _, mode := range standin.Modes() {
			for _, others := range []int{0, 1, 2} {
				providers := []models.Provider{provider(t, "doubao", "a"), provider(t, "deepseek", "b"), provider(t, "kimi", "c")}[:others+1]
				w := newWorld(t, setup{providers: providers})
				for _, s := range w.standins {
					s.SetMode(mode)
				}
				for _, req := range []models.Request{question("hi"), typed(t)} {
					req.Timeout = 10 * time.Second
					began := time.Now()
					got, err := w.Complete(t.Context(), req)
					require.LessOrEqual(t, time.Since(began), req.Timeout, "%s", mode)
					if err == nil && req.Output != nil {
						require.NoError(t, req.Output.Check(got.JSON), "%s", mode)
					}
				}
			}
		}
	})
}

func TestNothingConfigured(t *testing.T) {
	t.Parallel()
	c, err := models.New(models.Config{}, models.Options{})
	require.NoError(t, err)
	_, err = c.Complete(t.Context(), question("hi"))
	require.ErrorIs(t, err, models.ErrNoProvider)
	_, err = c.Complete(t.Context(), models.Request{})
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*models.CallError))
}
