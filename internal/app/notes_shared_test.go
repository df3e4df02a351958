package app_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// Who watches a session at one replica hears of the note that a colleague wrote at the other, also where no Redis passes hints.
func TestANoteIsHeardOfAtEveryReplica(t *testing.T) {
	t.Parallel()
	for name, hints := range map[string]fabric.Fabric{"with hints": nil, "without hints": fabric.Alone{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := app.Options{
				Database: pgtest.URL(t), BaseURI: "http://desk", Fabric: hints, Log: slog.New(slog.DiscardHandler), Postgres: postgres.Options{Migrate: true},
			}
			a, b := serves(t, options), serves(t, options)
			made, err := flowdeskv1.NewDirectoryServiceClient(a.api).CreateGroup(t.Context(), &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
				Title: "买家群", Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP,
			}})
			require.NoError(t, err)
			session := "sessions/" + made.GetGroup().GetId()
			require.Eventually(t, func() bool {
				_, err := flowdeskv1.NewSessionServiceClient(b.api).ListSessionNotes(t.Context(), &flowdeskv1.ListSessionNotesRequest{Parent: session})
				return err == nil
			}, 10*time.Second, 20*time.Millisecond, "both know the group")
			for from, to := range map[*server]*server{a: b, b: a} {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				stream, err := flowdeskv1.NewSessionServiceClient(to.api).WatchMessages(ctx, &flowdeskv1.WatchMessagesRequest{Session: session})
				require.NoError(t, err)
				_, err = stream.Recv() // it is there
				require.NoError(t, err)
				note, err := flowdeskv1.NewSessionServiceClient(from.api).CreateSessionNote(ctx, &flowdeskv1.CreateSessionNoteRequest{
					Parent: session, SessionNote: &flowdeskv1.SessionNote{Text: "先别催"},
				})
				require.NoError(t, err)
				written := time.Now()
				report, err := stream.Recv()
				require.NoError(t, err)
				require.Equal(t, note.GetSessionNote().GetName(), report.GetSessionNote().GetName())
				require.Equal(t, "先别催", report.GetSessionNote().GetText())
				t.Logf("heard of after %s", time.Since(written).Round(time.Millisecond))
			}
		})
	}
}
