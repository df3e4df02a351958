package proxy_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/proxy"
)

// echo is a server that says each line back, in capitals.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if _, err := io.WriteString(conn, strings.ToUpper(lines.Text())+"\n"); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

type client struct {
	net.Conn

	lines *bufio.Reader
}

func (c *client) ask(text string) (string, error) {
	if err := c.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, text+"\n"); err != nil {
		return "", err
	}
	answer, err := c.lines.ReadString('\n')
	return strings.TrimSpace(answer), err
}

func newProxy(t *testing.T) (*proxy.Proxy, func() *client) {
	t.Helper()
	p, err := proxy.New(echo(t), 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p, func() *client {
		conn, err := net.Dial("tcp", p.Addr())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return &client{conn, bufio.NewReader(conn)}
	}
}

func timedOut(t *testing.T, err error) {
	t.Helper()
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), "%v", err)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults proxy.Faults
		want   func(t *testing.T, answer string, took time.Duration, err error)
	}{
		"none": {want: func(t *testing.T, answer string, _ time.Duration, err error) {
			require.NoError(t, err)
			require.Equal(t, "HELLO", answer)
		}},
		"latency": {proxy.Faults{Latency: 50 * time.Millisecond, Jitter: time.Millisecond}, func(t *testing.T, answer string, took time.Duration, err error) {
			require.NoError(t, err)
			require.GreaterOrEqual(t, took, 100*time.Millisecond)
		}},
		"bandwidth": {proxy.Faults{Bandwidth: 100}, func(t *testing.T, _ string, took time.Duration, err error) {
			require.NoError(t, err)
			require.GreaterOrEqual(t, took, 100*time.Millisecond)
		}},
		"hole":      {proxy.Faults{Hole: true}, func(t *testing.T, _ string, _ time.Duration, err error) { timedOut(t, err) }},
		"half up":   {proxy.Faults{HalfUp: true}, func(t *testing.T, _ string, _ time.Duration, err error) { timedOut(t, err) }},
		"half down": {proxy.Faults{HalfDown: true}, func(t *testing.T, _ string, _ time.Duration, err error) { timedOut(t, err) }},
		"truncate": {proxy.Faults{TruncateAfter: 3}, func(t *testing.T, answer string, _ time.Duration, err error) {
			require.Error(t, err)
			require.LessOrEqual(t, len(answer), 3)
		}},
		"before": {proxy.Faults{Before: true, Marker: "ell"}, func(t *testing.T, _ string, _ time.Duration, err error) { require.Error(t, err) }},
		"after": {proxy.Faults{After: true, Marker: "ell"}, func(t *testing.T, answer string, _ time.Duration, err error) {
			require.Error(t, err)
			require.Empty(t, answer)
		}},
		"unmarked": {proxy.Faults{After: true, Marker: "bye"}, func(t *testing.T, _ string, _ time.Duration, err error) { require.NoError(t, err) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, dial := newProxy(t)
			before := dial()
			_, err := before.ask("warm")
			require.NoError(t, err)
			p.Set(c.faults)
			began := time.Now()
			answer, err := before.ask("hello")
			c.want(t, answer, time.Since(began), err)
			p.Heal()
			answer, err = dial().ask("again")
			require.NoError(t, err)
			require.Equal(t, "AGAIN", answer)
		})
	}
}

func TestCutAndRefuse(t *testing.T) {
	t.Parallel()
	p, dial := newProxy(t)
	c := dial()
	_, err := c.ask("warm")
	require.NoError(t, err)
	require.Equal(t, 1, p.Open())
	p.Cut()
	_, err = c.ask("hello")
	require.Error(t, err)
	require.Eventually(t, func() bool { return p.Open() == 0 }, time.Second, time.Millisecond)
	p.Set(proxy.Faults{Refuse: true})
	conn, err := net.Dial("tcp", p.Addr()) // whoever is slow hears of the reset here
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
		_, err = (&client{conn, bufio.NewReader(conn)}).ask("hello")
	}
	require.Error(t, err)
}

func TestTimesAndShareAreRepeatable(t *testing.T) {
	t.Parallel()
	pattern := func() (out string) {
		p, dial := newProxy(t)
		p.Set(proxy.Faults{Before: true, Marker: "x", Share: 0.3, Times: 5})
		for range 40 {
			_, err := dial().ask("x")
			out += map[bool]string{true: "x", false: "."}[err != nil]
		}
		require.Equal(t, int64(5), p.Struck())
		return out
	}
	first := pattern()
	require.Equal(t, first, pattern())
	require.Equal(t, 5, strings.Count(first, "x"))
}
