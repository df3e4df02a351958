package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics serves the process's figures and the commands by state.
func (a *App) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&commandStates{app: a}, &quarantined{app: a}, &spilled{app: a}, &hinted{app: a}, &worked{app: a}, &sending{app: a}, &modelled{app: a})
	if a.replica != nil {
		registry.MustRegister(&shared{a.replica})
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}) // without the database the rest is told all the same
}

// commandStates counts commands by state when somebody asks.
type commandStates struct{ app *App }

var commandsDesc = prometheus.NewDesc("flowdesk_commands", "Robot commands by state.", []string{"state"}, nil) //nolint:gochecknoglobals // a constant

// Describe implements prometheus.Collector.
func (c *commandStates) Describe(out chan<- *prometheus.Desc) { out <- commandsDesc }

// Collect implements prometheus.Collector.
func (c *commandStates) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := contextFor()
	defer cancel()
	counts, err := c.app.Store.CountCommands(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(commandsDesc, err)
		return
	}
	for state, n := range counts {
		out <- prometheus.MustNewConstMetric(commandsDesc, prometheus.GaugeValue, float64(n), label(state.String(), "COMMAND_STATE_"))
	}
}
