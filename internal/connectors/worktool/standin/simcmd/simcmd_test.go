package simcmd_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin/simcmd"
)

func options(t *testing.T, args ...string) standin.Options {
	t.Helper()
	var command simcmd.RobotSim
	parser, err := kong.New(&command)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8090", command.Listen)
	o, err := command.Options()
	require.NoError(t, err)
	return o
}

func TestFlags(t *testing.T) {
	t.Parallel()
	require.Empty(t, cmp.Diff(standin.Options{
		PhoneDelay: 100 * time.Millisecond, RateLimit: standin.Off, Ledger: 100_000, Keep: 1000, ChatLines: 200,
		World: standin.World{
			Robots: []standin.RobotSeed{{ID: "r1", Role: "reply", Name: "小助手"}, {ID: "r2", Role: "monitor", Name: "老王"}},
			Groups: []standin.GroupSeed{{Name: "群一", Members: []string{"张三"}}},
			People: []string{"张三"},
		},
	}, options(t, "--phone-delay=100ms", "--rate-limit=0", "--robot=r1=reply", "--robot=r2=monitor:老王", "--group=群一", "--person=张三"),
		cmp.Comparer(func(a, b func() time.Time) bool { return a == nil && b == nil })))
}

func TestASeedFileMakesAWorld(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "seed.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"robots":[{"id":"r1","name":"小助手","mode":{"slow":"2s"}}],
		"groups":[{"name":"群一","remarks":{"r1":"备注"}}]}`), 0o600))
	o := options(t, "--seed", path, "--phone-delay=0")
	require.Equal(t, standin.NoDelay, o.PhoneDelay)
	sim, err := standin.New(t.Context(), o)
	require.NoError(t, err)
	defer sim.Close()
	require.Equal(t, map[string]string{"r1": "备注"}, sim.Groups()[0].Remarks)
	require.Equal(t, standin.Duration(2*time.Second), sim.Robots()[0].Mode.Slow)
}
