package redislink

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/redistest"
)

const within = 20 * time.Second

func open(t *testing.T, url string, tasks ...Task) *Link {
	t.Helper()
	link, err := New(url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for _, task := range tasks {
		link.Do(task)
	}
	link.Start()
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { require.NoError(t, link.Close(ctx)) })
	return link
}

func await(t *testing.T, link *Link, up bool) {
	t.Helper()
	require.Eventually(t, func() bool { return link.State().Up == up && (link.Client() != nil) == up }, within, time.Millisecond)
}

func TestALinkComesAndGoesWithItsServer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	began := make(chan rueidis.Client, 100)
	link := open(t, server.URL(), func(ctx context.Context, client rueidis.Client) error {
		began <- client
		<-ctx.Done()
		return ctx.Err()
	})
	await(t, link, true)
	first := <-began
	require.Positive(t, link.State().Trip)
	server.Kill()
	await(t, link, false)
	require.Eventually(t, func() bool { return link.State().Why == "nobody listens at its address" }, within, time.Millisecond)
	server.Run()
	await(t, link, true)
	require.NotSame(t, first, <-began, "a task gets a new client")
	require.EqualValues(t, 1, link.State().Downs)
}

func TestATaskThatFailsBringsTheLinkDownForAMoment(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	tries := make(chan struct{}, 100)
	failed := false
	link := open(t, server.URL(), func(ctx context.Context, _ rueidis.Client) error {
		tries <- struct{}{}
		if !failed {
			failed = true
			return errors.New("a fault of its own")
		}
		<-ctx.Done()
		return ctx.Err()
	})
	<-tries
	<-tries
	await(t, link, true)
}

func TestWhoeverFindsThatNobodyAnswersSaysSo(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	link := open(t, server.URL())
	await(t, link, true)
	client := link.Client()
	link.Failed(client, client.Do(t.Context(), client.B().Arbitrary("NOSUCH").Build()).Error())
	require.NotNil(t, link.Client(), "an answer is an answer, though it is an error")
	link.Failed(client, context.DeadlineExceeded)
	require.Nil(t, link.Client(), "at once")
	await(t, link, true)
	link.Failed(client, context.DeadlineExceeded)
	require.NotNil(t, link.Client(), "an old client's failure is no news")
}

func TestExamine(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	_, _, err := Examine(t.Context(), server.URL())
	require.EqualError(t, err, "nobody listens at its address")
	server.Run("--user", "limited", "on", ">pass", "~other:*", "&other:*", "+@all", "--user", "able", "on", ">pass", "~flowdesk:*", "&flowdesk:*", "+@all")
	version, trip, err := Examine(t.Context(), server.URL())
	require.NoError(t, err)
	require.NotEmpty(t, version)
	require.Positive(t, trip)
	_, _, err = Examine(t.Context(), "redis://able:pass@"+server.Addr())
	require.NoError(t, err, "a user needs no more than the names that begin with flowdesk:")
	_, _, err = Examine(t.Context(), "redis://limited:pass@"+server.Addr())
	require.ErrorContains(t, err, "the user may not do what is needed")
	_, _, err = Examine(t.Context(), "redis://able:wrong@"+server.Addr())
	require.ErrorContains(t, err, "it does not take the user and password")
	_, _, err = Examine(t.Context(), server.URL()[:len(server.URL())-1]+"99")
	require.ErrorContains(t, err, "no database of that number")
	_, _, err = Examine(t.Context(), "rediss://"+server.Addr())
	require.Error(t, err)
	require.NotContains(t, err.Error(), server.Addr())
	server.Freeze()
	_, _, err = Examine(t.Context(), server.URL())
	require.Error(t, err)
}
