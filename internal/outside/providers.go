package outside

import (
	"context"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
)

// everyUse stands for all uses that are not named, and for all uses together.
const everyUse = "*"

// meterZone is where the days of budgets begin.
func meterZone() *time.Location { return time.FixedZone("UTC+8", 8*3600) }

func newMeter(c models.Config) *models.DayMeter {
	budgets := make(map[string]models.Budget, len(c.Uses))
	for name, use := range c.Uses {
		budgets[name] = use.Budget
	}
	return models.NewDayMeter(c.Budget, budgets, meterZone(), time.Now)
}

// Providers are the configured providers with their health, without their keys.
func (p *Performer) Providers() []*flowdeskv1.ModelProvider {
	side := p.models.Load()
	out := make([]*flowdeskv1.ModelProvider, 0, len(side.providers))
	for i := range side.providers {
		configured := &side.providers[i]
		health, known := side.client.HealthOf(configured.Name), p.usage.of(configured.Name)
		shown := &flowdeskv1.ModelProvider{
			Id: configured.Name, Model: configured.Model, BaseUri: configured.Base, HasKey: !configured.Key.Empty(), Breaker: health.Breaker,
			ShutOut: health.ShutOut, PausedUntil: moment(health.PausedUntil), PriceKnown: health.Priced, LastError: known.lastError,
			LastErrorTime: moment(known.failed), LastSuccessTime: moment(known.asked),
		}
		for _, use := range slices.Sorted(maps.Keys(side.config.Uses)) {
			if slices.Contains(side.config.Uses[use].Providers, configured.Name) {
				shown.Uses = append(shown.Uses, use)
			}
		}
		if slices.Contains(side.config.Default.Providers, configured.Name) {
			shown.Uses = append(shown.Uses, everyUse)
		}
		out = append(out, shown)
	}
	return out
}

// Budgets are today's budgets, those without a limit left out.
func (p *Performer) Budgets() []*flowdeskv1.ModelBudget {
	config := p.models.Load().config
	spent := p.meter.Spent()
	var out []*flowdeskv1.ModelBudget
	add := func(name, use string, limit models.Budget) {
		if limit.Money == 0 && limit.Tokens == 0 {
			return
		}
		s := spent[use]
		out = append(out, &flowdeskv1.ModelBudget{
			Use: name, LimitMicros: int64(limit.Money), LimitTokens: limit.Tokens, SpentMicros: int64(s.Cost), SpentTokens: s.Tokens(),
		})
	}
	add(everyUse, "", config.Budget)
	for _, use := range slices.Sorted(maps.Keys(config.Uses)) {
		add(use, use, config.Uses[use].Budget)
	}
	return out
}

// Used is what models used since the start, by provider, model and use; its days are empty.
func (p *Performer) Used() []*flowdeskv1.ModelUsage { return p.usage.sum() }

// FlushUsage stores the usage that is not stored yet.
func (p *Performer) FlushUsage(ctx context.Context) error { return p.usage.flush(ctx) }

func moment(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
