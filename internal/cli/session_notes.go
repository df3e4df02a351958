package cli

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type sessionNotes struct {
	paging

	ID string `arg:"" name:"session" predictor:"session" help:"Id of the session."`
}

// Run implements the command.
func (c *sessionNotes) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListSessionNotesRequest{Parent: resource("sessions", c.ID)}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListSessionNotes, request)
	},
		col("NOTE", (*flowdeskv1.SessionNote).GetId),
		col("TIME", func(n *flowdeskv1.SessionNote) string { return sh.time(n.GetCreateTime()) }),
		col("FROM", noteAuthor),
		col("TEXT", (*flowdeskv1.SessionNote).GetText),
	)
}

// noteAuthor is who wrote a note, by title where there is one.
func noteAuthor(n *flowdeskv1.SessionNote) string {
	if n.GetAuthorTitle() != "" {
		return n.GetAuthorTitle()
	}
	return n.GetAuthor()
}

type sessionNote struct {
	ID   string   `arg:"" name:"session" predictor:"session" help:"Id of the session."`
	Text []string `arg:"" help:"Text, at most 4,000 characters."`
}

// Run implements the command.
func (c *sessionNote) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.CreateSessionNote, &flowdeskv1.CreateSessionNoteRequest{
		Parent: resource("sessions", c.ID), SessionNote: &flowdeskv1.SessionNote{Text: strings.Join(c.Text, " ")},
	})
	if err != nil {
		return err
	}
	return sh.done(got.GetSessionNote(), "session %s: note kept, for colleagues only", short(c.ID))
}
