package cli

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type alertCommand struct {
	Remote

	List    alertList    `cmd:"" help:"List alerts, newest first: those that are not resolved, unless states are asked for." eg:"alert list\nalert list --level critical --level error"`
	Show    alertShow    `cmd:"" aliases:"get" help:"Show an alert with its history." eg:"alert show 01k7m2\nalert show 01k7m2 -o json"`
	Ack     alertAck     `cmd:"" aliases:"acknowledge" help:"Tell that somebody has seen alerts." eg:"alert ack 01k7m2\nalert ack 01k7m2 01k7m3 --reason 处理中"`
	Assign  alertAssign  `cmd:"" help:"Give alerts to a person." eg:"alert assign 01k7m2 --to support\nalert assign 01k7m2 --to support --reason 值班"`
	Silence alertSilence `cmd:"" help:"Keep alerts quiet for a while." eg:"alert silence 01k7m2 --until 2h\nalert silence 01k7m2 --until 09:00 --reason 已知"`
	Resolve alertResolve `cmd:"" help:"End alerts." eg:"alert resolve 01k7m2\nalert resolve 01k7m2 --reason 已沟通"`
	Watch   alertWatch   `cmd:"" help:"Follow alerts as they change." eg:"alert watch\nalert watch --level critical -o jsonl"`
}

type alertList struct {
	paging
	period

	State    []string `predictor:"alert-state" placeholder:"STATE" help:"open, acknowledged or resolved. May be repeated."`
	Level    []string `predictor:"alert-level" placeholder:"LEVEL" help:"info, warning, error or critical. May be repeated."`
	Category []string `predictor:"alert-category" placeholder:"CATEGORY" help:"Cause, such as complaint. May be repeated."`
	Session  string   `predictor:"session" help:"Session (group)."`
	All      bool     `help:"Resolved alerts too."`
}

// Run implements the command.
func (c *alertList) Run(ctx context.Context, sh *Shell) error {
	states, err := values[flowdeskv1.AlertState](sh, "--state", c.State)
	if err != nil {
		return err
	}
	if len(states) == 0 && !c.All {
		states = []flowdeskv1.AlertState{flowdeskv1.AlertState_ALERT_STATE_OPEN, flowdeskv1.AlertState_ALERT_STATE_ACKNOWLEDGED}
	}
	levels, err := values[flowdeskv1.AlertLevel](sh, "--level", c.Level)
	if err != nil {
		return err
	}
	categories, err := values[flowdeskv1.AlertCategory](sh, "--category", c.Category)
	if err != nil {
		return err
	}
	since, until, err := c.times(sh)
	if err != nil {
		return err
	}
	request := &flowdeskv1.ListAlertsRequest{States: states, Levels: levels, Categories: categories, Session: c.Session, Since: since, Until: until}
	return list(sh, c.Limit, func(size int32, token string) (proto.Message, error) {
		request.PageSize, request.PageToken = size, token
		return call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.ListAlerts, request)
	},
		col("ALERT", (*flowdeskv1.Alert).GetId),
		col("LEVEL", func(a *flowdeskv1.Alert) string { return sh.value(a.GetLevel()) }),
		col("STATE", func(a *flowdeskv1.Alert) string { return sh.value(a.GetState()) }),
		col("CAUSE", func(a *flowdeskv1.Alert) string { return sh.value(a.GetCategory()) }),
		col("SESSION", func(a *flowdeskv1.Alert) string { return short(a.GetSession()) }),
		col("ABOUT", (*flowdeskv1.Alert).GetParticipantName),
		col("COUNT", func(a *flowdeskv1.Alert) string { return number(a.GetCount()) }),
		col("RAISED", func(a *flowdeskv1.Alert) string { return sh.time(a.GetCreateTime()) }),
		col("TEXT", func(a *flowdeskv1.Alert) string { return sh.because(a.GetText()) }),
	)
}

type alertShow struct {
	ID string `arg:"" name:"alert" predictor:"alert" help:"Id of the alert."`
}

