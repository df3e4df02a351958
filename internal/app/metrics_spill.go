package app

import "github.com/prometheus/client_golang/prometheus"

// spilled tells of the spill when somebody asks.
type spilled struct{ app *App }

//nolint:gochecknoglobals // constants
var (
	spillSpilled = prometheus.NewDesc("flowdesk_spill_spilled_total", "Events that were kept on disk because the database was away.", nil, nil)
	spillDrained = prometheus.NewDesc("flowdesk_spill_drained_total", "Events of the spill that were stored in the database afterwards.", nil, nil)
	spillWaiting = prometheus.NewDesc("flowdesk_spill_events", "Events that are on disk and not in the database.", nil, nil)
	spillBytes   = prometheus.NewDesc("flowdesk_spill_bytes", "Their size on disk.", nil, nil)
	spillOldest  = prometheus.NewDesc("flowdesk_spill_oldest_seconds", "Age of the oldest of them.", nil, nil)
	spillBroken  = prometheus.NewDesc("flowdesk_spill_broken", "Parts of the spill that were set aside for a person.", nil, nil)
	spillOn      = prometheus.NewDesc("flowdesk_spill_active", "1 while callbacks are kept on disk.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *spilled) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{spillSpilled, spillDrained, spillWaiting, spillBytes, spillOldest, spillBroken, spillOn} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *spilled) Collect(out chan<- prometheus.Metric) {
	if c.app.spill == nil {
		return
	}
	stats := c.app.spill.Stats()
	age, on := 0.0, 0.0
	if !stats.Oldest.IsZero() {
		age = c.app.Runner.Now().Sub(stats.Oldest).Seconds()
	}
	if _, spilling := c.app.Runner.Spilling(); spilling {
		on = 1
	}
	for _, m := range []struct {
		desc  *prometheus.Desc
		kind  prometheus.ValueType
		value float64
	}{
		{spillSpilled, prometheus.CounterValue, float64(stats.Spilled)},
		{spillDrained, prometheus.CounterValue, float64(stats.Drained)},
		{spillWaiting, prometheus.GaugeValue, float64(stats.Waiting)},
		{spillBytes, prometheus.GaugeValue, float64(stats.Bytes)},
		{spillOldest, prometheus.GaugeValue, age},
		{spillBroken, prometheus.GaugeValue, float64(stats.Broken)},
		{spillOn, prometheus.GaugeValue, on},
	} {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value)
	}
}
