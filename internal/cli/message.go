package cli

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type messageCommand struct {
	Remote

	List  messageList  `cmd:"" help:"List messages, newest first." eg:"message list\nmessage list --session demo --role user"`
	Show  messageShow  `cmd:"" aliases:"get" help:"Show a message." eg:"message show 01k7m2\nmessage show 01k7m2 -o yaml"`
	Why   messageWhy   `cmd:"" help:"Say why a message was answered as it was, or why not." eg:"message why 01k7m2\nmessage why 01k7m2 -o json"`
	Watch messageWatch `cmd:"" help:"Follow messages as they come." eg:"message watch\nmessage watch --session demo -o jsonl"`
}

type messageList struct {
	paging
	period

	Session string `predictor:"session" help:"Session (group)."`
	Role    string `predictor:"role" placeholder:"ROLE" help:"Role of the sender: operator, group_assistant, after_sales, user or robot."`
	Query   string `help:"Part of the text."`
}

// Run implements the command.
func (c *messageList) Run(ctx context.Context, sh *Shell) error {
	role, err := value[flowdeskv1.Role](sh, "--role", c.Role)
	if err != nil {
		return err
	}
	since, until, err := c.times(sh)
	if err != nil {
		return err
	}
	request := &flowdeskv1.ListMessagesRequest{Role: role, Query: c.Query, Since: since, Until: until}
	if c.Session != "" {
		request.Parent = resource("sessions", c.Session)
	}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListMessages, request)
	},
		col("MESSAGE", (*flowdeskv1.Message).GetId),
		col("TIME", func(m *flowdeskv1.Message) string { return sh.time(m.GetReceiveTime()) }),
		col("SESSION", func(m *flowdeskv1.Message) string { return short(m.GetSession()) }),
		col("FROM", (*flowdeskv1.Message).GetSenderName),
		col("ROLE", func(m *flowdeskv1.Message) string { return sh.value(m.GetRole()) }),
		col("TEXT", (*flowdeskv1.Message).GetText),
	)
}

type messageShow struct {
	ID string `arg:"" name:"message" predictor:"message" help:"Id of the message."`
}

// Run implements the command.
func (c *messageShow) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.GetMessage,
		&flowdeskv1.GetMessageRequest{Name: resource("messages", c.ID)})
	if err != nil {
		return err
	}
	return sh.showRows(got.GetMessage(), sh.messageRows(got.GetMessage())...)
}

func (sh *Shell) messageRows(m *flowdeskv1.Message) []row {
	intent := ""
	if m.GetIntent() != 0 {
		intent = sh.value(m.GetIntent())
	}
	return []row{
		sh.row("message", m.GetId()), sh.row("time", sh.time(m.GetReceiveTime())), sh.row("session", short(m.GetSession())),
		sh.row("from", m.GetSenderName()), sh.row("role", sh.value(m.GetRole())), sh.row("text", m.GetText()), sh.row("intent", intent),
		sh.row("run", short(m.GetFlowInstance())), sh.row("task", short(m.GetAfterSalesTask())), sh.row("command", short(m.GetCommand())),
		sh.row("answers", short(m.GetReplyTo())), sh.row("withdrawn", sh.yes(m.GetWithdrawn())),
	}
}

type messageWhy struct {
	ID string `arg:"" name:"message" predictor:"message" help:"Id of the message."`
}

// Run implements the command.
func (c *messageWhy) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.WhyMessage,
		&flowdeskv1.WhyMessageRequest{Name: resource("messages", c.ID)})
	if err != nil {
		return err
	}
	return sh.why(got.GetDerivation())
}

// why tells why something was done or not: the answer, what stopped it, the way, and what came of it.
func (sh *Shell) why(d *flowdeskv1.Derivation) error {
	return sh.show(d, func() error {
		var b strings.Builder
		b.WriteString(sh.text(d.GetSummary()) + "\n")
		b.WriteString(pairs([]row{
			sh.row("message", d.GetMessage().GetText()), sh.row("run", d.GetInstance().GetId()), sh.row("delay", sh.because(d.GetDelayReason())),
			sh.row("model", d.GetModel()), sh.row("source", d.GetSource()),
		}))
		section := func(title string, lines []string) {
			if len(lines) > 0 {
				b.WriteString("\n" + sh.say(title) + "\n  " + strings.Join(lines, "\n  ") + "\n")
			}
		}
		var guards, path, commands []string
		for _, g := range d.GetGuards() {
			mark := "·"
			if g.GetStopped() {
				mark = sh.paint(sh.sys.OutTerminal, red, "×")
			}
			guards = append(guards, mark+" "+oneLine(g.GetRule()+": "+sh.because(g.GetReason())))
		}
		for _, s := range d.GetPath() {
			path = append(path, oneLine(sh.visit(s)))
		}
		for _, c := range d.GetCommands() {
			commands = append(commands, oneLine(c.GetId()+"  "+sh.value(c.GetState())+"  "+mention(c)+c.GetText()))
		}
		section("Rules that were asked:", guards)
		section("Way through the flow:", path)
		section("Commands to robots:", commands)
		var notes []string
		for _, note := range d.GetNotes() {
			notes = append(notes, sh.because(note))
		}
		section("Notes:", notes)
		return sh.write(b.String())
	})
}

type messageWatch struct {
	Session string `predictor:"session" help:"Session (group)."`
}

// Run implements the command.
func (c *messageWatch) Run(ctx context.Context, sh *Shell) error {
	return watch(ctx, sh, "", sh.messagesStream(c.Session), func(r *flowdeskv1.WatchMessagesResponse) error {
		if r.GetMessage() == nil {
			return nil
		}
		return sh.reported(r.GetMessage(), sh.messageLine(r.GetMessage()))
	})
}

func (sh *Shell) messageLine(m *flowdeskv1.Message) string {
	return sh.time(m.GetReceiveTime()) + "  " + short(m.GetSession()) + "  " + m.GetSenderName() + sh.aside(sh.value(m.GetRole())) + ": " + m.GetText()
}

// messagesStream watches messages, of one session or of all.
func (sh *Shell) messagesStream(session string) func(context.Context, string) (grpc.ServerStreamingClient[flowdeskv1.WatchMessagesResponse], error) {
	return func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchMessagesResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.WatchMessages,
			&flowdeskv1.WatchMessagesRequest{ResumeToken: token, Session: session})
	}
}
