package outside

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Managed is a provider that is kept beside the configuration file, and can be changed while calls are under way.
type Managed struct {
	Provider

	Uses                    []string // * stands for all that are not named
	Rank                    int      // lower ones are asked first
	InputPrice, OutputPrice models.Money
}

// ErrNoProvider is a provider that there is not.
var ErrNoProvider = errors.New("there is no such provider of models")

// modelSide are the providers as they are at one time, and the client that asks them.
type modelSide struct {
	client    *models.Client    // nil without providers
	providers []models.Provider // in their order: the file's, then the managed ones
	config    models.Config
}

// side makes the client for the file's providers and further ones.
func (p *Performer) side(file *fileSide, managed []Managed) (*modelSide, error) {
	c, err := file.config.Models.config()
	if err != nil {
		return nil, err
	}
	guard, err := file.config.Models.guard(c.Providers) // the managed ones are not written by who owns the machine: no inside address is opened for them
	if err != nil {
		return nil, err
	}
	c.Uses = maps.Clone(c.Uses)
	if c.Uses == nil {
		c.Uses = make(map[string]models.Use)
	}
	managed = slices.Clone(managed)
	slices.SortStableFunc(managed, func(a, b Managed) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name)) })
	for _, m := range managed {
		provider, err := m.provider()
		if err != nil {
			return nil, err
		}
		c.Providers = append(c.Providers, provider)
		for _, name := range m.Uses {
			if name == everyUse {
				c.Default.Providers = append(slices.Clone(c.Default.Providers), m.Name)
				continue
			}
			use := c.Uses[name]
			use.Providers = append(slices.Clone(use.Providers), m.Name)
			c.Uses[name] = use
		}
	}
	side := &modelSide{providers: c.Providers, config: c}
	if len(c.Providers) == 0 {
		return side, nil
	}
	side.client, err = models.New(c, models.Options{Transport: p.transport, Guard: guard, Meter: p.meter})
	return side, err
}

func (m *Managed) provider() (models.Provider, error) {
	file := Models{Providers: []Provider{m.Provider}}
	c, err := file.config()
	if err != nil {
		return models.Provider{}, err
	}
	provider := c.Providers[0]
	if m.InputPrice > 0 || m.OutputPrice > 0 {
		provider.Prices = map[string]models.Price{"*": {Cached: m.InputPrice, Input: m.InputPrice, Output: m.OutputPrice}}
	}
	return provider, nil
}

// Check says what is wrong with managed providers, without taking them.
func (p *Performer) Check(managed []Managed) error {
	_, err := p.side(p.file.Load(), managed)
	return err
}

// Manage takes the place of the managed providers. Calls under way end with those that they began with; what is known of the health of all
// providers begins anew.
func (p *Performer) Manage(managed []Managed) error {
	side, err := p.side(p.file.Load(), managed)
	if err != nil {
		return fmt.Errorf("models: %w", err)
	}
	p.models.Store(side)
	return nil
}

// OfFile reports whether a provider is one of the configuration file.
func (p *Performer) OfFile(name string) bool {
	c, err := p.file.Load().config.Models.config()
	return err == nil && slices.ContainsFunc(c.Providers, func(provider models.Provider) bool { return provider.Name == name })
}

// Presets are what is known of providers, by name.
func (p *Performer) Presets() ([]*flowdeskv1.ModelPreset, error) {
	all, err := models.Presets()
	if err != nil {
		return nil, err
	}
	out := make([]*flowdeskv1.ModelPreset, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		preset := all[name]
		out = append(out, &flowdeskv1.ModelPreset{
			Id: name, BaseUri: preset.Base, Models: preset.Models, NoKey: preset.Dialect.NoKey, PricedModels: slices.Sorted(maps.Keys(preset.Prices)),
		})
	}
	return out, nil
}

// A test is one short question, whose answer may be thought about.
const (
	testUse     = "test"
	testTimeout = 20 * time.Second
	testTokens  = 512
	testAnswer  = 200 // characters that are shown
)

// Test asks one provider a short question, whatever is known of its health.
func (p *Performer) Test(ctx context.Context, name string) (*flowdeskv1.TestModelProviderResponse, error) {
	side := p.models.Load()
	at := slices.IndexFunc(side.providers, func(provider models.Provider) bool { return provider.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("%s: %w", name, ErrNoProvider)
	}
	guard, err := p.file.Load().config.Models.guard(side.providers[:p.ofFile])
	if err != nil {
		return nil, err
	}
	client, err := models.New(models.Config{Providers: side.providers[at : at+1], Default: models.Use{Providers: []string{name}}},
		models.Options{Transport: p.transport, Guard: guard})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	got, err := client.Complete(ctx, models.Request{
		Use: testUse, Messages: []models.Message{{Role: models.User, Text: "只回复两个字：正常"}}, MaxOutputTokens: testTokens, Timeout: testTimeout,
	})
	var failure *models.CallError
	if errors.As(err, &failure) {
		got.Spend, got.Attempts = failure.Spent, failure.Attempts
	}
	p.usage.note(testUse, got.Attempts)
	answer := &flowdeskv1.TestModelProviderResponse{
		Outcome: outcomeOf(err), Answer: firstOf(got.Text, testAnswer), Seconds: time.Since(began).Seconds(), Tokens: got.Spend.Tokens(),
		CostMicros: int64(got.Spend.Cost),
	}
	if err != nil {
		answer.Detail = shownFault(err)
	}
	return answer, nil
}

// outcomeOf tells what a failure means for who configures the provider.
func outcomeOf(err error) flowdeskv1.ModelTestOutcome {
	var fault *models.Error
	switch {
	case err == nil:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_OK
	case !errors.As(err, &fault):
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_UNREACHABLE
	}
	switch fault.Class {
	case models.ClassBadKey:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_BAD_KEY
	case models.ClassExhausted:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_NO_MONEY
	case models.ClassMissing:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_NO_MODEL
	case models.ClassLimited:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_LIMITED
	case models.ClassBadRequest, models.ClassRefused:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_REFUSED
	case models.ClassBadOutput:
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_BAD_ANSWER
	default:
		if errors.Is(err, context.DeadlineExceeded) {
			return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_TIMEOUT
		}
		return flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_UNREACHABLE
	}
}

// shownFault is what the provider or the network said.
func shownFault(err error) string {
	var fault *models.Error
	if errors.As(err, &fault) {
		err = fault
	}
	return firstOf(err.Error(), 500)
}

func firstOf(text string, n int) string {
	if runes := []rune(strings.TrimSpace(text)); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return strings.TrimSpace(text)
}

// NewManaged is a managed provider with its key.
func NewManaged(shown *flowdeskv1.ModelProvider, key string) Managed {
	return Managed{
		Provider: Provider{Name: shown.GetId(), Preset: shown.GetPreset(), Base: shown.GetBaseUri(), Model: shown.GetModel(), Key: secret.New(key)},
		Uses:     shown.GetUses(), Rank: int(shown.GetRank()), InputPrice: models.Money(shown.GetInputPriceMicros()), OutputPrice: models.Money(shown.GetOutputPriceMicros()),
	}
}
