package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowDiff struct {
	Flow     string `arg:"" predictor:"flow" help:"Id of the flow."`
	From     string `arg:"" optional:"" default:"live" help:"live, draft, a version's number, or a file."`
	To       string `arg:"" optional:"" default:"draft" help:"live, draft, a version's number, or a file."`
	ExitCode bool   `help:"Fail with 1 when there is a difference."`
}

// Run implements the command.
func (c *flowDiff) Run(ctx context.Context, sh *Shell) error {
	from, fromLayout, err := c.side(ctx, sh, c.From)
	if err != nil {
		return err
	}
	to, toLayout, err := c.side(ctx, sh, c.To)
	if err != nil {
		return err
	}
	if fromLayout == nil || toLayout == nil {
		fromLayout, toLayout = nil, nil // a file says nothing about where nodes stand
	}
	comparison := engine.Compare(from, to, fromLayout, toLayout)
	err = sh.show(comparison, func() error {
		if comparison.GetIdentical() {
			sh.print("%s and %s are the same", c.From, c.To)
			return nil
		}
		return sh.comparison(comparison)
	})
	if err == nil && c.ExitCode && !comparison.GetIdentical() {
		return sh.failed("%s and %s differ", c.From, c.To)
	}
	return err
}

// side is one of the two that are compared.
func (c *flowDiff) side(ctx context.Context, sh *Shell, text string) (*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout, error) {
	switch number, err := strconv.ParseInt(strings.TrimPrefix(text, "v"), 10, 32); {
	case text == "draft":
		return sh.definition(ctx, c.Flow, 0)
	case text == "live":
		f, err := sh.flow(ctx, c.Flow)
		if err != nil {
			return nil, nil, err
		}
		if f.GetActiveVersion() == 0 {
			return nil, nil, &failure{code: ExitConflict, text: sh.say("flow %s is not live; name a version, draft or a file", short(c.Flow))}
		}
		return sh.definition(ctx, c.Flow, f.GetActiveVersion())
	case err == nil && number > 0:
		return sh.definition(ctx, c.Flow, int32(number))
	default:
		return sh.readFlow(text)
	}
}

// signs mark how a part of a flow changed.
var signs = map[flowdeskv1.ChangeKind]string{
	flowdeskv1.ChangeKind_CHANGE_KIND_ADDED: "+", flowdeskv1.ChangeKind_CHANGE_KIND_REMOVED: "-", flowdeskv1.ChangeKind_CHANGE_KIND_CHANGED: "~",
	flowdeskv1.ChangeKind_CHANGE_KIND_REWIRED: "~", flowdeskv1.ChangeKind_CHANGE_KIND_MOVED: "→",
}

// comparison writes what differs, a line for each change, moves apart from changes.
func (sh *Shell) comparison(c *flowdeskv1.FlowComparison) error {
	var b strings.Builder
	line := func(kind flowdeskv1.ChangeKind, text string) {
		sign := signs[kind]
		colour := map[string]string{"+": green, "-": red, "~": yellow}[sign]
		if colour == "" {
			colour = grey
		}
		b.WriteString(sh.paint(sh.sys.OutTerminal, colour, sign+" "+text) + "\n")
	}
	fields := func(indent string, all []*flowdeskv1.FieldChange) {
		for _, f := range all {
			b.WriteString(indent + f.GetField() + ": " + orNothing(f.GetOldValue()) + " → " + orNothing(f.GetNewValue()) + "\n")
		}
	}
	for _, f := range c.GetFields() {
		line(flowdeskv1.ChangeKind_CHANGE_KIND_CHANGED, sh.say("flow")+" "+f.GetField()+": "+orNothing(f.GetOldValue())+" → "+orNothing(f.GetNewValue()))
	}
	for _, n := range c.GetNodes() {
		name := n.GetNode()
		if n.GetTitle() != "" {
			name += sh.aside(n.GetTitle())
		}
		line(n.GetChange(), sh.say("node")+" "+name+" "+n.GetKind())
		fields("    ", n.GetFields())
	}
	for _, e := range c.GetEdges() {
		to := e.GetNewTo()
		switch {
		case to == "":
			to = e.GetOldTo()
		case e.GetOldTo() != "":
			to = e.GetOldTo() + " → " + to
		}
		line(e.GetChange(), sh.say("edge")+" "+e.GetFrom()+"."+e.GetPort()+": "+to)
	}
	if c.GetLayoutOnly() {
		b.WriteString(sh.say("only places on the canvas differ") + "\n")
	}
	return sh.write(b.String())
}

func orNothing(value string) string {
	if value == "" {
		return "-"
	}
	return value
}
