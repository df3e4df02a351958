package sqlite_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// A stop may come while a checkpoint runs on the writer's connection.
func TestCloseDuringACheckpoint(t *testing.T) {
	t.Parallel()
	for round := range 150 {
		store, err := sqlite.OpenWith(t.Context(), filepath.Join(t.TempDir(), "store.db"), sqlite.Options{CheckpointAfter: 1})
		require.NoError(t, err)
		for n := range 20 {
			_, err = store.Commit(t.Context(), &storage.Batch{Turns: []*storage.TurnWrite{{Session: strconv.Itoa(n), Event: "e", Data: []byte("turn"), Time: time.Now()}}})
			require.NoError(t, err)
		}
		<-time.After(time.Duration(round) * 25 * time.Microsecond) // each round stops at another place of the checkpoint
		require.NoError(t, store.Close())
	}
}
