package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

// TestAProviderIsMadeOverTheAPI tells the life of a provider: made with a key, asked, changed, kept over a restart, forgotten.
func TestAProviderIsMadeOverTheAPI(t *testing.T) {
	t.Parallel()
	var model *modelstandin.Server
	scenario(t, "10:00", func(w *world) {
		ctx := w.t.Context()
		w.shut()
		w.models = model.Transport()
		w.open()
		service := flowdeskv1.NewModelServiceClient(w.api)
		provider := &flowdeskv1.ModelProvider{
			Name: "modelProviders/kept", Preset: "generic", BaseUri: "https://models.example/v1", Model: "standin-1", Uses: []string{"*"},
			InputPriceMicros: 1_000_000, OutputPriceMicros: 4_000_000,
		}
		put := func(p *flowdeskv1.ModelProvider, key string) (*flowdeskv1.ModelProvider, error) {
			answer, err := service.PutModelProvider(ctx, &flowdeskv1.PutModelProviderRequest{ModelProvider: p, Key: key})
			return answer.GetModelProvider(), err
		}
		test := func() *flowdeskv1.TestModelProviderResponse {
			answer, err := service.TestModelProvider(ctx, &flowdeskv1.TestModelProviderRequest{Name: "modelProviders/kept"})
			require.NoError(w.t, err)
			return answer
		}
		_, err := service.PutModelProvider(ctx, &flowdeskv1.PutModelProviderRequest{ModelProvider: provider, Key: "good", ValidateOnly: true})
		require.NoError(w.t, err)
		listed, err := service.ListModelProviders(ctx, &flowdeskv1.ListModelProvidersRequest{})
		require.NoError(w.t, err)
		require.Empty(w.t, listed.GetModelProviders(), "what was only checked is not there")

		made, err := put(provider, "wrong")
		require.NoError(w.t, err)
		require.True(w.t, made.GetManaged())
		require.True(w.t, made.GetHasKey())
		require.True(w.t, made.GetPriceKnown())
		require.Equal(w.t, []string{"*"}, made.GetUses())
		require.Equal(w.t, flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_BAD_KEY, test().GetOutcome())

		_, err = put(provider, "good")
		require.Equal(w.t, codes.Aborted, status.Code(err), "what is there is not replaced unread: %v", err)
		made, err = put(made, "good")
		require.NoError(w.t, err)
		answer := test()
		require.Equal(w.t, flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_OK, answer.GetOutcome(), "%v", answer)
		require.Positive(w.t, answer.GetCostMicros())
		require.NotEmpty(w.t, answer.GetAnswer())

		// The key stays where it was given for.
		elsewhere := proto.CloneOf(made)
		elsewhere.BaseUri = "https://elsewhere.example/v1"
		_, err = put(elsewhere, "")
		require.Equal(w.t, codes.InvalidArgument, status.Code(err), "%v", err)
		made.Rank = 7
		made, err = put(made, "")
		require.NoError(w.t, err)
		require.EqualValues(w.t, 7, made.GetRank())

		w.shut()
		w.open()
		service = flowdeskv1.NewModelServiceClient(w.api)
		require.Equal(w.t, flowdeskv1.ModelTestOutcome_MODEL_TEST_OUTCOME_OK, test().GetOutcome(), "it is kept")
		secrets, err := flowdeskv1.NewAccessServiceClient(w.api).ListSecrets(ctx, &flowdeskv1.ListSecretsRequest{})
		require.NoError(w.t, err)
		require.Empty(w.t, secrets.GetSecrets(), "it is no secret of a person")

		usage, err := service.ListModelUsage(ctx, &flowdeskv1.ListModelUsageRequest{})
		require.NoError(w.t, err)
		var requests int64
		for _, u := range usage.GetModelUsage() {
			require.Equal(w.t, "test", u.GetUse())
			requests += u.GetRequests()
		}
		require.EqualValues(w.t, 3, requests)

		_, err = service.DeleteModelProvider(ctx, &flowdeskv1.DeleteModelProviderRequest{Name: "modelProviders/kept", Etag: "stale"})
		require.Equal(w.t, codes.Aborted, status.Code(err), "%v", err)
		_, err = service.DeleteModelProvider(ctx, &flowdeskv1.DeleteModelProviderRequest{Name: "modelProviders/kept", Etag: made.GetEtag()})
		require.NoError(w.t, err)
		_, err = service.TestModelProvider(ctx, &flowdeskv1.TestModelProviderRequest{Name: "modelProviders/kept"})
		require.Equal(w.t, codes.NotFound, status.Code(err), "%v", err)
	}, func(w *world) {
		model = modelstandin.New(modelstandin.Options{Key: secret.New("good")})
		w.closers = append(w.closers, model.Close)
		var err error
		w.keys, err = sealed.Parse(sealed.NewKey())
		require.NoError(w.t, err)
	})
}
