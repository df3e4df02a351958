// Package robotstest is the contract of robot platforms as tests: what robots.Platform and the platform behind it
// must do, section by section of the platform's API. A client passes it together with its stand-in.
//
// Every test runs in a synctest bubble, so a phone that takes 4.5 seconds costs no time.
package robotstest

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// The world that Fixture.Platform must hold: two robots, members of two groups in which a person speaks. In the
// second group the reply robot has a remark, under which alone it finds the group.
const (
	Group        = "华东客户群"
	OtherGroup   = "售后群"
	OtherRemark  = "甲方售后"
	Person       = "张三"
	ReplyRobot   = "小助手"
	MonitorRobot = "群监听"
)

// PhoneDelay is how long the platform's phones must take for a text.
const PhoneDelay = 4500 * time.Millisecond

// Trouble is a way for a platform to fail.
type Trouble int

// The troubles that a fixture must be able to cause. Each lasts until the next call of Cause.
const (
	NoTrouble         Trouble = iota
	SuccessIs200              // no trouble at all: the other success code
	CutAfterAccepting         // the request is accepted and the connection cut
	ErrorBeforeAccepting
	LimitedByStatus
	LimitedByCode
	PhoneOffline
	ChatNotFound
	FailsTwiceThenWorks // with ResultException
	SecondTargetFails
	ResultDoubled
	ResultLost
)

// Fixture is a platform under test.
type Fixture struct {
	Platform     robots.Platform
	Reply        robots.Account
	Monitor      robots.Account
	Cause        func(Trouble) // to the reply robot
	Say          func(group, text string, at ...string)
	Said         func(group string) []string // what robots said so far, mentions included
	ParseMessage func(body []byte, contentType string) (robots.Message, error)
	ParseResult  func(body []byte) (robots.Result, error)
	ParseQRCode  func(body []byte) (robots.QRCode, error)
}

// Run holds a platform to the contract. Open must serve everything on the network given, inside the test's bubble.
func Run(t *testing.T, open func(t *testing.T, network *Network) Fixture) {
	t.Helper()
	for _, section := range []struct {
		name  string
		cases []contractCase
	}{
		{"1 basics", basics},
		{"2 messages", messages},
		{"3 sending", sending},
		{"4 results", results},
		{"5 registration", registration},
	} {
		t.Run(section.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range section.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					bubble.Test(t, func(t *testing.T) {
						network := NewNetwork()
						c.run(&bench{T: t, Fixture: open(t, network), network: network})
					})
				})
			}
		})
	}
}

type contractCase struct {
	name string
	run  func(b *bench)
}

// bench is a fixture with what the cases need besides.
type bench struct {
	*testing.T
	Fixture
	network *Network
}

// inbox is an address for callbacks that keeps what arrives.
type inbox struct {
	URL    string
	mu     sync.Mutex
	bodies [][]byte
	kinds  []string
}

// listen opens an address for callbacks. Without an answer it says what the platform wants to hear.
func (b *bench) listen(host string, answer http.HandlerFunc) *inbox {
	b.Helper()
	if answer == nil {
		answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"code":0,"message":"success"}`)
		}
	}
	in := &inbox{URL: "http://" + host + "/callback?secret=s"}
	b.network.Serve(b.T, host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		in.bodies = append(in.bodies, body)
		in.kinds = append(in.kinds, r.Header.Get("Content-Type"))
		in.mu.Unlock()
		answer(w, r)
	}))
	return in
}

// take gives what arrived since the last call.
func (in *inbox) take() (bodies [][]byte, kinds []string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	bodies, kinds = in.bodies, in.kinds
	in.bodies, in.kinds = nil, nil
	return bodies, kinds
}

func text(content string, at ...string) robots.Text {
	return robots.Text{Target: Group, Content: content, At: at}
}
