package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

var errNoRoom = fmt.Errorf("%w: no room", storage.ErrUnavailable)

func TestStoringIsTriedWhereItIsDoubtful(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		tries := 0
		var found error
		s := newStoring(func(context.Context) error { tries++; return found })
		s.look(t.Context())
		require.Zero(t, tries, "it has just begun")
		time.Sleep(idleProof)
		s.look(t.Context())
		s.look(t.Context())
		require.Equal(t, 1, tries, "nothing was stored for long; once is enough")
		require.NoError(t, s.err())

		s.told(errors.New("a mistake of the caller's"))
		require.NoError(t, s.err(), "it says nothing of the database")
		s.told(errNoRoom)
		require.ErrorIs(t, s.err(), storage.ErrUnavailable)
		found = errNoRoom
		s.again(t.Context())
		require.Equal(t, 2, tries)
		require.Error(t, s.err(), "still no room")
		found = nil
		s.again(t.Context())
		require.NoError(t, s.err(), "there is room, although nobody committed anything")
		s.again(t.Context())
		require.Equal(t, 3, tries, "nothing is doubtful any more")
		s.told(errNoRoom)
		s.told(nil)
		require.NoError(t, s.err(), "a commit that was stored tells it as well")
	})
}

// A proof that takes for ever holds nobody up, and is not begun twice.
func TestStoringWaitsForNoProof(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		free, tries := make(chan struct{}), 0
		s := newStoring(func(context.Context) error { tries++; <-free; return nil })
		s.told(errNoRoom)
		began := time.Now()
		s.look(t.Context())
		s.look(t.Context())
		require.Equal(t, 2*lookWithin, time.Since(began))
		require.Error(t, s.err(), "what was known stands")
		close(free)
		s.rest(t.Context())
		require.NoError(t, s.err())
		require.Equal(t, 1, tries)
	})
}

// With a spill a server whose database has no room is ready for callbacks, until the spill can keep nothing either.
func TestReadinessTellsOfAFullDisk(t *testing.T) {
	t.Parallel()
	ring, err := sealed.Parse(sealed.NewKey())
	require.NoError(t, err)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		limit int64
		ready bool
	}{
		"room in the spill": {limit: 1 << 20, ready: true},
		"none there either": {limit: 1 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, err := spill.Open(spill.Options{Dir: filepath.Join(dir, name, "spill"), Limit: c.limit, Sealer: ring})
			require.NoError(t, err)
			defer func() { require.NoError(t, kept.Close()) }()
			file := filepath.Join(dir, name, "flowdesk.db")
			a, err := New(t.Context(), Options{Database: "sqlite:" + file, Keys: ring, Spill: kept})
			require.NoError(t, err)
			require.NoError(t, a.ready(t.Context()))
			require.Empty(t, a.degraded())
			require.NoError(t, a.Close())

			a, err = New(t.Context(), Options{Database: "sqlite:" + file, Keys: ring, Spill: kept, SQLite: sqlite.Options{MaxPages: 1}}) // no page more than it has
			require.NoError(t, err)
			defer func() { require.NoError(t, a.Close()) }()
			a.storing.told(errNoRoom) // of a commit
			err = a.ready(t.Context())
			if !c.ready {
				require.ErrorIs(t, err, spill.ErrFull)
				require.ErrorIs(t, err, storage.ErrUnavailable)
				return
			}
			require.NoError(t, err)
			require.Contains(t, a.degraded(), "the database stores nothing (")
			require.Contains(t, a.degraded(), "full", "it was tried, and this is why")
		})
	}
}

// Whoever looks for room on a disk that has some looks in the wrong place.
func TestAFullDiskIsToldFromOtherTrouble(t *testing.T) {
	t.Parallel()
	for said, full := range map[string]bool{
		"store turns: database or disk is full (13)":                                   true,
		"could not extend file \"base/1/2\": No space left on device (SQLSTATE 53100)": true,
		"commit was not acknowledged successfully":                                     false,
		"relation \"space\" is read-only":                                              false,
	} {
		require.Equal(t, full, diskFull(errors.New(said)), said)
	}
}