// Run implements the command.
func (c *alertShow) Run(ctx context.Context, sh *Shell) error {
	got, err := call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.GetAlert,
		&flowdeskv1.GetAlertRequest{Name: resource("alerts", c.ID)})
	if err != nil {
		return err
	}
	a := got.GetAlert()
	return sh.show(a, func() error {
		err := sh.write(pairs([]row{
			sh.row("alert", a.GetId()), sh.row("level", sh.value(a.GetLevel())), sh.row("state", sh.value(a.GetState())),
			sh.row("cause", sh.value(a.GetCategory())), sh.row("text", sh.because(a.GetText())), sh.row("session", short(a.GetSession())),
			sh.row("about", a.GetParticipantName()), sh.row("messages", number(a.GetCount())), sh.row("assignee", short(a.GetAssignee())),
			sh.row("silent until", sh.time(a.GetSilencedUntil())), sh.row("raised", sh.time(a.GetCreateTime())),
			sh.row("resolved", sh.time(a.GetResolveTime())), sh.row("message", short(a.GetMessage())), sh.row("run", short(a.GetInstance())),
		}))
		if err != nil {
			return err
		}
		var rows [][]string
		for _, h := range a.GetHistory() {
			rows = append(rows, []string{sh.time(h.GetTime()), sh.say(h.GetChange()), sh.value(h.GetLevel()), h.GetActor(), sh.because(h.GetReason())})
		}
		return sh.write("\n" + table([]string{sh.say("TIME"), sh.say("CHANGE"), sh.say("LEVEL"), sh.say("BY"), sh.say("REASON")}, rows, sh.sys.Width))
	})
}

type alertWatch struct {
	Level   []string `predictor:"alert-level" placeholder:"LEVEL" help:"info, warning, error or critical. May be repeated."`
	Session string   `predictor:"session" help:"Session (group)."`
}

// Run implements the command.
func (c *alertWatch) Run(ctx context.Context, sh *Shell) error {
	levels, err := values[flowdeskv1.AlertLevel](sh, "--level", c.Level)
	if err != nil {
		return err
	}
	open := func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchAlertsResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.WatchAlerts,
			&flowdeskv1.WatchAlertsRequest{ResumeToken: token, Session: c.Session, Levels: levels})
	}
	return watch(ctx, sh, "", open, func(r *flowdeskv1.WatchAlertsResponse) error {
		a := r.GetAlert()
		if a == nil {
			return nil
		}
		return sh.reported(a, fmt.Sprintf("%s  %s  %s  %s  %s  %s", sh.time(a.GetUpdateTime()), a.GetId(), sh.value(a.GetLevel()), sh.value(a.GetState()),
			short(a.GetSession()), sh.because(a.GetText())))
	})
}

// someAlerts are the alerts that a verb acts on, and why it does.
type someAlerts struct {
	reasoned

	IDs []string `arg:"" name:"alert" predictor:"alert" help:"Ids of alerts."`
}

// withAlert is every answer that holds an alert.
type withAlert interface{ GetAlert() *flowdeskv1.Alert }

// act does one thing to each of several alerts and says what became of it.
func (c *someAlerts) act(sh *Shell, do func(name string) (withAlert, error)) error {
	return each(sh, c.IDs, func(id string) error {
		got, err := do(resource("alerts", id))
		if err != nil {
			return err
		}
		return sh.done(got.GetAlert(), "alert %s: %s", short(id), sh.value(got.GetAlert().GetState()))
	})
}

type alertAck struct{ someAlerts }

// Run implements the command.
func (c *alertAck) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withAlert, error) {
		return call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.AcknowledgeAlert,
			&flowdeskv1.AcknowledgeAlertRequest{Name: name, Reason: c.Reason})
	})
}

type alertAssign struct {
	someAlerts

	To string `required:"" predictor:"person" placeholder:"PERSON" help:"Person who becomes responsible."`
}

// Run implements the command.
func (c *alertAssign) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withAlert, error) {
		return call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.AssignAlert,
			&flowdeskv1.AssignAlertRequest{Name: name, Reason: c.Reason, Assignee: c.To})
	})
}

type alertSilence struct {
	someAlerts

	Until string `required:"" placeholder:"TIME" help:"Until when: a time, or 2h from now."`
}

// Run implements the command.
func (c *alertSilence) Run(ctx context.Context, sh *Shell) error {
	until, err := sh.when("--until", c.Until, 1)
	if err != nil {
		return err
	}
	return each(sh, c.IDs, func(id string) error {
		got, err := call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.SilenceAlert,
			&flowdeskv1.SilenceAlertRequest{Name: resource("alerts", id), Reason: c.Reason, Until: until})
		if err != nil {
			return err
		}
		return sh.done(got.GetAlert(), "alert %s: silent until %s", short(id), sh.time(got.GetAlert().GetSilencedUntil()))
	})
}

type alertResolve struct{ someAlerts }

// Run implements the command.
func (c *alertResolve) Run(ctx context.Context, sh *Shell) error {
	return c.act(sh, func(name string) (withAlert, error) {
		return call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.ResolveAlert,
			&flowdeskv1.ResolveAlertRequest{Name: name, Reason: c.Reason})
	})
}
