package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type sessionCommand struct {
	Remote

	List     sessionList     `cmd:"" help:"List sessions, the last to speak first." eg:"session list\nsession list --unanswered"`
	Show     sessionShow     `cmd:"" aliases:"get" help:"Show a session." eg:"session show demo\nsession show demo -o json"`
	TakeOver sessionTakeOver `cmd:"" help:"Give the conversation to a person: the robot is quiet." eg:"session take-over demo --person support\nsession take-over demo --until 2h"`
	HandBack sessionHandBack `cmd:"" help:"Let the robot speak again." eg:"session hand-back demo\nsession hand-back demo --reason 已处理"`
	Notes    sessionNotes    `cmd:"" help:"List the private notes of a session, newest first." eg:"session notes demo\nsession notes demo -o json"`
	Note     sessionNote     `cmd:"" help:"Keep a private note in a session: for colleagues, never sent to the group." eg:"session note demo 老客户，先核对手机号\nsession note demo 已补发 -o json"`
	Watch    sessionWatch    `cmd:"" help:"Follow sessions as they change." eg:"session watch\nsession watch --unanswered"`
}

type sessionList struct {
	paging

	Query      string `help:"Part of the title."`
	Held       bool   `help:"Those that a person holds only."`
	Unanswered bool   `help:"Those with an unanswered question only."`
	Unread     bool   `help:"Those with something that the caller has not seen only."`
}

// Run implements the command.
func (c *sessionList) Run(ctx context.Context, sh *Shell) error {
	request := &flowdeskv1.ListSessionsRequest{Query: c.Query, Unanswered: c.Unanswered, Unread: c.Unread}
	if c.Held {
		request.Held = proto.Bool(true)
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListSessions, request)
	},
		col("SESSION", (*flowdeskv1.Session).GetId), col("TITLE", (*flowdeskv1.Session).GetTitle),
		col("UNANSWERED", func(s *flowdeskv1.Session) string { return number(s.GetUnanswered()) }),
		col("UNREAD", func(s *flowdeskv1.Session) string { return number(s.GetUnread()) }),
		col("TASKS", func(s *flowdeskv1.Session) string { return number(s.GetOpenTasks()) }),
		col("ALERTS", func(s *flowdeskv1.Session) string { return number(s.GetOpenAlerts()) }),
		col("HELD", func(s *flowdeskv1.Session) string { return sh.yes(s.GetHeld()) }),
		col("LAST", func(s *flowdeskv1.Session) string { return sh.time(s.GetLastMessageTime()) }),
		col("BY", func(s *flowdeskv1.Session) string { return sh.value(s.GetLastRole()) }),
		col("TEXT", (*flowdeskv1.Session).GetLastText),
	)
}

type sessionShow struct {
	ID string `arg:"" name:"session" predictor:"session" help:"Id of the session."`
}

// Run implements the command.
func (c *sessionShow) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.GetSession,
		&flowdeskv1.GetSessionRequest{Name: resource("sessions", c.ID)})
	if err != nil {
		return err
	}
	s := got.GetSession()
	return sh.showRows(s,
		sh.row("session", s.GetId()), sh.row("title", s.GetTitle()), sh.row("messages", fmt.Sprint(s.GetMessageCount())),
		sh.row("unanswered", number(s.GetUnanswered())), sh.row("open tasks", number(s.GetOpenTasks())),
		sh.row("open alerts", number(s.GetOpenAlerts())), sh.row("held by a person", sh.yes(s.GetHeld())),
		sh.row("last message", sh.time(s.GetLastMessageTime())), sh.row("by", sh.value(s.GetLastRole())), sh.row("text", s.GetLastText()),
		sh.row("people", fmt.Sprint(len(s.GetParticipants()))), sh.row("commands under way", number(len(s.GetCommands()))),
	)
}

type sessionTakeOver struct {
	reasoned

	ID          string `arg:"" name:"session" predictor:"session" help:"Id of the session."`
	Person      string `predictor:"person" help:"Person who takes over; by default the caller."`
	Participant string `help:"User whose conversation it is; by default the whole group."`
	Until       string `placeholder:"TIME" help:"When the robot returns by itself: a time, or 2h from now."`
}

// Run implements the command.
func (c *sessionTakeOver) Run(ctx context.Context, sh *Shell) error {
	until, err := sh.when("--until", c.Until, 1)
	if err != nil {
		return err
	}
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.TakeOverSession, &flowdeskv1.TakeOverSessionRequest{
		Name: resource("sessions", c.ID), Person: c.Person, Participant: c.Participant, Until: until, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return sh.done(got.GetSession(), "session %s: a person has it, the robot is quiet", short(c.ID))
}

type sessionHandBack struct {
	reasoned

	ID          string `arg:"" name:"session" predictor:"session" help:"Id of the session."`
	Participant string `help:"User whose conversation it is; by default the whole group."`
}

// Run implements the command.
func (c *sessionHandBack) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.HandBackSession,
		&flowdeskv1.HandBackSessionRequest{Name: resource("sessions", c.ID), Participant: c.Participant, Reason: c.Reason})
	if err != nil {
		return err
	}
	return sh.done(got.GetSession(), "session %s: the robot speaks again", short(c.ID))
}
