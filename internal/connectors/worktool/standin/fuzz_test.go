package standin_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// endpoints of the stand-in that read what they are sent.
var endpoints = []struct{ method, path string }{
	{"POST", "/wework/sendRawMessage?robotId=r1"},
	{"POST", "/robot/robotInfo/update?robotId=r1"},
	{"POST", "/robot/robotInfo/callBack/bind?robotId=r1"},
	{"POST", "/robot/robotInfo/callBack/deleteByType?robotId=r1"},
	{"POST", "/sim/say"},
	{"GET", "/wework/listRawMessage?robotId=r1"},
	{"GET", "/robot/rawMsg/list?robotId=r1"},
	{"GET", "/robot/qaLog/list?robotId=r1"},
	{"GET", "/sim/ledger?limit=1"},
}

// nowhere is a network on which every callback fails at once.
type nowhere struct{}

// RoundTrip implements http.RoundTripper.
func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed }

// FuzzBodies sends anything to the stand-in. It answers in JSON, or sends the page of a form back; it never fails.
func FuzzBodies(f *testing.F) {
	for i, body := range []string{
		`{"socketType":2,"list":[{"type":203,"titleList":["群一"],"receivedContent":"你好","atList":["张三"]}]}`,
		`{"socketType":2,"list":[{"type":203,"titleList":["群一","群二"],"receivedContent":"你好\u0000"},{"type":999}]}`,
		`{"list":[]}`, `{"list":null}`, `{"socketType":"2","list":[{"type":"203","titleList":"群一"}]}`, `[]`, ``, `{`, "\xff",
		`{"socketType":2,"list":[{"type":206,"groupName":"新群","selectList":["张三"],"groupRemark":"备注"},{"type":207,"groupName":"群一","newGroupName":"群三"}]}`,
		`{"socketType":2,"list":[{"type":218,"titleList":["群一"],"objectName":"a.png","fileUrl":"http://x","fileType":"image"}]}`,
		`{"openCallback":1,"replyAll":1,"callbackUrl":"http://us.test/x"}`, `{"type":11,"callBackUrl":"http://us.test/x"}`, `{"type":11}`,
		`{"group":"群一","sender":"张三","text":"在吗","at":["小助手"]}`, `{"group":"没有","sender":"张三","text":"在吗"}`,
	} {
		f.Add(uint8(i%len(endpoints)), "", body, false)
		f.Add(uint8(0), "", body, false)
		f.Add(uint8(4), "", body, true)
	}
	f.Add(uint8(6), "&page=-1&size=9999999999999999999&startTime=x&type=y", "", false)
	f.Add(uint8(8), "&after=-1&robotId=r1&group=%FF", "", false)
	sim, err := standin.New(f.Context(), standin.Options{
		RateLimit: standin.Off, PhoneDelay: standin.NoDelay, Ledger: 100, Keep: 20, ChatLines: 20, Client: &http.Client{Transport: nowhere{}},
		World: standin.World{
			Robots: []standin.RobotSeed{{ID: "r1", Name: "小助手"}, {ID: "r2", Name: "群监听"}}, Groups: []standin.GroupSeed{{Name: "群一"}, {Name: "群二"}},
			People: []string{"张三"},
		},
	})
	require.NoError(f, err)
	f.Cleanup(sim.Close)
	f.Fuzz(func(t *testing.T, which uint8, query, body string, form bool) {
		e := endpoints[int(which)%len(endpoints)]
		request, err := http.NewRequestWithContext(t.Context(), e.method, "http://sim.test"+e.path, bytes.NewReader([]byte(body)))
		require.NoError(t, err)
		request.URL.RawQuery += query
		request.Header.Set("Content-Type", "application/json")
		if form {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, request)
		require.Less(t, answer.Code, http.StatusInternalServerError, "%s %s %q", e.method, e.path, body)
		if answer.Code != http.StatusSeeOther {
			require.True(t, json.Valid(answer.Body.Bytes()), "%q", answer.Body)
		}
		require.NotEmpty(t, sim.Robots())
	})
}
