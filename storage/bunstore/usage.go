package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type usageRow struct {
	bun.BaseModel `bun:"table:model_usage,alias:model_usage"`

	Day                                                            string `bun:",pk"`
	Provider                                                       string `bun:",pk"`
	Model                                                          string `bun:",pk"`
	Purpose                                                        string `bun:",pk"`
	Requests, Failures, InputTokens, OutputTokens, Cost, Estimated int64
	Seconds                                                        float64
}

func (r *usageRow) message() (*flowdeskv1.ModelUsage, error) {
	return &flowdeskv1.ModelUsage{
		Day: r.Day, Provider: r.Provider, Model: r.Model, Use: r.Purpose, Requests: r.Requests, Failures: r.Failures, InputTokens: r.InputTokens,
		OutputTokens: r.OutputTokens, CostMicros: r.Cost, Estimated: r.Estimated > 0, Seconds: r.Seconds,
	}, nil
}

// AddModelUsage implements storage.UsageStore.
func (s *Store) AddModelUsage(ctx context.Context, usage []*flowdeskv1.ModelUsage) error {
	return s.change(ctx, "add model usage", func(ctx context.Context, tx bun.Tx) error {
		for _, u := range usage {
			row := &usageRow{
				Day: u.GetDay(), Provider: clean(u.GetProvider()), Model: clean(u.GetModel()), Purpose: clean(u.GetUse()), Requests: u.GetRequests(),
				Failures: u.GetFailures(), InputTokens: u.GetInputTokens(), OutputTokens: u.GetOutputTokens(), Cost: u.GetCostMicros(),
				Estimated: flag(u.GetEstimated()), Seconds: u.GetSeconds(),
			}
			insert := tx.NewInsert().Model(row).On("CONFLICT (day, provider, model, purpose) DO UPDATE")
			for _, column := range []string{"requests", "failures", "input_tokens", "output_tokens", "cost", "estimated", "seconds"} {
				insert = insert.Set(column + " = model_usage." + column + " + excluded." + column)
			}
			if _, err := insert.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// ListModelUsage implements storage.UsageStore.
func (s *Store) ListModelUsage(ctx context.Context, filter storage.UsageFilter, page storage.Page) ([]*flowdeskv1.ModelUsage, string, error) {
	l := &listing{filter: filter, page: page, keys: []key{{"day", false}, {"provider", false}, {"model", false}, {"purpose", false}}}
	if filter.FirstDay != "" {
		l.and("day >= ?", filter.FirstDay)
	}
	if filter.LastDay != "" {
		l.and("day <= ?", filter.LastDay)
	}
	rows, next, err := list(ctx, s, "list model usage", l, func(r *usageRow) []string { return []string{r.Day, r.Provider, r.Model, r.Purpose} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*usageRow).message)
	return out, next, err
}
