package app

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/flowdesk/flowdesk/engine/runner"
)

// worked tells of turns, runs and commands, and of what waits, when somebody asks.
type worked struct{ app *App }

//nolint:gochecknoglobals // constants
var (
	workTurns   = prometheus.NewDesc("flowdesk_turns_total", "Turns that were committed.", nil, nil)
	workBatches = prometheus.NewDesc("flowdesk_commits_total", "Commits in which turns, deliveries and events were stored.", nil, nil)
	workWaiting = prometheus.NewDesc("flowdesk_events_waiting", "Events between their receipt and the end of their turn.", nil, nil)
	workBehind  = prometheus.NewDesc("flowdesk_events_behind", "Events that stand in the inbox alone, because too many wait in memory.", nil, nil)
	workCalls   = prometheus.NewDesc("flowdesk_calls_waiting", "Calls of models, hosts and channels that are under way or wait for a worker.", nil, nil)
	workDelay   = prometheus.NewDesc("flowdesk_message_seconds", "Time from the receipt of a message to the commit of its turn.", nil, nil)
	workRuns    = prometheus.NewDesc("flowdesk_runs_ended_total", "Runs of flows that ended, by how.", []string{"status"}, nil)
	workSettled = prometheus.NewDesc("flowdesk_commands_settled_total", "Commands that came to an end, by which; one that was sent again by hand counts again.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (c *worked) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{workTurns, workBatches, workWaiting, workBehind, workCalls, workDelay, workRuns, workSettled} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *worked) Collect(out chan<- prometheus.Metric) {
	f := c.app.Runner.Figures()
	out <- prometheus.MustNewConstMetric(workTurns, prometheus.CounterValue, float64(f.Turns))
	out <- prometheus.MustNewConstMetric(workBatches, prometheus.CounterValue, float64(f.Batches))
	out <- prometheus.MustNewConstMetric(workWaiting, prometheus.GaugeValue, float64(f.Waiting))
	out <- prometheus.MustNewConstMetric(workBehind, prometheus.GaugeValue, float64(f.Behind))
	out <- prometheus.MustNewConstMetric(workCalls, prometheus.GaugeValue, float64(f.Calls))
	count, buckets := uint64(0), make(map[float64]uint64, len(runner.DelayBounds))
	for i, n := range f.Delays.Counts {
		count += uint64(n)
		if i < len(runner.DelayBounds) {
			buckets[runner.DelayBounds[i].Seconds()] = count
		}
	}
	out <- prometheus.MustNewConstHistogram(workDelay, count, f.Delays.Sum.Seconds(), buckets)
	for status, n := range f.Runs {
		out <- prometheus.MustNewConstMetric(workRuns, prometheus.CounterValue, float64(n), label(status.String(), "INSTANCE_STATUS_"))
	}
	for state, n := range f.Commands {
		out <- prometheus.MustNewConstMetric(workSettled, prometheus.CounterValue, float64(n), label(state.String(), "COMMAND_STATE_"))
	}
}

// label is an enum's value as labels have it.
func label(name, prefix string) string { return strings.ToLower(strings.TrimPrefix(name, prefix)) }
