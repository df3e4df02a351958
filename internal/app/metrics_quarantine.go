package app

import "github.com/prometheus/client_golang/prometheus"

// quarantined counts the events that wait for a person when somebody asks.
type quarantined struct{ app *App }

//nolint:gochecknoglobals // a constant
var quarantinedDesc = prometheus.NewDesc("flowdesk_quarantined_events", "Events that were put aside because their turn failed too often.", nil, nil)

// Describe implements prometheus.Collector.
func (c *quarantined) Describe(out chan<- *prometheus.Desc) { out <- quarantinedDesc }

// Collect implements prometheus.Collector.
func (c *quarantined) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := contextFor()
	defer cancel()
	n, err := c.app.Store.CountQuarantine(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(quarantinedDesc, err)
		return
	}
	out <- prometheus.MustNewConstMetric(quarantinedDesc, prometheus.GaugeValue, float64(n))
}
