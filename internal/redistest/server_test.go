package redistest

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAServerComesBackEmptyAtItsAddress(t *testing.T) {
	t.Parallel()
	s := Start(t)
	answer, err := s.ask("SET a 1")
	require.NoError(t, err)
	require.Equal(t, "+OK", answer)
	s.Kill()
	_, err = s.ask("PING")
	require.Error(t, err, "a killed server does not answer")
	s.Kill()
	s.Run()
	answer, err = s.ask("EXISTS a")
	require.NoError(t, err)
	require.Equal(t, ":0", answer)
}

func TestAFrozenServerHoldsItsConnections(t *testing.T) {
	t.Parallel()
	s := Start(t)
	s.Freeze()
	_, err := s.ask("PING")
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), "nobody answers, and nothing is refused")
	s.Thaw()
	answer, err := s.ask("PING")
	require.NoError(t, err)
	require.Equal(t, "+PONG", answer)
}

func TestAProxySwallowsAndHeals(t *testing.T) {
	t.Parallel()
	s := Start(t)
	p := NewProxy(t, s.Addr())
	through := &Server{tb: t, port: p.listener.Addr().(*net.TCPAddr).Port}
	answer, err := through.ask("PING")
	require.NoError(t, err)
	require.Equal(t, "+PONG", answer)
	p.Swallow()
	_, err = through.ask("PING")
	require.Error(t, err)
	p.Delay(300 * time.Millisecond)
	start := time.Now()
	_, err = through.ask("PING")
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 600*time.Millisecond, "both directions wait")
	p.Heal()
	_, err = through.ask("PING")
	require.NoError(t, err)
}
