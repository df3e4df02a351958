//go:build faults

package spill_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
)

// points are the failpoints of the disk.
func points() (names []failpoint.Name) {
	for _, name := range failpoint.Names() {
		text := string(name)
		if strings.HasPrefix(text, "spill.") && !strings.HasPrefix(text, "spill.drain.") && !strings.HasPrefix(text, "spill.refuse.") {
			names = append(names, name)
		}
	}
	return names
}

// work keeps events one by one and drains some of them, and says what is known to be kept and what was drained.
func work(options spill.Options, kept, gone func(id string)) error {
	s, err := spill.Open(options)
	if err != nil {
		return err
	}
	for n := range 40 {
		done := make(chan error, 1)
		s.Add(event(n), false, func(err error) { done <- err })
		if <-done == nil {
			kept(event(n).GetId())
		}
		if n%10 != 9 {
			continue
		}
		batch, err := s.Oldest()
		if err != nil || batch == nil {
			continue
		}
		for _, e := range batch.Events { // the store has them
			gone(e.Event.GetId())
		}
		_ = s.Remove(batch) // once more the next time
	}
	return s.Close()
}

// judged requires that what is in the log is what was kept and not drained: once, in order. What nobody was told of may be there after a crash.
func judged(t *testing.T, options spill.Options, kept, gone []string, crashed bool) {
	t.Helper()
	drained := make(map[string]bool)
	for _, id := range gone {
		drained[id] = true
	}
	var want []string
	known := make(map[string]bool)
	for _, id := range kept {
		if known[id] = true; !drained[id] {
			want = append(want, id)
		}
	}
	var have []string
	for _, id := range drain(t, open(t, options)) {
		switch {
		case drained[id]: // it was stored, and is looked for in the store before it is stored again
		case known[id] || !crashed:
			have = append(have, id)
		}
	}
	require.Equal(t, want, have)
}

// Every failpoint of the disk, once and then seven times in a row, loses nothing that was acknowledged, and keeps nothing that was refused.
func TestFailuresOfTheDisk(t *testing.T) { //nolint:paralleltest // failpoints are the process's
	require.Len(t, points(), 7)
	for _, name := range points() {
		for _, times := range []int{1, 7} {
			t.Run(fmt.Sprint(name, " ", times), func(t *testing.T) { //nolint:paralleltest // as above
				defer failpoint.Clear()
				options := spill.Options{Dir: t.TempDir(), Sealer: ring(t), Segment: 2000}
				require.NoError(t, failpoint.Set(name, fmt.Sprintf("error@3-%d", 2+times)))
				var kept, gone []string
				require.NoError(t, work(options, func(id string) { kept = append(kept, id) }, func(id string) { gone = append(gone, id) }))
				require.Positive(t, failpoint.Passes()[name])
				require.GreaterOrEqual(t, len(kept), 40-times)
				failpoint.Clear()
				judged(t, options, kept, gone, false)
			})
		}
	}
}

// strikeVariable names the directory of a process that dies at a failpoint.
const strikeVariable = "FLOWDESK_TEST_SPILL"

// A process that dies at any of them leaves what it acknowledged.
func TestDeathsAtTheDisk(t *testing.T) { //nolint:paralleltest // it sets the process's environment
	if dir := os.Getenv(strikeVariable); dir != "" {
		keys, err := sealed.Parse(os.Getenv(strikeVariable + "_KEY"))
		require.NoError(t, err)
		require.NoError(t, failpoint.SetAll(os.Getenv(strikeVariable+"_AT")))
		say := func(what string) func(string) {
			return func(id string) { _, _ = fmt.Fprintln(os.Stdout, what, id) }
		}
		require.NoError(t, work(spill.Options{Dir: dir, Sealer: keys, Segment: 2000}, say("kept"), say("gone")))
		return
	}
	for _, name := range points() {
		t.Run(string(name), func(t *testing.T) { //nolint:paralleltest // as above
			key := sealed.NewKey()
			keys, err := sealed.Parse(key)
			require.NoError(t, err)
			dir := filepath.Join(t.TempDir(), "spill")
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDeathsAtTheDisk$")
			command.Env = append(os.Environ(), strikeVariable+"="+dir, strikeVariable+"_KEY="+key, strikeVariable+"_AT="+string(name)+"=exit@3")
			out, err := command.Output()
			require.Error(t, err, "it died")
			var kept, gone []string
			for line := range strings.Lines(string(out)) {
				switch what, id, _ := strings.Cut(strings.TrimSpace(line), " "); what {
				case "kept":
					kept = append(kept, id)
				case "gone":
					gone = append(gone, id)
				}
			}
			require.NotEmpty(t, kept)
			judged(t, spill.Options{Dir: dir, Sealer: keys, Segment: 2000}, kept, gone, true)
		})
	}
}
