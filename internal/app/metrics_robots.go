package app

import "github.com/prometheus/client_golang/prometheus"

// sending tells of the queue of commands, of robots, their breakers and limits when somebody asks.
type sending struct{ app *App }

//nolint:gochecknoglobals // constants
var (
	sendOverdue = prometheus.NewDesc("flowdesk_commands_due", "Commands that may leave now and have not.", nil, nil)
	sendLag     = prometheus.NewDesc("flowdesk_command_lag_seconds", "Since when the first of them may leave.", nil, nil)
	sendFlying  = prometheus.NewDesc("flowdesk_platform_requests", "Requests to platforms of robots that are under way.", nil, nil)
	sendPermits = prometheus.NewDesc("flowdesk_limiter_requests_total", "Requests to platforms for which the limits were asked.", nil, nil)
	sendWaited  = prometheus.NewDesc("flowdesk_limiter_wait_seconds_total", "Time for which they waited.", nil, nil)
	robotWaits  = prometheus.NewDesc("flowdesk_robot_commands", "Commands before a robot: waiting have not left, unconfirmed stand at its phone.", []string{"robot", "state"}, nil)
	robotTrips  = prometheus.NewDesc("flowdesk_robot_breaker_open", "1 while the breaker pauses the robot.", []string{"robot"}, nil)
	robotRests  = prometheus.NewDesc("flowdesk_robot_pause_seconds", "For how long nothing will be sent to the robot: its breaker, or a pause that its platform asked for.", []string{"robot"}, nil)
)

// Describe implements prometheus.Collector.
func (c *sending) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{sendOverdue, sendLag, sendFlying, sendPermits, sendWaited, robotWaits, robotTrips, robotRests} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *sending) Collect(out chan<- prometheus.Metric) {
	f := c.app.Outbox.Figures()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	gauge(sendOverdue, float64(f.Overdue))
	gauge(sendLag, f.Lag.Seconds())
	gauge(sendFlying, float64(f.Flying))
	out <- prometheus.MustNewConstMetric(sendPermits, prometheus.CounterValue, float64(f.Permits))
	out <- prometheus.MustNewConstMetric(sendWaited, prometheus.CounterValue, f.Waited.Seconds())
	for id, r := range f.Robots {
		gauge(robotWaits, float64(r.Waiting), id, "waiting")
		gauge(robotWaits, float64(r.Unconfirmed), id, "unconfirmed")
		gauge(robotTrips, truth(r.Tripped), id)
		gauge(robotRests, r.Rests.Seconds(), id)
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
