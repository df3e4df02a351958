package main

import (
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// Of a command that waits for a later time nobody knows whether a person sent it ahead in the gap: unless somebody says so, it is doubtful.
func TestRestoreDoubtsWhatWaitsUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for arguments, byHand := range map[string]bool{"": true, "--by-hand": true, "--no-by-hand": false} {
		var c restoreCommand
		parser, err := kong.New(&c)
		require.NoError(t, err)
		given := []string{"desk.backup"}
		if arguments != "" {
			given = append(given, arguments)
		}
		_, err = parser.Parse(given)
		require.NoError(t, err)
		require.Equal(t, byHand, c.ByHand, arguments)
	}
}
