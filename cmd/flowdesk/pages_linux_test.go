package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// resident is how much of the files that it maps the process has in memory, in KiB.
func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, found)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return kib
}

func TestWhatOnlyTheStartNeededGoesBack(t *testing.T) {
	before := resident(t)
	require.NoError(t, shedStart())
	require.Less(t, resident(t), before*9/10)
}
