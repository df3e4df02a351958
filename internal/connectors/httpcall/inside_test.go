package httpcall_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
)

// insideHosts are ways to write something inside, or something that some parser reads so.
var insideHosts = strings.Fields(`
	127.0.0.1 127.0.0.1. 127.1 127.0.1 127.127.127.127 127.0.0.0 127.255.255.255 0.0.0.0 0 0.0 0.1.2.3 00000000
	2130706433 017700000001 0x7f000001 0x7F000001 0x7f.1 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0177.0.0.1 0177.0.0.01 0177.1 127.0x1 127.0.0.0x1
	00127.0.0.1 127.00.0.1 127.0.0.01 127.0.0.1.0 1.127.0.0.1.. 127..0.1 .127.0.0.1 4294967295 4294967296 255.255.255.255 1e3 -1 +127.0.0.1
	10.0.0.1 10.255.255.255 10.1 167772161 0xa000001 012.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 192.168.257 3232235521 0300.0250.0.1
	100.64.0.1 100.100.100.200 100.127.255.254 169.254.169.254 169.254.0.1 169.254.43518 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.169.254.
	192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
	[::1] [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0001] [::127.0.0.1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
	[::FFFF:7F00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:0.0.0.0] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1]
	[64:ff9b::127.0.0.1] [64:ff9b:1::1] [2002:7f00:1::] [2002:a9fe:a9fe::] [2001::1] [2001:0:7f00:1::] [2001:db8::1] [3fff::1] [100::1]
	[fc00::1] [fd00::1] [fd00:ec2::254] [fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff] [fe80::1] [febf::1] [fec0::1] [ff02::1] [ff01::1] [4000::1] [5f00::1]
	[::1%25lo] [fe80::1%25eth0] [fe80::1%25lo] [::1%25] [fe80::1%25%31] [::1%lo] [127.0.0.1] [localhost] [::1 ::1] [[::1]] [::1]] [] [:] [::g] [v1.::1]
	localhost LOCALHOST localhost. LocalHost. localhost.localdomain ip6-localhost ip6-loopback inside.example a.inside.example 127.0.0.1.nip.example
	metadata.google.internal metadata kubernetes.default.svc host.docker.internal loopback.example rebind.example
	127.0.0.1%00 127.0.0.1%20 %31%32%37.0.0.1 localhos%74 127.0.0.1%2f 127.0.0.1%23 127%2e0%2e0%2e1 inside.example%00.good.example
	127。0。0。1 １２７.０.０.１ ①②⑦.⓪.⓪.① ⑯⑨。②⑤④。⑯⑨｡②⑤④ ｌｏｃａｌｈｏｓｔ ⓛⓞⓒⓐⓛⓗⓞⓢⓣ localhoſt xn--localhost 127.0.0.1‌ loc­alhost
	127.0.0.1\ 127.0.0.1\@good.example good.example\@127.0.0.1 127.0.0.1\.good.example
	user@127.0.0.1 user:pass@127.0.0.1 good.example@127.0.0.1 good.example:443@127.0.0.1 good.example%40127.0.0.1 127.0.0.1@127.0.0.1@127.0.0.1 @127.0.0.1 :@127.0.0.1
	127.0.0.1;good.example 127.0.0.1,good.example 127.0.0.1&good.example 127.0.0.1'good.example {127.0.0.1} 127.0.0.1|x ^127.0.0.1 127.0.0.1* *.0.0.1 `)

