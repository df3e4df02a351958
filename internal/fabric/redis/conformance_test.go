package redis

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/fabrictest"
	"github.com/flowdesk/flowdesk/internal/redislink"
	"github.com/flowdesk/flowdesk/internal/redistest"
)

// join adds a replica that reaches Redis at an address.
func join(t *testing.T, url, name string) *Fabric {
	t.Helper()
	link, err := redislink.New(url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	f, err := New(link, name, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	link.Start()
	return f
}

// group is a fabric on a server of its own behind a proxy.
func group(t *testing.T) (fabrictest.Group, *redistest.Server, *redistest.Proxy) {
	t.Helper()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	return fabrictest.Group{
		Join:       func(t *testing.T, name string) fabric.Fabric { t.Helper(); return join(t, proxy.URL(), name) },
		MaxMessage: MaxMessage,
		Cut:        func(*testing.T) { proxy.Cut() },
	}, server, proxy
}

func TestRedisIsAFabric(t *testing.T) {
	t.Parallel()
	fabrictest.Run(t, func(t *testing.T) fabrictest.Group {
		t.Helper()
		g, _, _ := group(t)
		return g
	})
}
