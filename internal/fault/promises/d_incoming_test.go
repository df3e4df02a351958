//go:build faults

package promises

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
	"github.com/flowdesk/flowdesk/internal/fault/rig"
)

// statuses counts answers by their hundred; 0 is no answer, 1 is 503, with which a server that has too much to do sends away.
type statuses [6]atomic.Int64

func (s *statuses) count(status int) {
	if status == http.StatusServiceUnavailable {
		status = 100
	}
	s[min(status/100, 5)].Add(1)
}

func (s *statuses) String() string {
	return fmt.Sprintf("%d 2xx, %d 4xx, %d 5xx, %d 503, %d without answer", s[2].Load(), s[4].Load(), s[5].Load(), s[1].Load(), s[0].Load())
}

// timings are how long callbacks took.
type timings struct {
	mu   sync.Mutex
	took []time.Duration
}

func (t *timings) add(took time.Duration, _ int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.took = append(t.took, took)
}

func (t *timings) quantile(q float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.took)
	return quantile(t.took, q)
}

// mutate changes a body a little, or a lot.
func mutate(noise *rand.Rand, body []byte) []byte {
	b := bytes.Clone(body)
	for range 1 + noise.IntN(4) {
		at := noise.IntN(len(b))
		switch noise.IntN(8) {
		case 0:
			b[at] ^= 1 << noise.IntN(8)
		case 1:
			b = b[:at+1]
		case 2:
			b = slices.Insert(b, at, byte(noise.IntN(256)))
		case 3:
			b = slices.Delete(b, at, min(len(b), at+1+noise.IntN(8)))
		case 4:
			b = append(b, b[at:]...)
		case 5:
			b = slices.Concat(b[:at], []byte([]string{"null", "{}", "[]", "1e999", `"`, "\x00", "\xff\xfe", "-0", "true"}[noise.IntN(9)]), b[at:])
		case 6:
			b = slices.Concat(b[:at], bytes.Repeat([]byte("["), 1+noise.IntN(2000)), b[at:])
		case 7:
			b = bytes.ReplaceAll(b, []byte("1"), []byte("99999999999999999999"))
		}
		if len(b) == 0 {
			return []byte("{")
		}
	}
	return b
}

// D2: mutated callbacks beside good ones.
func TestMalformedCallbacks(t *testing.T) {
	promise(t, "D2", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{})
		alone := &timings{}
		load := r.Begin(t.Context(), rig.Load{Name: "a", Late: alone.add})
		rig.Pause(t.Context(), 5*time.Second)
		load.Stop()
		memory := r.Servers[0].Memory()
		var got statuses
		beside := &timings{}
		load = r.Begin(t.Context(), rig.Load{Name: "b", Late: beside.add})
		var work sync.WaitGroup
		for w := range 4 {
			work.Go(func() {
				noise := rand.New(rand.NewPCG(uint64(w), *seedFlag))
				good := rig.Body(1000, "路人", "这是一条坏消息 1", "bad-1") // in no room of the load
				for range scaled(t, 20_000, 1_000_000, 3_000_000) / 4 {
					status, _ := r.PostTo(t.Context(), "http://"+r.Servers[0].HTTP+r.Path(0), mutate(noise, good))
					got.count(status)
				}
			})
		}
		work.Wait()
		load.Stop()
		row.Trials = scaled(t, 20_000, 1_000_000, 3_000_000)
		grown := r.Servers[0].Memory() - memory
		row.Note = fmt.Sprintf("%s; good p99 %s then %s; memory +%d MiB", &got, alone.quantile(0.99).Round(time.Millisecond), beside.quantile(0.99).Round(time.Millisecond), grown>>20)
		require.Zero(t, got[5].Load(), "5xx")
		require.Zero(t, got[0].Load(), "no answer")
		// A change run shares its machine, and four senders without a pause are more than what is left of it.
		require.LessOrEqual(t, got[1].Load(), scaled(t, int64(row.Trials/100), 0, 0), "503")
		require.LessOrEqual(t, beside.quantile(0.99), scaled(t, time.Duration(10), 2, 2)*alone.quantile(0.99)+scaled(t, 5*time.Second, 50*time.Millisecond, 50*time.Millisecond))
		require.LessOrEqual(t, grown, int64(128<<20))
		require.NotContains(t, r.Servers[0].LastLog(), "panicked")
		_, err := r.Servers[0].Stop(t.Context())
		require.NoError(t, err)
	})
}

