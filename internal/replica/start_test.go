package replica_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/replica"
	"github.com/flowdesk/flowdesk/storage"
)

// silent is a database that answers nothing, whatever it is asked from a step on.
type silent struct {
	replica.Store

	fromTaking bool
}

func (m silent) Beat(ctx context.Context, name string, _ time.Duration) (*storage.Membership, error) {
	if m.fromTaking {
		return &storage.Membership{Members: []storage.Member{{Name: name}}}, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silent) TakeLeases(ctx context.Context, _ string, _ []int32) ([]*storage.Lease, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// jobless works nothing.
type jobless struct{}

func (jobless) Prepare(context.Context, []int32) error { return nil }
func (jobless) Gained([]int32)                         {}
func (jobless) Yield(context.Context, []int32)         {}
func (jobless) Lost([]int32)                           {}

// A start whose database says nothing ends in time, and says that the database is away; one that is called off says that.
func TestStartTellsThatTheDatabaseSaysNothing(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]silent{"from the beginning": {}, "when leases are taken": {fromTaking: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble.Test(t, func(t *testing.T) {
				members := replica.New(store, replica.Options{Name: "a", Log: slog.New(slog.DiscardHandler)})
				began := time.Now()
				require.ErrorIs(t, members.Start(t.Context(), jobless{}), storage.ErrUnavailable)
				require.Equal(t, replica.DefaultTTL, time.Since(began))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := members.Start(ctx, jobless{})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, storage.ErrUnavailable, "the caller's own end says nothing about the database")
			})
		})
	}
}
