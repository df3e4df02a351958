package storagetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func alertsOfPeopleAreCounted(t *testing.T, s storage.Store) {
	t.Helper()
	const day, before = "2026-01-05", "2026-01-04"
	alert := func(id, session, person, day string) *flowdeskv1.Alert {
		return &flowdeskv1.Alert{Id: id, Session: session, Person: person, Day: day, State: flowdeskv1.AlertState_ALERT_STATE_OPEN}
	}
	count := func(want ...*flowdeskv1.PersonAlerts) {
		t.Helper()
		got, err := s.CountPersonAlerts(t.Context(), day)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
	}
	first, second := write("g1", 0), write("g2", 0)
	first.Alerts = []*flowdeskv1.Alert{
		alert("a1", "g1", "zhang", day), alert("a2", "g1", "zhang", day), alert("a3", "g1", "zhang", before), alert("a4", "g1", "", day),
		alert("a5", "g1", "li", day),
	}
	second.Alerts = []*flowdeskv1.Alert{alert("a6", "g2", "zhang", day)}
	require.Empty(t, commit(t, s, second, first).LostTurns)
	li := &flowdeskv1.PersonAlerts{Person: "li", Session: "g1", Day: day, Count: 1}
	count(li,
		&flowdeskv1.PersonAlerts{Person: "zhang", Session: "g1", Day: day, Count: 2},
		&flowdeskv1.PersonAlerts{Person: "zhang", Session: "g2", Day: day, Count: 1})

	// One is resolved, which changes nothing, and another goes to the group that its group was merged into.
	moved := write("g2", 1)
	moved.Alerts = []*flowdeskv1.Alert{alert("a2", "g2", "zhang", day), alert("a6", "g2", "zhang", day)}
	moved.Alerts[1].State = flowdeskv1.AlertState_ALERT_STATE_RESOLVED
	require.Empty(t, commit(t, s, moved).LostTurns)
	count(li,
		&flowdeskv1.PersonAlerts{Person: "zhang", Session: "g1", Day: day, Count: 1},
		&flowdeskv1.PersonAlerts{Person: "zhang", Session: "g2", Day: day, Count: 2})
}
