package runner

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/bubble"
	"github.com/flowdesk/flowdesk/storage"
)

// received puts events of one session into memory, without a driver.
func received(r *Runner, ids ...string) []*job {
	var jobs []*job
	for _, id := range ids {
		j := &job{event: &flowdeskv1.Event{Id: id, Session: "s"}, received: true, stored: func(error) {}}
		r.sessions.add(j)
		jobs = append(jobs, j)
	}
	return jobs
}

func flightOf(r *Runner, j *job) *flight {
	return &flight{session: r.sessions.byID[j.event.GetSession()], job: j, write: &storage.TurnWrite{}}
}

// Whatever becomes of the turns, the inbox has the order of arrival.
func TestEventsAreKeptInTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	r := New(engine.NewCatalog(engine.Rules{}), nil, Options{})
	c := r.commits
	jobs := received(r, "a")
	a := flightOf(r, jobs[0])
	r.keep(jobs[0], false)
	require.Empty(t, c.takeKeeps([]*flight{a}), "its turn makes it needless")
	require.False(t, a.write.FromInbox)
	jobs = append(jobs, received(r, "b", "c")...)
	b := flightOf(r, jobs[1])
	r.keep(jobs[2], false)
	c.keepAgain(jobs[0]) // its turn lost
	require.Equal(t, jobs, c.takeKeeps([]*flight{b}), "b is kept although its turn may be stored: c is, and its turn may lose")
	require.True(t, b.write.FromInbox)

	c.putBack(jobs, false) // nothing was stored
	c.keepAgain(jobs[1])
	require.Equal(t, jobs, c.takeKeeps(nil))
	c.kept(jobs, nil)
	require.True(t, c.durable(jobs[1]))
	require.False(t, c.giveUp(jobs[1]))
	b = flightOf(r, jobs[1])
	require.Empty(t, c.takeKeeps([]*flight{b}))
	require.True(t, b.write.FromInbox)
	require.True(t, c.nothing())
}

func TestNothingIsKeptWhileACommitIsUnsure(t *testing.T) {
	t.Parallel()
	r := New(engine.NewCatalog(engine.Rules{}), nil, Options{})
	c := r.commits
	jobs := received(r, "a", "b")
	r.keep(jobs[0], false)
	c.unsure = &unsure{keeps: c.takeKeeps(nil)}
	r.keep(jobs[1], false)
	require.Empty(t, c.takeKeeps(nil))
	require.False(t, c.giveUp(jobs[0]), "it may be stored")
	c.putBack(c.unsure.keeps, true)
	c.unsure = nil
	require.Equal(t, jobs, c.takeKeeps(nil))
}

// pages is an inbox.
type pages struct {
	awayStore

	events []storage.InboxEvent
}

func (p *pages) PendingEvents(_ context.Context, after int64, _ int) (events []storage.InboxEvent, err error) {
	for _, e := range p.events {
		if e.Sequence > after {
			events = append(events, e)
		}
	}
	return events, nil
}

// The backlog reads an event of the inbox before it hears of it.
func TestTheBacklogFindsWhatItReadTooEarly(t *testing.T) {
	t.Parallel()
	bubble.Test(t, func(t *testing.T) {
		inbox := &pages{events: []storage.InboxEvent{{Sequence: 1, Event: &flowdeskv1.Event{Id: "early", Session: "s"}}}}
		r := New(engine.NewCatalog(engine.Rules{}), inbox, Options{})
		behind := &job{event: &flowdeskv1.Event{Id: "behind", Session: "s"}, stored: func(error) {}}
		taken, err := r.backlog.take(behind, true)
		require.NoError(t, err)
		require.True(t, taken)
		r.backlog.refill()
		require.True(t, r.backlog.follows(inbox.events[0].Event, false))
		r.backlog.refill()
		require.Len(t, r.backlog.events, 1)
		inbox.events = append(inbox.events, storage.InboxEvent{Sequence: 2, Event: behind.event})
		r.backlog.refill()
		require.Empty(t, r.backlog.events)
		require.False(t, r.backlog.holds("s"))
		require.True(t, r.commits.durable(behind), "it was read there")
		r.halt()
	})
}
