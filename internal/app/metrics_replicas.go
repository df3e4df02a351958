package app

import "github.com/prometheus/client_golang/prometheus"

// shared tells how this server shares its database when somebody asks.
type shared struct{ replica *replicated }

//nolint:gochecknoglobals // constants
var (
	replicaMembers    = prometheus.NewDesc("flowdesk_replicas", "Replicas that live, as this one sees it.", nil, nil)
	replicaPartitions = prometheus.NewDesc("flowdesk_partitions", "Partitions of sessions whose lease this replica has.", nil, nil)
	replicaLag        = prometheus.NewDesc("flowdesk_lease_lag_seconds", "Time since this replica's leases were renewed last.", nil, nil)
	replicaFailed     = prometheus.NewDesc("flowdesk_lease_failures_total", "Renewals of leases that failed.", nil, nil)
	replicaMoved      = prometheus.NewDesc("flowdesk_partitions_moved_total", "Partitions that this replica gained or lost.", []string{"way"}, nil)
	replicaRefused    = prometheus.NewDesc("flowdesk_turns_refused_total", "Turns that were run again: their lease had moved on, or an event of the inbox came first.", []string{"reason"}, nil)
	replicaEvents     = prometheus.NewDesc("flowdesk_inbox_events_total", "Events that went through the inbox from replica to replica.", []string{"way"}, nil)
)

// Describe implements prometheus.Collector.
func (c *shared) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{replicaMembers, replicaPartitions, replicaLag, replicaFailed, replicaMoved, replicaRefused, replicaEvents} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *shared) Collect(out chan<- prometheus.Metric) {
	stats, sharing := c.replica.members.Stats(), c.replica.app.Runner.Sharing()
	gauge := func(desc *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	count := func(desc *prometheus.Desc, value int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	gauge(replicaMembers, float64(stats.Members))
	gauge(replicaPartitions, float64(stats.Held))
	gauge(replicaLag, stats.Lag.Seconds())
	count(replicaFailed, stats.Failed)
	count(replicaMoved, stats.Gained, "gained")
	count(replicaMoved, stats.Lost, "lost")
	count(replicaRefused, sharing.Refused, "fence")
	count(replicaRefused, sharing.Overtaken, "inbox")
	count(replicaEvents, sharing.Posted, "posted")
	count(replicaEvents, sharing.TakenUp, "taken up")
}
