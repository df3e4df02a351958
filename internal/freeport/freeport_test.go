package freeport_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/freeport"
)

func TestNoPortIsGivenTwiceAndNoneThatIsTaken(t *testing.T) {
	t.Parallel()
	given := make(map[int]bool)
	for range 300 {
		port, err := freeport.Take()
		require.NoError(t, err)
		require.False(t, given[port], "%d was given before, and nobody listens there yet", port)
		given[port] = true
		listener, err := net.Listen("tcp", freeport.Address(port))
		require.NoError(t, err)
		require.NoError(t, listener.Close())
	}
}
