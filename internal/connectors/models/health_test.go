package models_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
)

func TestTheBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{providers: []models.Provider{provider(t, "deepseek", "first"), provider(t, "kimi", "second")}})
		first := w.standins["first"]
		first.SetMode(standin.ServerError)
		for range 20 {
			got, err := w.Complete(t.Context(), question("hello"))
			require.NoError(t, err)
			require.Equal(t, "second", got.Provider)
		}
		asked := len(first.Ledger())
		require.LessOrEqual(t, asked, 12, "a sick provider is left alone")
		require.Equal(t, "open", w.Health("reply")[0].Breaker)

		first.SetMode(standin.Normal)
		time.Sleep(31 * time.Second) // virtual
		got, err := w.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
		require.Equal(t, "first", got.Provider)
		require.Equal(t, "closed", w.Health("reply")[0].Breaker)
	})
}

func TestAnAccountWithoutMoneyIsLeftAlone(t *testing.T) {
	t.Parallel()
	for mode, shared := range map[standin.Mode]bool{standin.NoMoney: true, standin.Unauthorized: true, standin.Missing: false} {
		bubble.Test(t, func(t *testing.T) {
			first, sibling, other := provider(t, "deepseek", "first"), provider(t, "deepseek", "sibling"), provider(t, "kimi", "other")
			first.Account, sibling.Account = "deepseek", "deepseek"
			w := newWorld(t, setup{providers: []models.Provider{first, sibling, other}})
			w.standins["first"].SetMode(mode)
			for range 5 {
				_, err := w.Complete(t.Context(), question("hello"))
				require.NoError(t, err)
			}
			require.Len(t, w.standins["first"].Ledger(), 1)
			require.Len(t, w.alerts, 1, "one alert, not one a call")
			require.True(t, w.Health("reply")[0].ShutOut)
			if shared {
				require.Empty(t, w.standins["sibling"].Ledger(), "the same account")
			} else {
				require.Len(t, w.standins["sibling"].Ledger(), 5, "another model of the account")
			}
			time.Sleep(11 * time.Minute) // virtual
			_, err := w.Complete(t.Context(), question("hello"))
			require.NoError(t, err)
			require.Len(t, w.standins["first"].Ledger(), 2, "tried again")
			w.standins["first"].SetMode(standin.Normal)
			time.Sleep(11 * time.Minute) // virtual
			got, err := w.Complete(t.Context(), question("hello"))
			require.NoError(t, err)
			require.Equal(t, "first", got.Provider)
		})
	}
}

func TestLimitsOfAnAccount(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		p := provider(t, "kimi", "kimi")
		p.Limits = models.Limits{Concurrent: 1}
		w := newWorld(t, setup{providers: []models.Provider{p}, options: standin.Options{Slow: time.Second}})
		w.standins["kimi"].SetMode(standin.SlowFirstByte)
		began := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_, err := w.Complete(t.Context(), question("hello"))
				require.NoError(t, err)
			})
		}
		all.Wait()
		require.Equal(t, 5*time.Second, time.Since(began), "one at a time")
	})
	bubble.Test(t, func(t *testing.T) {
		p := provider(t, "kimi", "kimi")
		p.Limits = models.Limits{PerMinute: 60}
		w := newWorld(t, setup{providers: []models.Provider{p}})
		began := time.Now()
		for range 20 {
			_, err := w.Complete(t.Context(), question("hello"))
			require.NoError(t, err)
		}
		require.InDelta(t, 10, time.Since(began).Seconds(), 0.1, "ten at once, then one a second")
	})
}

func TestARefusalForRateIsHonoured(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{providers: []models.Provider{provider(t, "doubao", "doubao")}})
		w.standins["doubao"].Script(standin.Limited)
		began := time.Now()
		_, err := w.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(began), time.Second, "Retry-After is waited for")

		w.standins["doubao"].Script(standin.LimitedLong)
		_, err = w.Complete(t.Context(), question("hello"))
		var failed *models.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, 2*time.Minute, failed.RetryAfter)
		_, err = w.Complete(t.Context(), question("hello"))
		require.ErrorAs(t, err, &failed)
		require.Equal(t, models.ClassSkipped, failed.Class, "not asked before the time")
		require.Len(t, w.standins["doubao"].Ledger(), 3)
		time.Sleep(2 * time.Minute) // virtual
		_, err = w.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
	})
}

func TestAHangingProviderLeavesTimeForTheNext(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{providers: []models.Provider{provider(t, "deepseek", "first"), provider(t, "kimi", "second")}})
		w.standins["first"].SetMode(standin.Hang)
		began := time.Now()
		req := question("hello")
		req.Timeout = 30 * time.Second
		got, err := w.Complete(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "second", got.Provider)
		require.Equal(t, 20*time.Second, time.Since(began))
	})
}
