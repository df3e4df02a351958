//go:build faults

package promises

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Binary is the program, built with the tag faults; TestMain builds it when it is not named.
var (
	binaryFlag = flag.String("binary", "", "the program, built with the tag faults; by default it is built")
	scaleFlag  = flag.String("scale", "change", "how much: change, nightly or release")
	killsFlag  = flag.Int("kills", 20, "kills of a change run")
	seedFlag   = flag.Uint64("seed", 0, "replays one seed of a random test")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if *binaryFlag == "" {
		dir, err := os.MkdirTemp("", "flowdesk-fault-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		*binaryFlag = filepath.Join(dir, "flowdesk")
		if output, err := build(*binaryFlag); err != nil {
			panic(string(output))
		}
	}
	return m.Run()
}

// scaled picks by the scale.
func scaled[T any](t *testing.T, change, nightly, release T) T {
	t.Helper()
	switch *scaleFlag {
	case "change":
		return change
	case "nightly":
		return nightly
	case "release":
		return release
	}
	require.Fail(t, "scale", "%q is not change, nightly or release", *scaleFlag)
	return change
}