// insideAddresses are whole addresses; %d is the port of the canary.
var insideAddresses = []string{
	"//127.0.0.1:%d/", "127.0.0.1:%d", "localhost:%d", "/etc/passwd?%d", "?%d", "", " ", "http:", "http://", "http:///%d", "https://", "http:127.0.0.1:%d", "http:/127.0.0.1:%d",
	"http:\\\\127.0.0.1:%d", "http:/\\127.0.0.1:%d", "HTTP://127.0.0.1:%d/", "hTTp://127.0.0.1:%d/", " http://127.0.0.1:%d/", "http://127.0.0.1:%d/ ",
	"http://127.0.0.1:%d/\r\nHost: good.example", "ht\ttp://127.0.0.1:%d", "http://127.0.0.1\t:%d", "http://\x00127.0.0.1:%d", "http://127.0.0.1:%d\n",
	"ftp://127.0.0.1:%d/", "file:///etc/passwd?%d", "file://127.0.0.1:%d/x", "gopher://127.0.0.1:%d/_GET", "dict://127.0.0.1:%d/info", "ldap://127.0.0.1:%d/",
	"ws://127.0.0.1:%d/", "wss://127.0.0.1:%d/", "tftp://127.0.0.1:%d/", "sftp://127.0.0.1:%d", "jar:http://127.0.0.1:%d!/", "data:text/plain,%d", "javascript:%d",
	"unix:///var/run/docker.sock?%d", "http+unix://127.0.0.1:%d", "netdoc://127.0.0.1:%d", "view-source:http://127.0.0.1:%d", "blob:http://127.0.0.1:%d/", "mailto:a@127.0.0.1?%d",
	"http://127.0.0.1:0%d/", "http://127.0.0.1:00000%d/", "http://127.0.0.1:+%d/", "http://127.0.0.1:-%d/", "http://127.0.0.1:%d0000/", "http://127.0.0.1: %d/",
	"http://127.0.0.1:0/?%d", "http://127.0.0.1:65536/?%d", "http://127.0.0.1:http/?%d", "http://127.0.0.1:/?%d", "http://127.0.0.1:%d:80/", "http://127.0.0.1::%d/", "http://[::1]%d/", "http://::1:%d/",
	"http://good.example#@127.0.0.1:%d/", "http://good.example?@127.0.0.1:%d/", "http://good.example/@127.0.0.1:%d/", "http://127.0.0.1:%d#.good.example", "http://127.0.0.1:%d?.good.example",
	"http://good.example&@127.0.0.1:%d#@good.example/", "http://127.1.1.1:80\\@127.2.2.2:%d/", "http://127.1.1.1:80#\\@127.2.2.2:%d/", "http://0://127.0.0.1:%d/", "http://1.1.1.1 &@127.0.0.1:%d# @3.3.3.3/",
}

// canaries listens on every address of this machine and counts who comes.
func canaries(t *testing.T) (port int, seen *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	seen = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			seen.Add(1)
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port, seen
}

// resolver answers every name with the next address of the list of its family.
func resolver(v4, v6 []string) *net.Resolver {
	var n4, n6 atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			for {
				head := make([]byte, 2)
				if _, err := io.ReadFull(there, head); err != nil {
					return
				}
				raw := make([]byte, binary.BigEndian.Uint16(head))
				if _, err := io.ReadFull(there, raw); err != nil {
					return
				}
				var m dnsmessage.Message
				if m.Unpack(raw) != nil || len(m.Questions) == 0 {
					return
				}
				q := m.Questions[0]
				m.Header.Response, m.Header.RecursionAvailable, m.Additionals = true, true, nil
				header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type}
				switch {
				case q.Type == dnsmessage.TypeA && len(v4) > 0:
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: netip.MustParseAddr(v4[int(n4.Add(1)-1)%len(v4)]).As4()}})
				case q.Type == dnsmessage.TypeAAAA && len(v6) > 0:
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(v6[int(n6.Add(1)-1)%len(v6)]).As16()}})
				}
				out, err := m.Pack()
				if err != nil {
					return
				}
				if _, err = there.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
					return
				}
			}
		}()
		return here, nil
	}}
}

