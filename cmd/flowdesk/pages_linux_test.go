package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
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

// What the loader wrote is in no file: a program without it crashes.
func TestWhatTheLoaderWroteStays(t *testing.T) {
	const smaps = `55d0000-55e0000 r-xp 00000000 08:01 7 /bin/flowdesk
Size:                 64 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
55e0000-55f0000 r--p 00010000 08:01 7 /bin/flowdesk
Anonymous:            12 kB
55f0000-5600000 rw-p 00020000 08:01 7 /bin/flowdesk
Anonymous:             0 kB
7f00000-7f10000 r-xp 00000000 08:01 8 /lib/libc.so
Anonymous:             0 kB
`
	found, err := unchangedPages(strings.NewReader(smaps), "/bin/flowdesk")
	require.NoError(t, err)
	require.Equal(t, []pages{{0x55d0000, 0x55e0000}}, found)
}
