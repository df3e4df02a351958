package outside_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/outside"
)

// shelf is where usage is stored.
type shelf struct {
	mu     sync.Mutex
	broken error
	kept   []*flowdeskv1.ModelUsage
}

// AddModelUsage implements outside.UsageStore.
func (s *shelf) AddModelUsage(_ context.Context, usage []*flowdeskv1.ModelUsage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.kept = append(s.kept, usage...)
	}
	return s.broken
}

func ask(ctx context.Context, p *outside.Performer) *flowdeskv1.CallAnswer {
	return p.Perform(ctx, &flowdeskv1.Call{
		Id: "c1", Timeout: durationpb.New(5 * time.Second),
		Request: &flowdeskv1.Call_Model{Model: &flowdeskv1.ModelRequest{Use: "reply", Messages: []*flowdeskv1.ModelMessage{{Role: "user", Text: "你好"}}}},
	})
}

func TestUsageIsKeptAndKeysAreNot(t *testing.T) {
	t.Parallel()
	server := modelstandin.New(modelstandin.Options{})
	t.Cleanup(server.Close)
	p, err := outside.New(outside.Config{Models: outside.Models{
		Providers: []outside.Provider{{Preset: "generic", Name: "standin", Base: "https://models.example/v1", Key: secret.New("standin-key"), Model: "standin-1"}},
		Default:   models.Use{Providers: []string{"standin"}}, Budget: models.Budget{Tokens: 1_000_000},
	}}, server.Transport())
	require.NoError(t, err)
	s := &shelf{broken: errors.New("the disk is full")}
	p.KeepUsage(s, slog.New(slog.DiscardHandler), func() *time.Location { return time.UTC })
	require.Equal(t, flowdeskv1.CallOutcome_CALL_OUTCOME_OK, ask(t.Context(), p).GetOutcome())
	require.Error(t, p.FlushUsage(t.Context()))
	s.broken = nil
	require.Equal(t, flowdeskv1.CallOutcome_CALL_OUTCOME_OK, ask(t.Context(), p).GetOutcome())
	require.NoError(t, p.FlushUsage(t.Context()))
	require.Len(t, s.kept, 1)
	require.EqualValues(t, 2, s.kept[0].GetRequests(), "what could not be stored is stored later")
	require.Positive(t, s.kept[0].GetInputTokens())
	require.Equal(t, "reply", s.kept[0].GetUse())

	shown := p.Providers()
	require.Len(t, shown, 1)
	require.True(t, shown[0].GetHasKey())
	require.NotContains(t, fmt.Sprint(shown), "standin-key")
	require.Equal(t, "closed", shown[0].GetBreaker())
	require.Equal(t, []string{"*"}, shown[0].GetUses())
	require.NotNil(t, shown[0].GetLastSuccessTime())
	require.Empty(t, shown[0].GetLastError())
	budgets := p.Budgets()
	require.Len(t, budgets, 1)
	require.Equal(t, s.kept[0].GetInputTokens()+s.kept[0].GetOutputTokens(), budgets[0].GetSpentTokens())

	server.SetMode(modelstandin.Unauthorized) // it repeats the key
	require.Equal(t, flowdeskv1.CallOutcome_CALL_OUTCOME_FAILED, ask(t.Context(), p).GetOutcome())
	require.NotEmpty(t, p.Providers()[0].GetLastError())
	require.NotContains(t, p.Providers()[0].GetLastError(), "standin-key")
	require.True(t, p.Providers()[0].GetShutOut())
	p.Close()
	failures := int64(0)
	for _, u := range s.kept {
		failures += u.GetFailures()
	}
	require.Positive(t, failures, "the last usage is stored at the end")
}
