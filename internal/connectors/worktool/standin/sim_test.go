package standin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/robots/robotstest"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

const robotID = "r1"

// stage is a Sim on a network in memory, with an address that keeps callbacks.
type stage struct {
	*testing.T
	*standin.Sim
	client *http.Client
	mu     sync.Mutex
	posted []string
}

// play runs a test in a bubble, with two robots and a group of both.
func play(t *testing.T, o standin.Options, test func(s *stage)) {
	t.Helper()
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		network := robotstest.NewNetwork()
		o.Client = network.Client(t)
		o.World = standin.World{
			Robots: []standin.RobotSeed{{ID: robotID, Name: "小助手"}, {ID: "r2", Name: "群监听"}},
			Groups: []standin.GroupSeed{{Name: "群一"}, {Name: "群二"}},
		}
		sim, err := standin.New(t.Context(), o)
		require.NoError(t, err)
		t.Cleanup(sim.Close)
		s := &stage{T: t, Sim: sim, client: network.Client(t)}
		network.Serve(t, "sim.test", sim)
		network.Serve(t, "us.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			s.mu.Lock()
			s.posted = append(s.posted, r.URL.Path+" "+string(body))
			s.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"code":0,"message":"success"}`)
		}))
		test(s)
	})
}

func (s *stage) call(method, path, body string) (int, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, "http://sim.test"+path, strings.NewReader(body))
	require.NoError(s, err)
	res, err := s.client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(s, err)
	return res.StatusCode, string(answer)
}

// send posts texts to the first group as one batch.
func (s *stage) send(texts ...string) (int, string) {
	s.Helper()
	var list []string
	for _, text := range texts {
		list = append(list, fmt.Sprintf(`{"type":203,"titleList":["群一"],"receivedContent":%q}`, text))
	}
	return s.call("POST", "/wework/sendRawMessage?robotId="+robotID, `{"socketType":2,"list":[`+strings.Join(list, ",")+`]}`)
}

func (s *stage) bindResults() {
	s.Helper()
	status, answer := s.call("POST", "/robot/robotInfo/callBack/bind?robotId="+robotID, `{"type":1,"callBackUrl":"http://us.test/result"}`)
	require.Equal(s, 200, status, answer)
	s.take()
}

func (s *stage) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.posted
	s.posted = nil
	return list
}

func TestTheLedgerKeepsWhatBecameOfEveryCommand(t *testing.T) {
	play(t, standin.Options{}, func(s *stage) {
		start := time.Now()
		s.send("一", "一", "二")
		time.Sleep(5 * time.Second)
		s.call("POST", "/wework/sendRawMessage?robotId="+robotID,
			`{"socketType":2,"list":[{"type":304},{"type":203,"titleList":["没有的群"],"receivedContent":"x"}]}`)
		time.Sleep(time.Minute)
		got := s.Ledger(standin.LedgerQuery{RobotID: robotID})
		first, second := got[0].MessageID, got[3].MessageID
		require.Less(s, first, second)
		entry := func(seq int64, id string, position, kind int, targets, groups []string, content string, state standin.State, code int, failed []string) standin.Entry {
			return standin.Entry{
				Seq: seq, MessageID: id, Position: position, RobotID: robotID, Type: kind, Targets: targets, Groups: groups,
				Content: content, State: state, Code: code, FailList: failed,
			}
		}
		one := []string{"群一"}
		want := []standin.Entry{
			entry(1, first, 0, 203, one, one, "一", standin.Done, 0, nil),
			entry(2, first, 1, 203, one, nil, "一", standin.Collapsed, 0, nil),
			entry(3, first, 2, 203, one, one, "二", standin.Done, 0, nil), // it was under way when the queue was cleared
			entry(4, second, 0, 304, nil, nil, "", standin.Done, 0, nil),
			entry(5, second, 1, 203, []string{"没有的群"}, nil, "x", standin.Failed, 201101, []string{"没有的群"}),
		}
		require.Empty(s, cmp.Diff(want, got, cmpopts.IgnoreFields(standin.Entry{}, "AcceptedAt", "EndedAt")))
		require.Equal(s, start, got[0].AcceptedAt)
		require.Equal(s, start.Add(4500*time.Millisecond), got[0].EndedAt)
		require.Equal(s, got[3:], s.Ledger(standin.LedgerQuery{After: 3}))
		require.Equal(s, got[4:], s.Ledger(standin.LedgerQuery{Group: "没有的群"}))
		counts := s.Counts()
		require.EqualValues(s, 5, counts.Accepted)
		require.Equal(s, counts.Accepted, counts.Done+counts.Failed+counts.Collapsed+counts.Cleared+counts.Waiting)
	})
}

func TestTheLedgerIsBounded(t *testing.T) {
	play(t, standin.Options{Ledger: 3, PhoneDelay: standin.NoDelay}, func(s *stage) {
		s.send("一", "二", "三", "四", "五")
		synctest.Wait()
		list := s.Ledger(standin.LedgerQuery{})
		require.Len(s, list, 3)
		require.Equal(s, "三", list[0].Content)
		require.EqualValues(s, 5, list[2].Seq)
	})
}

func TestCountsAreKeptWithoutALedger(t *testing.T) {
	play(t, standin.Options{Ledger: standin.Off, PhoneDelay: standin.NoDelay}, func(s *stage) {
		s.send("一", "二")
		synctest.Wait()
		require.Empty(s, s.Ledger(standin.LedgerQuery{}))
		require.EqualValues(s, 2, s.Counts().Done)
	})
}

func TestMessageCallbacksInAllTheirForms(t *testing.T) {
	play(t, standin.Options{}, func(s *stage) {
		s.call("POST", "/robot/robotInfo/update?robotId="+robotID, `{"openCallback":1,"replyAll":1,"callbackUrl":"http://us.test/m"}`)
		heard := func(u standin.Utterance) []string {
			u.Sender = "张三"
			require.NoError(s, s.Say(u))
			synctest.Wait()
			return s.take()
		}
		require.Equal(s, []string{`/m {"spoken":"在吗","rawSpoken":"@小助手 在吗","receivedName":"张三","groupName":"群一","groupRemark":"","roomType":1,"atMe":true,"textType":1,"messageId":"m1"}`},
			heard(standin.Utterance{Group: "群一", Text: "在吗", At: []string{"小助手"}, MessageID: "m1"}))
		require.NoError(s, s.SetMode(robotID, standin.Mode{OmitMessageID: true, DoubleMessage: true}))
		twice := heard(standin.Utterance{Group: "群一", Image: []byte("hi")})
		require.Equal(s, []string{
			`/m {"spoken":"","rawSpoken":"","receivedName":"张三","groupName":"群一","groupRemark":"","roomType":1,"atMe":false,"textType":2,"fileBase64":"aGk="}`,
		}, slices.Compact(twice))
		require.Len(s, twice, 2)
		require.NoError(s, s.SetMode(robotID, standin.Mode{OmitMessageID: true}))
		require.Equal(s, []string{`/m {"spoken":"在吗","rawSpoken":"在吗","receivedName":"张三","groupName":"","groupRemark":"","roomType":2,"atMe":false,"textType":1}`},
			heard(standin.Utterance{RobotID: robotID, Text: "在吗"}))
		require.NoError(s, s.SetMode(robotID, standin.Mode{Offline: true}))
		require.Empty(s, heard(standin.Utterance{Group: "群一", Text: "在吗"}))
	})
}

func TestARobotHearsItselfWhereItEchoes(t *testing.T) {
	play(t, standin.Options{PhoneDelay: standin.NoDelay}, func(s *stage) {
		s.call("POST", "/robot/robotInfo/update?robotId="+robotID, `{"openCallback":1,"replyAll":1,"callbackUrl":"http://us.test/m"}`)
		require.NoError(s, s.SetMode(robotID, standin.Mode{Echo: true}))
		s.send("您好")
		synctest.Wait()
		require.Len(s, s.take(), 1)
	})
}

func TestTheAdminAPIAndThePageShowTheChats(t *testing.T) {
	play(t, standin.Options{PhoneDelay: standin.NoDelay, RateLimit: 1}, func(s *stage) {
		status, answer := s.call("POST", "/sim/say", `{"group":"群一","sender":"张三","text":"<b>在吗</b>","at":["小助手"]}`)
		require.Equal(s, 200, status, answer)
		s.send("您好")
		synctest.Wait()
		_, page := s.call("GET", "/sim/chats", "")
		require.Contains(s, page, "@小助手 &lt;b&gt;在吗")
		require.Contains(s, page, "您好")
		_, page = s.call("GET", "/sim/", "")
		require.Contains(s, page, "<option>群二</option>")

		status, answer = s.call("POST", "/sim/mode", `{"robotId":"r1","mode":{"offline":true,"slow":"1.5s"}}`)
		require.Equal(s, 200, status, answer)
		var robots []standin.RobotView
		_, answer = s.call("GET", "/sim/robots", "")
		require.NoError(s, json.Unmarshal([]byte(answer), &robots))
		require.False(s, robots[0].Online)
		require.Equal(s, standin.Duration(1500*time.Millisecond), robots[0].Mode.Slow)

		var groups []standin.GroupView
		_, answer = s.call("GET", "/sim/groups", "")
		require.NoError(s, json.Unmarshal([]byte(answer), &groups))
		require.Len(s, groups[0].Lines, 2)

		var entries []standin.Entry
		_, answer = s.call("GET", "/sim/ledger?robotId=r1&group=%E7%BE%A4%E4%B8%80&after=0", "")
		require.NoError(s, json.Unmarshal([]byte(answer), &entries))
		require.Equal(s, "您好", entries[0].Content)

		for path, body := range map[string]string{
			"/sim/say": `{"group":"没有","sender":"张三","text":"x"}`, "/sim/mode": `{"robotId":"r9","mode":{}}`,
		} {
			status, _ = s.call("POST", path, body)
			require.Equal(s, 404, status, path)
		}
		status, answer = s.call("POST", "/sim/mode", `{"robotId":"r1","mode":{"offlin":true}}`)
		require.Equal(s, 400, status)
		require.Contains(s, answer, "offlin")
	})
}

func TestMalformedSendsAreRefused(t *testing.T) {
	play(t, standin.Options{RateLimit: standin.Off}, func(s *stage) {
		for _, body := range []string{
			"", "[]", `{"list":[{"type":203}]}`, `{"socketType":2,"list":[]}`, `{"socketType":2,"list":[{}]}`,
			`{"socketType":2,"list":[` + strings.Repeat(`{"type":304},`, 100) + `{"type":304}]}`,
		} {
			_, answer := s.call("POST", "/wework/sendRawMessage?robotId="+robotID, body)
			require.Contains(s, answer, `"code":101011`, body)
		}
		require.Zero(s, s.Counts().Accepted)
	})
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- standin.Serve(ctx, "127.0.0.1:0", standin.Options{}, func(a net.Addr) { ready <- a })
	}()
	address := <-ready
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address.String()+"/sim/counts", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode)
	cancel()
	require.NoError(t, <-ended)
}
