package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A break whose text has moved on breaks nothing, and nobody would see that its promise is not watched any more.
func TestEveryBreakStandsOnceInTheProduct(t *testing.T) {
	for _, b := range breaks() {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", b.file))
		require.NoError(t, err, b.name)
		assert.Equal(t, 1, strings.Count(string(text), b.old), "%s: %q in %s", b.name, b.old, b.file)
	}
}
