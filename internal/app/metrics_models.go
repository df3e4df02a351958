package app

import "github.com/prometheus/client_golang/prometheus"

// modelled tells of models, their breakers and their cost when somebody asks.
type modelled struct{ app *App }

const microsPerYuan = 1e6

//nolint:gochecknoglobals // constants
var (
	modelBy       = []string{"provider", "model", "use"}
	modelAsked    = prometheus.NewDesc("flowdesk_model_requests_total", "Requests to models.", modelBy, nil)
	modelFailed   = prometheus.NewDesc("flowdesk_model_failures_total", "Requests to models that failed.", modelBy, nil)
	modelSeconds  = prometheus.NewDesc("flowdesk_model_seconds_total", "Time that requests to models took.", modelBy, nil)
	modelTokens   = prometheus.NewDesc("flowdesk_model_tokens_total", "Tokens of questions (input) and answers (output).", append(modelBy[:len(modelBy):len(modelBy)], "kind"), nil)
	modelCost     = prometheus.NewDesc("flowdesk_model_cost_yuan_total", "Cost of requests to models whose price is known.", modelBy, nil)
	modelBreaker  = prometheus.NewDesc("flowdesk_model_breaker_open", "1 while a provider is left alone: its breaker is open, or its key, money or model must be mended.", []string{"provider"}, nil)
	modelSpent    = prometheus.NewDesc("flowdesk_model_budget_spent_yuan", "What was spent of today's budget of a use; * is the one of all together.", []string{"use"}, nil)
	modelBudgeted = prometheus.NewDesc("flowdesk_model_budget_yuan", "Today's budget of a use; * is the one of all together.", []string{"use"}, nil)
)

// Describe implements prometheus.Collector.
func (c *modelled) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{modelAsked, modelFailed, modelSeconds, modelTokens, modelCost, modelBreaker, modelSpent, modelBudgeted} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *modelled) Collect(out chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, u := range c.app.outside.Used() {
		by := []string{u.GetProvider(), u.GetModel(), u.GetUse()}
		count(modelAsked, float64(u.GetRequests()), by...)
		count(modelFailed, float64(u.GetFailures()), by...)
		count(modelSeconds, u.GetSeconds(), by...)
		count(modelTokens, float64(u.GetInputTokens()), append(by, "input")...)
		count(modelTokens, float64(u.GetOutputTokens()), append(by, "output")...)
		count(modelCost, float64(u.GetCostMicros())/microsPerYuan, by...)
	}
	for _, p := range c.app.outside.Providers() {
		gauge(modelBreaker, truth(p.GetBreaker() == "open" || p.GetShutOut()), p.GetId())
	}
	for _, b := range c.app.outside.Budgets() {
		if b.GetLimitMicros() > 0 {
			gauge(modelSpent, float64(b.GetSpentMicros())/microsPerYuan, b.GetUse())
			gauge(modelBudgeted, float64(b.GetLimitMicros())/microsPerYuan, b.GetUse())
		}
	}
}