func TestF6NoAddressReachesInside(t *testing.T) {
	t.Parallel()
	port, seen := canaries(t)
	var addresses []string
	for _, h := range insideHosts {
		addresses = append(addresses, fmt.Sprintf("http://%s:%d/latest/meta-data", h, port), fmt.Sprintf("https://%s:%d", h, port), "http://"+h+"/")
	}
	for _, a := range insideAddresses {
		addresses = append(addresses, strings.Replace(a, "%d", fmt.Sprint(port), 1))
	}
	require.GreaterOrEqual(t, len(insideHosts)+len(insideAddresses), 200)

	guard := dial.Guard{Resolver: resolver([]string{"127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254"}, []string{"::1", "fc00::1", "::"})}
	for _, address := range addresses {
		// The list is as open as it can be, so that what refuses is the guard, or the reading of the address.
		hosts := []string{"*:*"}
		if _, host, ok := strings.Cut(address, "//"); ok {
			host, _, _ = strings.Cut(host, "/")
			host = strings.TrimSuffix(host, fmt.Sprintf(":%d", port))
			if _, err := httpcall.ParseHostRule(host + ":*"); err == nil {
				hosts = append(hosts, host+":*")
			}
		}
		p, err := httpcall.New(httpcall.Config{Hosts: hosts, PlainHTTP: true, Guard: guard, Timeout: 5 * time.Second})
		require.NoError(t, err)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			_, err := p.Do(t.Context(), httpcall.Call{Method: method, URL: address})
			var failed *httpcall.Error
			require.ErrorAs(t, err, &failed, "%q", address)
			require.Equal(t, httpcall.NotSent, failed.Outcome, "%q: %v", address, err)
		}
		p.Close()
	}
	require.Zero(t, seen.Load(), "connections that the canaries saw")

	open := dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	p, err := httpcall.New(httpcall.Config{Hosts: []string{"127.0.0.1:*"}, PlainHTTP: true, Guard: open})
	require.NoError(t, err)
	got, err := p.Do(t.Context(), httpcall.Call{URL: fmt.Sprintf("http://127.0.0.1:%d", port)})
	require.NoError(t, err)
	require.Equal(t, "hi", got.Text())
	require.Equal(t, int64(1), seen.Load(), "the canaries do see what comes")
}

func TestF6ChangingAnswersOfTheNameServer(t *testing.T) {
	t.Parallel()
	port, seen := canaries(t)
	hosts := httpcall.Config{Hosts: []string{"rebind.example:*"}, PlainHTTP: true}
	hosts.Guard = dial.Guard{
		Allow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")},
		Resolver: resolver([]string{"127.0.0.2", "127.0.0.1"}, nil),
	}
	p, err := httpcall.New(hosts)
	require.NoError(t, err)
	address := fmt.Sprintf("http://rebind.example:%d/", port)
	var good, refused int64
	for range 20 {
		_, err := p.Do(t.Context(), httpcall.Call{Method: http.MethodPost, URL: address})
		if err == nil {
			good++
			continue
		}
		require.ErrorIs(t, err, dial.ErrRefused)
		require.ErrorIs(t, err, httpcall.ErrRefused)
		refused++
	}
	require.Equal(t, int64(10), good)
	require.Equal(t, int64(10), refused)
	require.Equal(t, good, seen.Load(), "only the calls that were let through are seen")
}

func TestF6RedirectsAreJudgedAgain(t *testing.T) {
	t.Parallel()
	port, seen := canaries(t)
	var target atomic.Value
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target.Load().(string))
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(outside.Close)
	_, outsidePort, err := net.SplitHostPort(outside.Listener.Addr().String())
	require.NoError(t, err)
	newPerformer := func(hosts ...string) *httpcall.Performer {
		p, err := httpcall.New(httpcall.Config{
			Hosts: append(hosts, "outside.example:*"), PlainHTTP: true, Timeout: 5 * time.Second,
			Guard: dial.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: resolver([]string{"127.0.0.1"}, nil)},
		})
		require.NoError(t, err)
		return p
	}
	listed := newPerformer()
	for _, h := range []string{"inside.example", "127.0.0.1", "[::1]", "user@outside.example", "2130706433", "[::ffff:127.0.0.1]"} {
		for _, form := range []string{"http://%s:%d/", "//%s:%d/", "https://%s:%d/", "gopher://%s:%d/"} {
			target.Store(fmt.Sprintf(form, h, port))
			got, err := listed.Do(t.Context(), httpcall.Call{URL: "http://outside.example:" + outsidePort})
			require.NoError(t, err)
			require.Equal(t, httpcall.ProblemRedirect, got.Problem, "%s", target.Load())
		}
	}
	// The list lets it through, the guard does not.
	open := newPerformer("*:*", "127.0.0.2:*", "[::1]:*")
	for _, h := range []string{"127.0.0.2", "[::1]"} {
		target.Store(fmt.Sprintf("http://%s:%d/", h, port))
		_, err := open.Do(t.Context(), httpcall.Call{URL: "http://outside.example:" + outsidePort})
		require.ErrorIs(t, err, dial.ErrRefused)
	}
	require.Zero(t, seen.Load())
}
