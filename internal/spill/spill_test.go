package spill_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
)

var received = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func event(n int) *flowdeskv1.Event {
	return &flowdeskv1.Event{
		Id: fmt.Sprintf("event-%05d", n), ReceivedAt: timestamppb.New(received.Add(time.Duration(n) * time.Second)),
		Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{Robot: "day", GroupName: "客户群", Text: fmt.Sprintf("第%d句", n)}},
	}
}

func ring(t *testing.T) *sealed.Ring {
	t.Helper()
	r, err := sealed.Parse(sealed.NewKey())
	require.NoError(t, err)
	return r
}

func open(t *testing.T, options spill.Options) *spill.Spill {
	t.Helper()
	s, err := spill.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// add keeps events and waits until they are.
func add(t *testing.T, s *spill.Spill, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		done := make(chan error, 1)
		s.Add(event(n), false, func(err error) { done <- err })
		require.NoError(t, <-done)
	}
}

// drain reads and removes everything.
func drain(t *testing.T, s *spill.Spill) (ids []string) {
	t.Helper()
	for {
		part, err := s.Oldest()
		require.NoError(t, err)
		if part == nil {
			require.True(t, s.Empty())
			return ids
		}
		for _, e := range part.Events {
			ids = append(ids, e.Event.GetId())
		}
		require.NoError(t, s.Remove(part))
	}
}

func ids(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, event(n).GetId())
	}
	return list
}

func TestWhatIsKeptComesBackInOrderOverRestarts(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: ring(t), Segment: 2000}
	s := open(t, options)
	add(t, s, 0, 40)
	part, err := s.Oldest()
	require.NoError(t, err)
	require.False(t, part.Found)
	require.Empty(t, cmp.Diff(event(0), part.Events[0].Event, protocmp.Transform()))
	first := len(part.Events)
	require.Less(t, first, 40)
	require.NoError(t, s.Remove(part))
	require.NoError(t, s.Close())

	s = open(t, options)
	stats := s.Stats()
	require.Equal(t, int64(40-first), stats.Waiting)
	require.Equal(t, received.Add(time.Duration(first)*time.Second), stats.Oldest)
	add(t, s, 40, 50)
	part, err = s.Oldest()
	require.NoError(t, err)
	require.True(t, part.Found)
	require.True(t, part.Events[0].Perhaps, "an earlier process may have stored it")
	require.Equal(t, ids(first, 50), drain(t, s))
	stats = s.Stats()
	require.Equal(t, spill.Stats{Spilled: 10, Drained: int64(50 - first)}, stats)
	left, err := os.ReadDir(options.Dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOnlyItsOwnerReadsIt(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: filepath.Join(t.TempDir(), "spill"), Sealer: ring(t)}
	s := open(t, options)
	add(t, s, 0, 3)
	for path, mode := range map[string]os.FileMode{options.Dir: 0o700, segments(t, options.Dir)[0]: 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), path)
	}
	data, err := os.ReadFile(segments(t, options.Dir)[0])
	require.NoError(t, err)
	require.NotContains(t, string(data), "客户群")
	require.NotContains(t, string(data), "event-0000")
	require.NoError(t, s.Close())

	options.Sealer = ring(t)
	_, err = spill.Open(options)
	require.ErrorIs(t, err, spill.ErrSealed)
	require.ErrorContains(t, err, "give the key that it was sealed with")
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.spill"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// A write that the process did not finish was acknowledged to nobody: whatever of it is there is cut off, what stands before it comes back.
func TestATornEndIsCutOff(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: t.TempDir(), Sealer: ring(t)}
	s := open(t, options)
	add(t, s, 0, 4)
	require.NoError(t, s.Close())
	path := segments(t, options.Dir)[0]
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	size := len(whole) / 4 // the events are equally long
	for length := range whole {
		require.NoError(t, os.WriteFile(path, whole[:length], 0o600))
		s := open(t, options)
		require.Equal(t, ids(0, length/size), drain(t, s), "of %d bytes", length)
		require.Zero(t, s.Stats().Broken)
		require.NoError(t, s.Close())
	}
	require.NoError(t, os.WriteFile(path, append(whole[:len(whole):len(whole)], make([]byte, 512)...), 0o600))
	require.Equal(t, ids(0, 4), drain(t, open(t, options)), "space that nobody wrote to")
}

// A byte that changed on the disk costs the event in which it stands. That event is set aside and counted; its neighbours come back.
func TestAFlippedByteCostsOneEventAndIsSeen(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: t.TempDir(), Sealer: ring(t)}
	s := open(t, options)
	add(t, s, 0, 4)
	require.NoError(t, s.Close())
	path := segments(t, options.Dir)[0]
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	size := len(whole) / 4
	for at := range whole {
		spoilt := append([]byte(nil), whole...)
		spoilt[at] ^= 0x10
		require.NoError(t, os.WriteFile(path, spoilt, 0o600))
		s := open(t, options)
		want := append(ids(0, at/size), ids(at/size+1, 4)...)
		require.Equal(t, want, drain(t, s), "byte %d", at)
		require.Equal(t, int64(1), s.Stats().Broken, "byte %d", at)
		require.NoError(t, s.Close())
		aside, err := filepath.Glob(filepath.Join(options.Dir, "*.broken"))
		require.NoError(t, err)
		require.Len(t, aside, 1)
		kept, err := os.ReadFile(aside[0])
		require.NoError(t, err)
		require.Equal(t, spoilt[at/size*size:(at/size+1)*size], kept)
		require.NoError(t, os.Remove(aside[0]))
	}
}

