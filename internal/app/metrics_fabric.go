package app

import "github.com/prometheus/client_golang/prometheus"

// hinted tells of the hints between replicas when somebody asks.
type hinted struct{ app *App }

//nolint:gochecknoglobals // constants
var (
	fabricSent      = prometheus.NewDesc("flowdesk_fabric_sent_total", "Hints to other replicas that were sent.", []string{"kind"}, nil)
	fabricReceived  = prometheus.NewDesc("flowdesk_fabric_received_total", "Hints of other replicas that came.", []string{"kind"}, nil)
	fabricDropped   = prometheus.NewDesc("flowdesk_fabric_dropped_total", "Hints that could not be sent, or were none when they came.", []string{"kind"}, nil)
	fabricConnected = prometheus.NewDesc("flowdesk_fabric_connected", "1 while hints come and go.", []string{"kind"}, nil)
	redisTrip       = prometheus.NewDesc("flowdesk_redis_round_trip_seconds", "How long Redis took for its last answer to a sign of life.", nil, nil)
	redisLost       = prometheus.NewDesc("flowdesk_redis_connections_lost_total", "How often the connection to Redis was lost.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *hinted) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{fabricSent, fabricReceived, fabricDropped, fabricConnected, redisTrip, redisLost} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *hinted) Collect(out chan<- prometheus.Metric) {
	health := c.app.Fabric.Health()
	connected := 0.0
	if health.Connected {
		connected = 1
	}
	out <- prometheus.MustNewConstMetric(fabricSent, prometheus.CounterValue, float64(health.Sent), health.Kind)
	out <- prometheus.MustNewConstMetric(fabricReceived, prometheus.CounterValue, float64(health.Received), health.Kind)
	out <- prometheus.MustNewConstMetric(fabricDropped, prometheus.CounterValue, float64(health.Dropped), health.Kind)
	out <- prometheus.MustNewConstMetric(fabricConnected, prometheus.GaugeValue, connected, health.Kind)
	if c.app.redis == nil {
		return
	}
	state := c.app.redis.State()
	out <- prometheus.MustNewConstMetric(redisTrip, prometheus.GaugeValue, state.Trip.Seconds())
	out <- prometheus.MustNewConstMetric(redisLost, prometheus.CounterValue, float64(state.Downs))
}
