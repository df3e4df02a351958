package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

// A configuration may name a secret before it was put: only a server that runs can take it. And a server whose secret was deleted starts again.
func TestASecretThatIsNotThereYetDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	scenario(t, "10:00", func(w *world) {
		ctx := w.t.Context()
		restart := func() {
			w.shut()
			w.open()
		}
		w.shut()
		ring, err := sealed.Parse(sealed.NewKey())
		require.NoError(w.t, err)
		w.keys = ring
		w.models = modelstandin.New(modelstandin.Options{Key: secret.New("good")}).Transport()
		w.outside.Models = outside.Models{
			Providers: []outside.Provider{{Preset: "generic", Name: "named", Base: "https://models.example/v1", Key: secret.New("${secret:model}"), Model: "standin-1"}},
		}
		w.open()
		providers := func() []*flowdeskv1.ModelProvider {
			listed, err := flowdeskv1.NewModelServiceClient(w.api).ListModelProviders(ctx, &flowdeskv1.ListModelProvidersRequest{})
			require.NoError(w.t, err)
			return listed.GetModelProviders()
		}
		require.Empty(w.t, providers(), "it is not used until its key is there")
		access := flowdeskv1.NewAccessServiceClient(w.api)
		_, err = access.PutSecret(ctx, &flowdeskv1.PutSecretRequest{Name: "secrets/model", Value: "good"})
		require.NoError(w.t, err)
		require.Len(w.t, providers(), 1)
		restart()
		require.Len(w.t, providers(), 1)
		access = flowdeskv1.NewAccessServiceClient(w.api)
		_, err = access.DeleteSecret(ctx, &flowdeskv1.DeleteSecretRequest{Name: "secrets/model"})
		require.NoError(w.t, err)
		restart()
		require.Empty(w.t, providers())
	})
}