func TestBeyondItsLimitNothingIsKept(t *testing.T) {
	t.Parallel()
	options := spill.Options{Dir: t.TempDir(), Sealer: ring(t), Limit: 2000, Segment: 500}
	s := open(t, options)
	kept := 0
	for {
		done := make(chan error, 1)
		s.Add(event(kept), false, func(err error) { done <- err })
		if err := <-done; err != nil {
			require.ErrorIs(t, err, spill.ErrFull)
			break
		}
		kept++
	}
	require.Positive(t, kept)
	require.LessOrEqual(t, s.Stats().Bytes, options.Limit)
	part, err := s.Oldest()
	require.NoError(t, err)
	require.NoError(t, s.Remove(part))
	add(t, s, kept, kept+1)
	require.Equal(t, ids(len(part.Events), kept+1), drain(t, s))
}

// Many that wait share one sync.
func TestManyShareASync(t *testing.T) {
	t.Parallel()
	disk := &disk{}
	s := open(t, disk.options(spill.Options{Dir: t.TempDir(), Sealer: ring(t)}))
	disk.block()
	var done sync.WaitGroup
	for n := range 500 {
		done.Add(1)
		s.Add(event(n), n%2 == 0, func(err error) {
			defer done.Done()
			if err != nil {
				t.Error(err)
			}
		})
	}
	disk.unblock()
	done.Wait()
	require.LessOrEqual(t, disk.syncs.Load(), int64(3), "the first may be alone")
	part, err := s.Oldest()
	require.NoError(t, err)
	for n, e := range part.Events {
		require.Equal(t, event(n).GetId(), e.Event.GetId())
		require.Equal(t, n%2 == 0, e.Perhaps)
	}
}

var errDisk = errors.New("no space left on device")

// What the disk does not take is refused, leaves nothing behind, and does no harm to what comes when there is room again.
func TestAFullDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d *disk){
		"half a write":       func(d *disk) { d.short.Store(true) },
		"a sync that fails":  func(d *disk) { d.unsynced.Store(true) },
		"no file can be cut": func(d *disk) { d.short.Store(true); d.uncut.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := &disk{}
			options := disk.options(spill.Options{Dir: t.TempDir(), Sealer: ring(t)})
			s := open(t, options)
			add(t, s, 0, 2)
			spoil(disk)
			done := make(chan error, 1)
			s.Add(event(9), false, func(err error) { done <- err })
			require.ErrorIs(t, <-done, errDisk)
			require.ErrorIs(t, s.Check(), errDisk)
			disk.heal()
			add(t, s, 2, 4)
			require.NoError(t, s.Check())
			require.NoError(t, s.Close())
			require.Equal(t, strings.Join(ids(0, 4), " "), strings.Join(drain(t, open(t, options)), " "))
		})
	}
}

// A file that cannot be closed has what was synced: it is ended all the same, another one is begun, and nothing is lost or kept twice.
func TestAFileThatCannotBeClosedIsEnded(t *testing.T) {
	t.Parallel()
	disk := &disk{}
	options := disk.options(spill.Options{Dir: t.TempDir(), Sealer: ring(t), Segment: 1}) // each event ends its file
	s := open(t, options)
	disk.unclosed.Store(true)
	add(t, s, 0, 3)
	disk.heal()
	add(t, s, 3, 4)
	require.EqualValues(t, 4, s.Stats().Waiting)
	require.NoError(t, s.Close())
	require.Equal(t, strings.Join(ids(0, 4), " "), strings.Join(drain(t, open(t, options)), " "))
}

// What is being written when the disk fills up leaves no file in which nothing is kept, and none that a later process would read.
func TestAFailedWriteLeavesNoFile(t *testing.T) {
	t.Parallel()
	disk, dir := &disk{}, t.TempDir()
	options := disk.options(spill.Options{Dir: dir, Sealer: ring(t)})
	s := open(t, options)
	disk.short.Store(true)
	disk.uncut.Store(true)
	for n := range 3 {
		done := make(chan error, 1)
		s.Add(event(n), false, func(err error) { done <- err })
		require.ErrorIs(t, <-done, errDisk)
		require.ErrorIs(t, s.Check(), errDisk)
	}
	require.True(t, s.Empty())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, s.Close())
}

// A proof that a process could not take away is taken away by the next one, and is never taken for events.
func TestProofsLeave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "proof-x"), []byte("x"), 0o600))
	s := open(t, spill.Options{Dir: dir, Sealer: ring(t), Limit: 1 << 20})
	require.True(t, s.Empty())
	require.NoError(t, s.Check())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Check(), spill.ErrClosed)
}
