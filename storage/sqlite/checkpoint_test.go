package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The log grows with what is changed, and with commits: a quiet desk has few changes and nearly as many commits.
func TestACheckpointIsDueAfterChangesAndAfterCommits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ changes, commits int }{
		"many changes in a commit": {changes: 40, commits: 25},
		"one change in a commit":   {changes: 1, commits: 200},
		"no change":                {changes: 0, commits: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &checkpointer{after: 1000, due: make(chan struct{}, 1)}
			for range 3 {
				for n := range c.commits {
					require.Empty(t, p.due, "after %d commits", n)
					p.committed(c.changes)
				}
				require.Len(t, p.due, 1)
				<-p.due
			}
		})
	}
}