// D3: bodies that are too large, too deep, too slow.
func TestOversizedAndSlowBodies(t *testing.T) {
	beside(t)
	promise(t, "D3", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{})
		good := &timings{}
		load := r.Begin(t.Context(), rig.Load{Late: good.add})
		target := "http://" + r.Servers[0].HTTP + r.Path(0)
		keys := &strings.Builder{}
		keys.WriteString("{")
		for i := range 200_000 {
			fmt.Fprintf(keys, `"k%d":1,`, i)
		}
		keys.WriteString(`"z":1}`)
		for name, body := range map[string]string{
			"deep":      `{"spoken":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
			"keys":      keys.String(),
			"duplicate": `{"spoken":"a","spoken":"b","groupName":"客户服务群0000","receivedName":"路人"}`,
			"utf8":      "{\"spoken\":\"\xff\xfe\",\"groupName\":\"x\",\"receivedName\":\"y\"}",
			"nul":       "{\"spoken\":\"a\\u0000b\",\"groupName\":\"x\",\"receivedName\":\"y\"}",
			"empty":     "",
		} {
			status, _ := r.PostTo(t.Context(), target, []byte(body))
			require.Less(t, status, 500, name)
			require.GreaterOrEqual(t, status, 200, name)
			row.Trials++
		}
		began := time.Now()
		status, _ := r.PostTo(t.Context(), target, bytes.Repeat([]byte("a"), 64<<20))
		oversized := time.Since(began)
		require.Contains(t, []int{http.StatusRequestEntityTooLarge, 0}, status, "a body over the limit")
		require.LessOrEqual(t, oversized, scaled(t, 2*time.Second, 500*time.Millisecond, 500*time.Millisecond), "it is not read to its end")
		endless, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, io.LimitReader(zeros{}, 1<<30))
		require.NoError(t, err)
		if answer, err := http.DefaultClient.Do(endless); err == nil {
			require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
			require.NoError(t, answer.Body.Close())
		}
		row.Trials += 2
		slow := scaled(t, 500, 5000, 5000)
		conns := make([]net.Conn, 0, slow)
		for range slow {
			conn, err := net.Dial("tcp", r.Servers[0].HTTP)
			require.NoError(t, err)
			_, err = conn.Write([]byte("POST " + r.Path(0) + " HTTP/1.1\r\nHost: x\r\nContent-Le")) // never more
			require.NoError(t, err)
			conns = append(conns, conn)
		}
		row.Trials += slow
		began = time.Now()
		bodies := make([]net.Conn, 0, slow/10)
		for range slow / 10 {
			conn, err := net.Dial("tcp", r.Servers[0].HTTP)
			require.NoError(t, err)
			_, err = conn.Write([]byte("POST " + r.Path(0) + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"))
			require.NoError(t, err)
			bodies = append(bodies, conn)
		}
		row.Trials += len(bodies)
		// The figures are 5 s for headers and 10 s for bodies; a machine with other work looks late.
		headersTook := closed(t, conns, began, scaled(t, 15*time.Second, 8*time.Second, 8*time.Second))
		bodiesTook := closed(t, bodies, began, scaled(t, 25*time.Second, 13*time.Second, 13*time.Second))
		load.Stop()
		row.Note = fmt.Sprintf("64 MiB refused in %s, headers given up after %s, bodies after %s, good p99 %s", oversized.Round(time.Millisecond),
			headersTook.Round(100*time.Millisecond), bodiesTook.Round(100*time.Millisecond), good.quantile(0.99).Round(time.Millisecond))
		judge(t, r, row, nil)
	})
}

// closed waits until the server has answered or closed all connections, and gives how long after a time that was.
func closed(t *testing.T, conns []net.Conn, since time.Time, within time.Duration) time.Duration {
	t.Helper()
	for _, c := range conns {
		require.NoError(t, c.SetReadDeadline(since.Add(within)))
		_, err := io.Copy(io.Discard, c)
		var timeout net.Error
		require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "a slow connection is open still after %s", within)
		_ = c.Close()
	}
	return time.Since(since)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// D4: a callback that comes again does nothing, also at once and after a restart.
func TestReplayedCallbacks(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		promise(t, "D4", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url, Rooms: 10})
			load := rig.Load{Kind: func(int, int) string { return "问" }}
			n := scaled(t, 300, 10_000, 10_000)
			noise := rand.New(rand.NewPCG(1, *seedFlag))
			again := func(a int, times int) {
				room, number := a%10, a/10
				token := fmt.Sprintf("〔%d-%d〕", room, number)
				body := rig.Body(room, fmt.Sprintf("客户%02d", room), "问"+token, token)
				var work sync.WaitGroup
				for range times {
					work.Go(func() {
						status, answer := r.PostTo(t.Context(), "http://"+r.Servers[0].HTTP+r.Path(room), body)
						if status != http.StatusOK || !strings.Contains(string(answer), `"code":0`) {
							t.Errorf("a repeated callback was answered %d %s", status, answer)
						}
					})
				}
				work.Wait()
			}
			for a := range n {
				r.Say(t.Context(), load, a%10, a/10)
				times := 1 + noise.IntN(scaled(t, 8, 100, 100))
				again(a, times)
				row.Trials += times
				if a == n/2 {
					r.Servers[0].Kill()
					row.Kills++
					require.NoError(t, r.Servers[0].Start(t.Context(), ""))
					for before := max(0, a-5); before <= a; before++ {
						again(before, 3)
						row.Trials += 3
					}
				}
			}
			judge(t, r, row, nil)
		})
	})
}

// D6: callback addresses cannot be guessed: nothing is accepted, and what is answered and how long it takes tells nothing.
func TestGuessedCallbackAddresses(t *testing.T) {
	promise(t, "D6", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Rooms: 4})
		path := r.Path(0)
		parts := strings.Split(strings.Trim(path, "/"), "/")
		secret := slices.MaxFunc(parts, func(a, b string) int { return len(a) - len(b) })
		require.GreaterOrEqual(t, len(secret)*5, 128, "bits of the secret, at 5 a character or more")
		noise := rand.New(rand.NewPCG(1, *seedFlag))
		alphabet := "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
		guess := func() string {
			g := []byte(secret)
			for range 1 + noise.IntN(3) {
				at := noise.IntN(len(g))
				for old := g[at]; g[at] == old; {
					g[at] = alphabet[noise.IntN(len(alphabet))]
				}
			}
			if string(g) == secret { // one place was changed twice
				return secret[1:]
			}
			return string(g)
		}
		body := rig.Body(0, "路人", "偷偷说一句〔zz0-1〕", "forged")
		post := func(path string) (status int, answer string, took time.Duration) {
			began := time.Now()
			status, data := r.PostTo(t.Context(), "http://"+r.Servers[0].HTTP+path, body)
			return status, string(data), time.Since(began)
		}
		var wrong, none []float64
		trials := scaled(t, 10_000, 100_000, 300_000)
		for i := range trials {
			near := strings.Replace(path, secret, guess(), 1)
			nobody := strings.Replace(path, "robot-0", "robot-9", 1)
			for _, one := range []struct {
				path string
				into *[]float64
			}{{near, &wrong}, {nobody, &none}}[:1+i%2] {
				status, answer, took := post(one.path)
				require.Equal(t, http.StatusNotFound, status, "%s is no %s", one.path, path)
				require.Empty(t, answer)
				*one.into = append(*one.into, float64(took))
			}
		}
		row.Trials = len(wrong) + len(none)
		difference := welch(trimmed(wrong), trimmed(none))
		row.Note = fmt.Sprintf("accepted 0; t = %.1f between a wrong secret and no robot", difference)
		require.Less(t, math.Abs(difference), 4.5)
		require.Empty(t, r.Ledger.Calls())
	})
}

// The platform signs nothing: whoever has an address is believed, and so a callback is forged by its address alone. Nothing else that a request brings
// lets it in, nor does another robot's secret, nor one of which a single bit is wrong.
func TestForgedCallbacks(t *testing.T) {
	beside(t)
	promise(t, "D5", func(t *testing.T, row *figures.Row) {
		r := newRig(t, rig.Options{Rooms: 4})
		split := func(room int) (before, secret, after string) {
			parts := strings.Split(r.Path(room), "/")
			secret = slices.MaxFunc(parts, func(a, b string) int { return len(a) - len(b) })
			before, after, _ = strings.Cut(r.Path(room), secret)
			return before, secret, after
		}
		before, secret, after := split(0)
		_, others, _ := split(1)
		require.NotEqual(t, secret, others)
		forged := []string{
			"", others, secret + secret, secret + others, others + secret, secret[1:], secret[:len(secret)-1], secret + "x", "x" + secret, secret + "\x00", " " + secret,
			strings.ToUpper(secret), strings.ToLower(secret), strings.Repeat(secret, 200), secret + "=", "*", "..", "null", "undefined",
		}
		for at := range len(secret) {
			for bit := range 8 {
				flipped := []byte(secret)
				flipped[at] ^= 1 << bit
				forged = append(forged, string(flipped))
			}
		}
		forged = slices.DeleteFunc(forged, func(s string) bool { return s == secret })
		noise := rand.New(rand.NewPCG(5, *seedFlag))
		body := rig.Body(0, "路人", "偷偷说一句〔zz0-1〕", "forged")
		send := func(secret string, headers bool) (status int, answer []byte) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.Servers[0].HTTP+before+url.PathEscape(secret)+after, bytes.NewReader(body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/json")
			if headers { // the real secret everywhere but where it counts
				_, good, _ := split(0)
				request.Header.Set("Authorization", "Bearer "+good)
				request.Header.Set("X-Signature", good)
				request.Header.Set("Cookie", "secret="+good)
				request.URL.RawQuery = "secret=" + good + "&robot=robot-0"
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			answer, err = io.ReadAll(response.Body)
			require.NoError(t, err)
			return response.StatusCode, answer
		}
		row.Trials = scaled(t, 2_000, 100_000, 300_000)
		for i := range row.Trials {
			one := forged[i%len(forged)]
			if i >= 2*len(forged) { // then any two changes of one
				two := []byte(forged[noise.IntN(len(forged))])
				if len(two) == 0 {
					continue
				}
				two[noise.IntN(len(two))] ^= 1 << noise.IntN(8)
				if one = string(two); one == secret {
					continue
				}
			}
			status, answer := send(one, i/len(forged)%2 == 1)
			require.Contains(t, []int{http.StatusNotFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusRequestURITooLong}, status, "%q", one)
			require.Empty(t, answer, "%q: the robot would say it aloud", one)
		}
		require.Empty(t, r.Ledger.Calls())
		status, _ := send(secret, false)
		require.Equal(t, http.StatusOK, status, "the real one")
		row.Note = "accepted 0: other robots' secrets, flipped bits, doubled, cut and long ones, with the real one in headers, cookies and query"
	})
}

// trimmed leaves the slowest tenth out, which other processes made.
func trimmed(x []float64) []float64 {
	slices.Sort(x)
	return x[:len(x)*9/10]
}

// welch is the t statistic of two samples.
func welch(a, b []float64) float64 {
	mean := func(x []float64) (m, v float64) {
		for _, f := range x {
			m += f
		}
		m /= float64(len(x))
		for _, f := range x {
			v += (f - m) * (f - m)
		}
		return m, v / float64(len(x)-1) / float64(len(x))
	}
	ma, va := mean(a)
	mb, vb := mean(b)
	return (ma - mb) / math.Sqrt(va+vb)
}

// D7: callbacks are answered in time at 200 messages a second.
func TestCallbacksAreAnsweredInTime(t *testing.T) {
	databasesAlone(t, func(t *testing.T, url string) {
		promise(t, "D7", func(t *testing.T, row *figures.Row) {
			r := newRig(t, rig.Options{Database: url})
			require.NoError(t, r.Mode(mode(0.02)))
			took := &timings{}
			load := r.Begin(t.Context(), rig.Load{Rate: 200, Kind: mixed, Late: took.add})
			rig.Pause(t.Context(), scaled(t, 12*time.Second, 10*time.Minute, time.Hour))
			load.Stop()
			require.NoError(t, r.Mode(mode(0)))
			row.Trials = int(load.Sent())
			worst := took.quantile(1)
			row.Note = fmt.Sprintf("p50 %s, p99.9 %s, worst %s", took.quantile(0.5).Round(100*time.Microsecond), took.quantile(0.999).Round(time.Millisecond), worst.Round(time.Millisecond))
			if *scaleFlag != "change" { // the machine of a change run has other work
				require.LessOrEqual(t, took.quantile(0.999), 500*time.Millisecond)
			}
			require.Less(t, worst, 3*time.Second)
			judge(t, r, row, nil)
		})
	})
}
