package outside

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
)

// UsageStore keeps what models used.
type UsageStore interface {
	AddModelUsage(ctx context.Context, usage []*flowdeskv1.ModelUsage) error
}

// Usage is gathered in memory and stored together: a model answers in seconds, and a row for each answer would only be summed up again. What was
// gathered since the last time is lost with the process when that does not end in order.
const (
	storeAfter   = 5 * time.Second
	storeTimeout = 5 * time.Second
)

type usageKey struct{ day, provider, model, use string }

// seen is what is known of a provider since the start.
type seen struct {
	lastError     string
	failed, asked time.Time
}

// usageBook gathers usage.
type usageBook struct {
	mu      sync.Mutex
	waiting map[usageKey]*flowdeskv1.ModelUsage
	total   map[usageKey]*flowdeskv1.ModelUsage // since the start, of no day
	seen    map[string]seen
	store   UsageStore
	zone    func() *time.Location
	log     *slog.Logger
	alarm   *time.Timer
	storing sync.Mutex // one after the other, so that a flush ends after those before it
}

func (b *usageBook) init() {
	b.waiting, b.total, b.seen = make(map[usageKey]*flowdeskv1.ModelUsage), make(map[usageKey]*flowdeskv1.ModelUsage), make(map[string]seen)
	b.zone = func() *time.Location { return time.UTC }
}

// KeepUsage says where usage is stored and in which zone its days begin. It must be called before calls are performed.
func (p *Performer) KeepUsage(store UsageStore, log *slog.Logger, zone func() *time.Location) {
	p.usage.mu.Lock()
	defer p.usage.mu.Unlock()
	p.usage.store, p.usage.log, p.usage.zone = store, log, zone
}

// note adds the attempts of a call. Those that were skipped asked nobody.
func (b *usageBook) note(use string, attempts []models.Attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	day := now.In(b.zone()).Format(time.DateOnly)
	for _, a := range attempts {
		if a.Class == models.ClassSkipped {
			continue
		}
		entry(b.waiting, usageKey{day, a.Provider, a.Model, use}).add(a)
		entry(b.total, usageKey{"", a.Provider, a.Model, use}).add(a)
		known := b.seen[a.Provider]
		if a.Class == 0 {
			known.asked = now
		} else {
			known.failed, known.lastError = now, a.Problem
		}
		b.seen[a.Provider] = known
	}
	if b.store != nil && b.alarm == nil && len(b.waiting) > 0 {
		b.alarm = time.AfterFunc(storeAfter, b.storeLater)
	}
}

// tally is usage that attempts are added to.
type tally struct{ *flowdeskv1.ModelUsage }

func entry(of map[usageKey]*flowdeskv1.ModelUsage, key usageKey) tally {
	u := of[key]
	if u == nil {
		u = &flowdeskv1.ModelUsage{Day: key.day, Provider: key.provider, Model: key.model, Use: key.use}
		of[key] = u
	}
	return tally{u}
}

func (u tally) add(a models.Attempt) {
	u.Requests++
	u.InputTokens += a.Spend.Usage.Input
	u.OutputTokens += a.Spend.Usage.Output
	u.CostMicros += int64(a.Spend.Cost)
	u.Estimated = u.GetEstimated() || a.Spend.Estimated
	u.Seconds += a.Latency.Seconds()
	if a.Class != 0 {
		u.Failures++
	}
}

// sum is what was used since the start, by provider, model and use; its days are empty.
func (b *usageBook) sum() []*flowdeskv1.ModelUsage {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*flowdeskv1.ModelUsage, 0, len(b.total))
	for _, u := range b.total {
		out = append(out, proto.CloneOf(u))
	}
	return out
}

func (b *usageBook) storeLater() {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout) //nolint:forbidigo // it has a time of its own
	defer cancel()
	if err := b.flush(ctx); err != nil {
		b.log.Error("store the usage of models", "error", err)
	}
}

// flush stores what was gathered; what cannot be stored waits for the next time.
func (b *usageBook) flush(ctx context.Context) error {
	b.storing.Lock()
	defer b.storing.Unlock()
	b.mu.Lock()
	if b.alarm != nil {
		b.alarm.Stop()
		b.alarm = nil
	}
	waiting, store := b.waiting, b.store
	if store == nil || len(waiting) == 0 {
		b.mu.Unlock()
		return nil
	}
	b.waiting = make(map[usageKey]*flowdeskv1.ModelUsage)
	b.mu.Unlock()
	usage := make([]*flowdeskv1.ModelUsage, 0, len(waiting))
	for _, u := range waiting {
		usage = append(usage, u)
	}
	err := store.AddModelUsage(ctx, usage)
	if err != nil {
		b.giveBack(waiting)
	}
	return err
}

func (b *usageBook) giveBack(waiting map[usageKey]*flowdeskv1.ModelUsage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, u := range waiting {
		since := b.waiting[key]
		if since == nil {
			b.waiting[key] = u
			continue
		}
		since.Requests, since.Failures = since.GetRequests()+u.GetRequests(), since.GetFailures()+u.GetFailures()
		since.InputTokens, since.OutputTokens = since.GetInputTokens()+u.GetInputTokens(), since.GetOutputTokens()+u.GetOutputTokens()
		since.CostMicros, since.Seconds = since.GetCostMicros()+u.GetCostMicros(), since.GetSeconds()+u.GetSeconds()
		since.Estimated = since.GetEstimated() || u.GetEstimated()
	}
	if b.alarm == nil {
		b.alarm = time.AfterFunc(storeAfter, b.storeLater)
	}
}

func (b *usageBook) close() {
	if b.store != nil {
		b.storeLater()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.store = nil
	if b.alarm != nil {
		b.alarm.Stop()
	}
}

func (b *usageBook) of(provider string) seen {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[provider]
}
