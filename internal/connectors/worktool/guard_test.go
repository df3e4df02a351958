package worktool_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
)

// Whoever sets a robot up chooses the address of its platform: it must not be a way inside.
func TestNoPlatformIsInside(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	defer l.Close()
	var seen atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			seen.Add(1)
			_ = conn.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	hosts := strings.Fields(`127.0.0.1 127.127.127.127 0.0.0.0 localhost [::1] [::] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1] 10.0.0.1 172.16.0.1 172.31.255.255
		192.168.0.1 100.64.0.1 169.254.169.254 [fe80::1] [fd00:ec2::254] [fc00::1] [64:ff9b::7f00:1] [2002:7f00:1::] 224.0.0.1 255.255.255.255 198.18.0.1`)
	client := worktool.New(worktool.Options{HTTP: worktool.GuardedHTTPClient(dial.Guard{}), Timeout: 5 * time.Second})
	for _, host := range hosts {
		for _, form := range []string{"http://%s:%d", "https://%s:%d", "http://%s:%d/path?x=1"} {
			base := fmt.Sprintf(form, host, port)
			_, err := client.Online(t.Context(), robots.Account{BaseURI: base, RobotID: "canary-robot"})
			require.Error(t, err, base)
			require.ErrorContains(t, err, dial.ErrRefused.Error(), base)
			require.NotContains(t, err.Error(), "canary", base)
		}
	}
	require.Zero(t, seen.Load(), "connections that reached inside")
	open := worktool.New(worktool.Options{HTTP: worktool.GuardedHTTPClient(dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
	_, err = open.Online(t.Context(), robots.Account{BaseURI: fmt.Sprintf("http://127.0.0.1:%d", port), RobotID: "r"})
	require.Error(t, err)
	require.Positive(t, seen.Load(), "the listener does see what comes")
}
