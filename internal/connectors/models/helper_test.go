package models_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const key = "sk-canary-0123456789abcdef"

// provider is a preset, ready to be asked at a stand-in.
func provider(t *testing.T, preset, name string) models.Provider {
	t.Helper()
	p, err := models.Preset(preset)
	require.NoError(t, err)
	p.Name, p.Key, p.Model = name, secret.New(key), "stand-in"
	if p.Base == "" {
		p.Base = "http://stand-in.example/v1"
	}
	p.Limits = models.Limits{}
	p.Prices = map[string]models.Price{"*": {Cached: models.Yuan, Input: 2 * models.Yuan, Output: 8 * models.Yuan}}
	return p
}

// world is a client with one stand-in per provider.
type world struct {
	*models.Client
	standins map[string]*standin.Server
	mu       sync.Mutex
	alerts   []error
	meter    *models.DayMeter
}

type setup struct {
	providers []models.Provider
	options   standin.Options
	use       models.Use
	all       models.Budget
}

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{standins: map[string]*standin.Server{}}
	byHost := hosts{}
	for i := range s.providers {
		p := &s.providers[i]
		p.Base = "http://" + p.Name + ".example/v1"
		w.standins[p.Name] = standin.New(s.options)
		t.Cleanup(w.standins[p.Name].Close)
		byHost[p.Name+".example"] = w.standins[p.Name].Transport()
		s.use.Providers = append(s.use.Providers, p.Name)
	}
	w.meter = models.NewDayMeter(s.all, map[string]models.Budget{"reply": s.use.Budget}, time.UTC, time.Now)
	c, err := models.New(
		models.Config{Providers: s.providers, Uses: map[string]models.Use{"reply": s.use}, Budget: s.all},
		models.Options{Transport: byHost, Meter: w.meter, Alert: func(_ string, err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alerts = append(w.alerts, err)
		}},
	)
	require.NoError(t, err)
	w.Client = c
	return w
}

func question(text string) models.Request {
	return models.Request{Use: "reply", System: "be kind", Messages: []models.Message{{Role: models.User, Text: text}}, MaxOutputTokens: 200}
}

func typed(t *testing.T) models.Request {
	t.Helper()
	out, err := models.SchemaOutput("intent", []byte(`{"type":"object","additionalProperties":false,"required":["intent","score"],
		"properties":{"intent":{"type":"string","enum":["complaint","question"]},"score":{"type":"number"}}}`))
	require.NoError(t, err)
	r := question("where is my order")
	r.Output = out
	return r
}
