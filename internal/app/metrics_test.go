package app_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/models"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/outside"
)

// measured is the value of a metric with its labels; a metric that is not there fails.
func (w *world) measured(name string) float64 {
	w.t.Helper()
	line := figure(w.t, w.app, name+" ")
	require.NotEmpty(w.t, line, "/metrics has %s", name)
	value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
	require.NoError(w.t, err)
	return value
}

func TestMetricsTellWhatWaitsAndWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		require.Zero(t, w.measured(`flowdesk_commands_settled_total{state="completed"}`))
		w.says("张三", "发票怎么开")
		w.advance(2 * time.Hour)
		require.InDelta(t, 1, w.measured(`flowdesk_runs_ended_total{status="completed"}`), 0)
		require.InDelta(t, 1, w.measured(`flowdesk_commands_settled_total{state="completed"}`), 0)
		require.GreaterOrEqual(t, w.measured(`flowdesk_turns_total`), 2.0, "the message, and the result of the send")
		require.Positive(t, w.measured(`flowdesk_message_seconds_count`))
		require.InDelta(t, w.measured(`flowdesk_message_seconds_count`), w.measured(`flowdesk_message_seconds_bucket{le="60"}`), 0)
		require.Positive(t, w.measured(`flowdesk_limiter_requests_total`))
		require.Zero(t, w.measured(`flowdesk_events_waiting`))
		require.Zero(t, w.measured(`flowdesk_commands_due`))
		require.Zero(t, w.measured(`flowdesk_robot_breaker_open{robot="day"}`))

		// the robot fails for good: its breaker opens, what is due waits, and a person is told
		require.NoError(t, w.sim.SetMode("sim-day", standin.Mode{FailCode: 201102, FailTimes: 1000}))
		for range 6 {
			w.says("张三", "发票怎么开")
			w.advance(4 * time.Minute)
		}
		require.Positive(t, w.measured(`flowdesk_commands_settled_total{state="manual"}`))
	})
}

func TestMetricsTellOfModels(t *testing.T) {
	t.Parallel()
	var server *modelstandin.Server
	scenario(t, "10:00", func(w *world) {
		w.publish("unified", withModel(t))
		w.says("张三", "发票怎么开")
		w.advance(3 * time.Minute)
		require.Positive(t, w.measured(`flowdesk_model_requests_total{model="deepseek-flash",provider="standin",use="reply"}`))
		require.Positive(t, w.measured(`flowdesk_model_tokens_total{kind="input",model="deepseek-flash",provider="standin",use="reply"}`))
		require.Positive(t, w.measured(`flowdesk_model_cost_yuan_total{model="deepseek-flash",provider="standin",use="reply"}`))
		require.Zero(t, w.measured(`flowdesk_model_failures_total{model="deepseek-flash",provider="standin",use="reply"}`))
		require.Zero(t, w.measured(`flowdesk_model_breaker_open{provider="standin"}`))
	}, func(w *world) {
		server = modelstandin.New(modelstandin.Options{})
		w.closers = append(w.closers, server.Close)
		w.models = server.Transport()
		w.outside.Models = outside.Models{
			Providers: []outside.Provider{{
				Preset: "deepseek", Name: "standin", Base: "https://models.example/v1", Key: secret.New("standin-key"), Model: "deepseek-flash",
			}},
			Default: models.Use{Providers: []string{"standin"}},
		}
	})
}
