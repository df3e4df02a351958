package spill_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/spill"
)

// A segment that cannot be read is read again for half a minute before it is set aside; whoever gives it its old name has it back at the next start.
// What stands behind it is drained in any case.
func TestASegmentThatCannotBeReadIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble error
		lasts   time.Duration
		aside   bool
	}{
		"for a moment":                    {trouble: syscall.EIO, lasts: 20 * time.Second},
		"for long":                        {trouble: syscall.EIO, lasts: time.Hour, aside: true},
		"because the process has no file": {trouble: syscall.EMFILE, lasts: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := received
			options := spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: ring(t), Segment: 2000, Now: func() time.Time { return now }}
			first := ""
			options = spill.WithRead(options, func(path string) ([]byte, error) {
				if path == first && now.Sub(received) < c.lasts {
					return nil, &fs.PathError{Op: "read", Path: path, Err: c.trouble}
				}
				return os.ReadFile(path)
			})
			s := open(t, options)
			add(t, s, 0, 40)
			all := segments(t, options.Dir)
			first = all[0]
			var drained []string
			for range int(2 * time.Hour / (500 * time.Millisecond)) {
				part, err := s.Oldest()
				if err != nil {
					require.ErrorIs(t, err, c.trouble)
					now = now.Add(500 * time.Millisecond)
					continue
				}
				if part == nil {
					break
				}
				for _, e := range part.Events {
					drained = append(drained, e.Event.GetId())
				}
				require.NoError(t, s.Remove(part))
			}
			require.True(t, s.Empty())
			if !c.aside {
				require.Equal(t, ids(0, 40), drained)
				require.Zero(t, s.Stats().Broken)
				return
			}
			require.Equal(t, ids(40-len(drained), 40), drained, "what stands behind it")
			require.Equal(t, int64(1), s.Stats().Broken)
			require.GreaterOrEqual(t, now.Sub(received), 30*time.Second)
			require.NoError(t, s.Close())
			require.NoError(t, os.Rename(strings.TrimSuffix(first, ".spill")+".broken", first))
			now = received.Add(2 * time.Hour)
			require.Equal(t, ids(0, 40-len(drained)), drain(t, open(t, options)))
		})
	}
}

// A segment that somebody took away holds up nothing.
func TestASegmentThatIsGoneHoldsUpNothing(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: ring(t), Segment: 2000}
	s := open(t, options)
	add(t, s, 0, 40)
	require.NoError(t, os.Remove(segments(t, options.Dir)[0]))
	_, err := s.Oldest()
	require.ErrorIs(t, err, fs.ErrNotExist)
	left := drain(t, s)
	require.Equal(t, ids(40-len(left), 40), left)
	require.Equal(t, int64(1), s.Stats().Broken)
	require.Zero(t, s.Stats().Waiting)
}

// An event that is set aside is a segment of its own: with a segment's name it is read at the next start.
func TestAnEventIsSetAside(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: ring(t)}
	s := open(t, options)
	add(t, s, 0, 5)
	part, err := s.Oldest()
	require.NoError(t, err)
	for range 2 { // it may be asked for again
		require.NoError(t, s.SetAside(part, event(3).GetId()))
	}
	require.NoError(t, s.Remove(part))
	require.True(t, s.Empty())
	require.Equal(t, int64(1), s.Stats().Broken)
	require.NoError(t, s.Close())
	aside, err := filepath.Glob(filepath.Join(options.Dir, "*"))
	require.NoError(t, err)
	require.Len(t, aside, 1)
	info, err := os.Stat(aside[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Rename(aside[0], filepath.Join(options.Dir, "000000000009.spill")))
	require.Equal(t, ids(3, 4), drain(t, open(t, options)))
}
