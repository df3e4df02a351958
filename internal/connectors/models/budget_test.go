package models_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
)

// charged is what the stand-in's ledger says the answers cost.
func charged(w *world, name string) (sum, most models.Money) {
	for _, r := range w.standins[name].Ledger() {
		cost := models.Money(r.Input/2) + 2*models.Money(r.Input-r.Input/2) + 8*models.Money(r.Output)
		sum, most = sum+cost, max(most, cost)
	}
	return sum, most
}

func TestC6SpendIsAtMostTheBudgetAndOneCall(t *testing.T) {
	t.Parallel()
	for _, mode := range []standin.Mode{standin.Normal, standin.WrongJSON, standin.Blank, standin.ChoiceUsage, standin.NoUsage} {
		bubble.Test(t, func(t *testing.T) {
			const budget = models.Money(5000)
			w := newWorld(t, setup{providers: []models.Provider{provider(t, "kimi", "kimi")}, use: models.Use{Budget: models.Budget{Money: budget}}})
			w.standins["kimi"].SetMode(mode)
			var all sync.WaitGroup
			var refused sync.Map
			for i := range 300 {
				all.Go(func() {
					_, err := w.Complete(t.Context(), typed(t))
					if b := (*models.BudgetError)(nil); errors.As(err, &b) {
						refused.Store(i, b)
					}
				})
			}
			all.Wait()
			for range 300 { // what the reservations of the parallel calls held back can be spent now
				if _, err := w.Complete(t.Context(), typed(t)); errors.As(err, new(*models.BudgetError)) {
					break
				}
			}
			_, err := w.Complete(t.Context(), typed(t))
			var used *models.BudgetError
			require.ErrorAs(t, err, &used)
			require.Equal(t, "reply", used.Use)
			require.GreaterOrEqual(t, used.Spent.Cost, budget)
			sum, most := charged(w, "kimi")
			require.LessOrEqual(t, sum, budget+most, "%s", mode)
			require.NotEmpty(t, w.alerts)

			synctest.Wait()
			time.Sleep(24 * time.Hour) // virtual
			w.standins["kimi"].SetMode(standin.Normal)
			_, err = w.Complete(t.Context(), typed(t))
			require.NoError(t, err, "a new day, a new budget")
		})
	}
}

func TestBudgetOfTokensAndOfAllUses(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{providers: []models.Provider{provider(t, "kimi", "kimi")}, all: models.Budget{Tokens: 30}})
		var err error
		calls := 0
		for ; err == nil; calls++ {
			_, err = w.Complete(t.Context(), question("hello"))
		}
		var used *models.BudgetError
		require.ErrorAs(t, err, &used)
		require.Empty(t, used.Use, "all uses together")
		require.Equal(t, time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC), used.Until)
		spent := w.meter.Spent()[""]
		require.Less(t, spent.Tokens(), int64(45))

		again := models.NewDayMeter(models.Budget{Tokens: 30}, nil, time.UTC, time.Now)
		again.Restore(time.Now(), w.meter.Spent())
		_, err = again.Reserve(t.Context(), "reply", models.Spend{})
		require.ErrorAs(t, err, &used, "a restart does not forget")
		again.Restore(time.Now().AddDate(0, 0, -1), nil)
		_, err = again.Reserve(t.Context(), "reply", models.Spend{})
		require.Error(t, err, "another day's figures change nothing")
	})
}

func TestAFreeProviderServesWhenTheMoneyIsSpent(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		free := provider(t, "ollama", "local")
		free.Prices = map[string]models.Price{"*": {}}
		w := newWorld(t, setup{providers: []models.Provider{provider(t, "kimi", "kimi"), free}, use: models.Use{Budget: models.Budget{Money: 1}}})
		got, err := w.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
		require.Equal(t, "kimi", got.Provider)
		got, err = w.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
		require.Equal(t, "local", got.Provider)
		require.Zero(t, got.Spend.Cost)
	})
}

func TestMoneyAndPrices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]models.Money{"0.02": 20_000, "13.5": 13_500_000, "4": 4_000_000, "0.000001": 1, ".5": 500_000} {
		var m models.Money
		require.NoError(t, m.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, m, text)
	}
	for _, text := range []string{"", ".", "-1", "1e3", "0.0000001", "1,5", "99999999999"} {
		require.Error(t, new(models.Money).UnmarshalText([]byte(text)), text)
	}
	deepseek, err := models.Preset("deepseek")
	require.NoError(t, err)
	price := deepseek.Prices["deepseek-flash"]
	require.Equal(t, models.Money(20_000), price.Cached)
	require.Equal(t, models.Money(8_000_000), price.Peak.Output)
}

func TestPeakPrices(t *testing.T) {
	t.Parallel()
	beijing := time.FixedZone("", 8*3600)
	for at, want := range map[string]models.Money{
		"2026-01-05T08:59": 16, "2026-01-05T09:00": 32, "2026-01-05T11:59": 32, "2026-01-05T12:00": 16, "2026-01-05T13:59": 16,
		"2026-01-05T14:00": 32, "2026-01-05T17:59": 32, "2026-01-05T18:00": 16, "2026-01-10T10:00": 16,
	} {
		now, err := time.ParseInLocation("2006-01-02T15:04", at, beijing)
		require.NoError(t, err)
		p := provider(t, "deepseek", "deepseek")
		preset, err := models.Preset("deepseek")
		require.NoError(t, err)
		p.Model, p.Prices = "deepseek-flash", preset.Prices
		s := standin.New(standin.Options{})
		c, err := models.New(models.Config{Providers: []models.Provider{p}, Default: models.Use{Providers: []string{"deepseek"}}},
			models.Options{Transport: s.Transport(), Now: func() time.Time { return now.UTC() }})
		require.NoError(t, err)
		got, err := c.Complete(t.Context(), question("hello"))
		require.NoError(t, err)
		require.Equal(t, models.Usage{Input: 4, Cached: 2, Output: 3}, got.Spend.Usage)
		require.Equal(t, want-1, got.Spend.Cost+models.Money(boolToInt(want == 32)), at) // 14.04 rounded up, 28.08 rounded up
	}
}

func boolToInt(b bool) int {
	if b {
		return 2
	}
	return 0
}
