package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

type robotView struct {
	Waiting, Unconfirmed int
	LastSeen             time.Time
}

type callbackView struct {
	Kind                               string
	Taken, Probes, Refused, LastStatus int
}

type healthView struct {
	Callbacks []callbackView
	Checks    []struct {
		Check string
		Ok    bool
	}
}

func (h healthView) ok(check string) bool {
	for _, c := range h.Checks {
		if c.Check == check {
			return c.Ok
		}
	}
	return false
}

func (h healthView) of(kind string) callbackView {
	for _, c := range h.Callbacks {
		if c.Kind == kind {
			return c
		}
	}
	return callbackView{}
}

func TestHealthTellsWhichCallbacksCame(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var health healthView
	d.get("/v1/robots/monitor:health", &health)
	require.True(t, health.ok("callbacks"), "the platform probed the addresses: %v", health)
	require.Equal(t, 1, health.of("result").Probes)
	require.Empty(t, health.of("message").Taken)

	address := d.http.URL + "/webhooks/worktool/monitor/secret-of-the-monitor/message"
	status, _ := post(t.Context(), t, address, question)
	require.Equal(t, http.StatusOK, status)
	d.get("/v1/robots/monitor:health", &health)
	messages := health.of("message")
	require.Positive(t, messages.Taken) // the robots' own reply may have been heard already
	require.Zero(t, messages.Refused)
	require.Equal(t, http.StatusOK, messages.LastStatus)
	var robot robotView
	d.get("/v1/robots/monitor", &robot)
	require.WithinDuration(t, day(), robot.LastSeen, time.Minute)

	status, _ = post(t.Context(), t, address, `{"spoken":`)
	require.Equal(t, http.StatusBadRequest, status)
	d.get("/v1/robots/monitor:health", &health)
	require.False(t, health.ok("callbacks"))
	require.Equal(t, 1, health.of("message").Refused)
}

func TestATestGoesByItsOwnRobotOrNotAtAll(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var groups struct{ Groups []struct{ ID, Title string } }
	d.get("/v1/groups", &groups)
	require.NotEmpty(t, groups.Groups)
	session := ""
	for _, g := range groups.Groups {
		if g.Title == "华东客户群" {
			session = g.ID
		}
	}
	status, body := post(t.Context(), t, d.http.URL+"/v1/robots/monitor:testSend", `{"session":"`+session+`"}`)
	require.Equal(t, http.StatusBadRequest, status, body)
	require.Contains(t, body, "only monitors")

	require.NoError(t, d.sim.SetMode("sim-day", standin.Mode{Offline: true}))
	status, body = post(t.Context(), t, d.http.URL+"/v1/robots/day:testSend", `{"session":"`+session+`"}`)
	require.Equal(t, http.StatusOK, status, body)
	var robot robotView
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		d.get("/v1/robots/day", &robot)
		require.Equal(c, 1, robot.Unconfirmed)
	}, 20*time.Second, 20*time.Millisecond, "it stands at the phone, which is offline")

	status, body = post(t.Context(), t, d.http.URL+"/v1/robots/day:pause", `{"reason":"手机维修"}`)
	require.Equal(t, http.StatusOK, status, body)
	status, body = post(t.Context(), t, d.http.URL+"/v1/robots/day:testSend", `{"session":"`+session+`","text":"第二条"}`)
	require.Equal(t, http.StatusOK, status, body)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		d.get("/v1/robots/day", &robot)
		require.Equal(c, 1, robot.Waiting)
	}, 20*time.Second, 20*time.Millisecond, "a paused robot's test waits for it")
}
