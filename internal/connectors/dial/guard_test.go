package dial_test

import (
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "114.114.114.114": true, "9.255.255.255": true, "11.0.0.0": true,
		"100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true, "172.32.0.0": true, "223.255.255.255": true,
		"2606:4700:4700::1111": true, "2400:3200::1": true, "::ffff:1.1.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.0": false, "10.255.255.255": false, "100.64.0.0": false, "100.100.100.200": false,
		"100.127.255.255": false, "127.0.0.1": false, "127.255.255.254": false, "169.254.169.254": false, "172.16.0.0": false,
		"172.31.255.255": false, "192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.255.255": false,
		"198.18.0.1": false, "198.19.255.255": false, "198.51.100.7": false, "203.0.113.7": false, "224.0.0.1": false,
		"239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false,
		"64:ff9b:1::1": false, "100::1": false, "2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fec0::1": false, "ff02::1": false, "4000::1": false,
	} {
		require.Equal(t, want, dial.Public(netip.MustParseAddr(text)), text)
	}
	require.False(t, dial.Public(netip.Addr{}))
}

func TestGuardRefusesOnTheDialledAddress(t *testing.T) {
	t.Parallel()
	canary, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer canary.Close()
	address := canary.Addr().String()

	_, err = dial.Guard{}.Dialer().DialContext(t.Context(), "tcp", address)
	require.ErrorIs(t, err, dial.ErrRefused)

	client := http.Client{Transport: dial.Guard{}.Transport()}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, nil)
	require.NoError(t, err)
	_, err = client.Do(req) //nolint:bodyclose // there is no answer
	require.ErrorIs(t, err, dial.ErrRefused, "the cause survives the layers of net/http")

	conn, err := dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}.Dialer().DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

func TestGuardRefusesOtherNetworksAndZones(t *testing.T) {
	t.Parallel()
	all := dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("::/0"), netip.MustParsePrefix("0.0.0.0/0")}}
	require.NoError(t, all.Control("tcp6", "[::1]:80", nil))
	require.ErrorIs(t, all.Control("udp", "1.1.1.1:53", nil), dial.ErrRefused)
	require.ErrorIs(t, all.Control("tcp6", "[fe80::1%eth0]:80", nil), dial.ErrRefused)
	require.ErrorIs(t, all.Control("tcp", "not an address", nil), dial.ErrRefused)
}
