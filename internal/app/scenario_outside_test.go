package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/outside"
)

// withModel lets the unified flow ask a model.
func withModel(t *testing.T) *flowdeskv1.FlowDefinition {
	t.Helper()
	definition, err := flows.Load("unified")
	require.NoError(t, err)
	for _, n := range definition.GetNodes() {
		if c := n.GetIntentRecognize(); c != nil {
			c.Model = "intent"
		}
		if c := n.GetAiReplyGenerate(); c != nil {
			c.Model = "reply"
		}
	}
	return definition
}

func TestModelAnswersAndItsFailuresFallBack(t *testing.T) {
	t.Parallel()
	for _, mode := range modelstandin.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			scenario(t, "10:00", func(w *world) {
				w.publish("unified", withModel(t))
				w.says("张三", "发票怎么开")
				w.advance(3 * time.Minute)
				all := w.robotsSaid()
				lines := in(customerGroup, all)
				if mode == modelstandin.Hostile {
					require.Empty(t, lines, "what a hostile model says never reaches the customer")
					require.NotEmpty(t, in(staffGroup, all), "a person is told")
					return
				}
				require.Len(t, lines, 1, "answered once, by the model or without it")
				require.Equal(t, "张三", lines[0].at)
				if mode == modelstandin.Normal {
					why := w.why(w.messages()[1].GetId())
					require.Equal(t, "model", why.GetSource())
					require.NotEmpty(t, why.GetModel())
				}
			}, func(w *world) {
				server := modelstandin.New(modelstandin.Options{})
				server.SetMode(mode)
				w.closers = append(w.closers, server.Close)
				w.models = server.Transport()
				w.outside.Models = outside.Models{
					Providers: []outside.Provider{{Preset: "generic", Name: "standin", Base: "https://models.example/v1", Key: secret.New("standin-key"), Model: "standin-1"}},
					Default:   models.Use{Providers: []string{"standin"}},
				}
			})
		})
	}
}

func TestScheduledFlowRunsAtItsTimesOverARestart(t *testing.T) {
	t.Parallel()
	scenario(t, "08:00", func(w *world) {
		definition, err := flowfile.Read([]byte(`
title: 早会提醒
nodes:
  - {id: morning, trigger_schedule: {cron: "0 9 * * *"}}
  - {id: tell, notify: {text: "开早会", targets: [{staff_group: true}]}}
edges:
  - {from: morning, to: tell}
`))
		require.NoError(t, err)
		w.publish("morning", definition)
		w.until("08:59")
		w.silence()
		w.until("09:01")
		require.Equal(t, said{"notify", staffGroup, "开早会", ""}, w.alone())

		w.shut() // over the next two mornings
		w.advance(48 * time.Hour)
		w.open()
		w.advance(time.Minute)
		require.Equal(t, staffGroup, w.alone().group, "of the missed times only the latest is made up for")
		w.until("08:59")
		w.silence()
		w.until("09:01")
		require.Equal(t, staffGroup, w.alone().group)
	})
}
