package cli

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

type simChat struct {
	simTarget

	At string `placeholder:"TIME" help:"Virtual time of the start, in the organisation's zone unless --zone says another; the present by default."`
}

const simHelp = `NAME: TEXT            somebody says something; @NAME mentions
TEXT                  the one who speaks says it: at first a customer
/as NAME              who speaks from now on: a name, or a role such as operator
/advance 5m           time goes by
/clock 09:00          to a time of day
/next [N]             to the next thing that happens
/robot ID MODE [N]    ok, fail, offline, no-result, wrong-group or slow, for N sends; robots are monitor, notify, day and night
/staff NAME STATE     online, busy, offline or auto
/edit TEXT            what waits to be said is to say this instead; of several, what came last
/send                 what waits is sent now
/cancel               what waits is not sent
/why                  why the last message was answered as it was, or was not
/plan                 what is to come
/save FILE            the conversation as a test case
/reset [N]            from the beginning, the first N steps played again
/quit`

// chat is a conversation in the terminal.
type chat struct {
	*Shell

	client flowdeskv1.SimulatorServiceClient
	name   string
	shown  map[string]string // how a line stood when it was shown, and what it said
	state  *flowdeskv1.SimulationState
	as     string // who says what has no name in front
}

// Run implements the command.
func (c *simChat) Run(ctx context.Context, sh *Shell) error {
	choice, err := c.choice(sh)
	if err != nil {
		return err
	}
	var settings *flowdeskv1.Settings
	if !c.remote(sh) {
		settings = desk.DefaultSettings()
	}
	if err := sh.deskZone(ctx, settings); err != nil {
		return err
	}
	setup := &flowdeskv1.SimulationSetup{}
	if setup.StartTime, err = sh.when("--at", c.At, 1); err != nil {
		return err
	}
	client, done, err := c.simulator(sh)
	if err != nil {
		return err
	}
	defer done()
	created, err := client.CreateSimulation(ctx, &flowdeskv1.CreateSimulationRequest{Choice: choice, Setup: setup})
	if err != nil {
		return err
	}
	sh.findings(c.Flow, created.GetDiagnostics())
	if created.GetState() == nil {
		return sh.invalid("%s has errors", c.Flow)
	}
	talk := &chat{Shell: sh, client: client, name: created.GetState().GetSimulation().GetName(), shown: make(map[string]string)}
	talk.print(created.GetState())
	sh.notice(simHelp)
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sh.remote.Timeout)
		defer cancel()
		_, _ = client.DeleteSimulation(ending, &flowdeskv1.DeleteSimulationRequest{Name: talk.name}) // it would expire
	}()
	return talk.talk(ctx)
}

// talk takes lines until there are no more.
func (c *chat) talk(ctx context.Context) error {
	lines := bufio.NewScanner(c.sys.In)
	for c.prompt(); lines.Scan(); c.prompt() {
		line := strings.TrimSpace(lines.Text())
		if line == "/quit" {
			return nil
		}
		if err := c.do(ctx, line); err != nil {
			c.report(err)
		}
	}
	return lines.Err()
}

func (c *chat) prompt() {
	fmt.Fprint(c.sys.Out, c.state.GetSimulation().GetClock().AsTime().In(c.zone).Format("01-02 15:04:05"), " > ")
}

// do carries out one line.
func (c *chat) do(ctx context.Context, line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	argument := func(n int) string {
		if n < len(words) {
			return words[n]
		}
		return ""
	}
	number, _ := strconv.ParseInt(argument(len(words)-1), 10, 32) // no number is 0, the default
	switch words[0] {
	case "/advance":
		by, err := time.ParseDuration(argument(1))
		if err != nil {
			return c.usage("%q is no length of time; write 5m or 2h", argument(1))
		}
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_By{By: durationpb.New(by)}})
	case "/clock", "/until":
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_Clock{Clock: argument(1)}})
	case "/next":
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_Next{Next: int32(max(1, number))}})
	case "/robot":
		mode, err := value[flowdeskv1.RobotMode](c.Shell, "/robot", argument(2))
		if err != nil {
			return err
		}
		return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{
			Id: argument(1), Mode: mode, Times: int32(number),
		}}})
	case "/edit":
		text := strings.TrimSpace(strings.TrimPrefix(line, "/edit"))
		if text == "" {
			return c.usage("write what it is to say: /edit TEXT")
		}
		return c.order(ctx, &flowdeskv1.OrderSimulatedCommandRequest{Text: text})
	case "/send":
		return c.order(ctx, &flowdeskv1.OrderSimulatedCommandRequest{Action: flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW})
	case "/cancel":
		return c.order(ctx, &flowdeskv1.OrderSimulatedCommandRequest{})
	case "/as":
		return c.speakAs(strings.Join(words[1:], " "))
	case "/staff":
		return c.staff(ctx, argument(1), argument(2))
	case "/why":
		return c.explainLast()
	case "/plan":
		for _, p := range c.state.GetPlan() {
			fmt.Fprintf(c.sys.Out, "  %s %s %s\n", p.GetTime().AsTime().In(c.zone).Format("01-02 15:04:05"), c.group(p.GetSession()), c.text(p.GetText()))
		}
		return nil
	case "/save":
		return c.save(ctx, argument(1))
	case "/reset":
		r, err := c.client.ResetSimulation(ctx, &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: int32(number)})
		if err == nil {
			clear(c.shown)
			c.print(r.GetState())
		}
		return err
	case "/help":
		c.notice(simHelp)
		return nil
	}
	return c.speak(ctx, line)
}

// order does something with what waits to be said; of several, with what came last.
func (c *chat) order(ctx context.Context, o *flowdeskv1.OrderSimulatedCommandRequest) error {
	for _, l := range slices.Backward(c.state.GetLines()) {
		if l.GetState() != flowdeskv1.LineState_LINE_STATE_PENDING {
			continue
		}
		o.Name, o.Command = c.name, l.GetCommand()
		r, err := c.client.OrderSimulatedCommand(ctx, o)
		if err == nil {
			c.print(r.GetState())
		}
		return err
	}
	return c.usage("nothing waits to be said")
}

// speak lets somebody say something: who is named in front of the first colon, in either width, or else the one who speaks.
func (c *chat) speak(ctx context.Context, line string) error {
	if strings.HasPrefix(line, "/") {
		return c.usage("there is no %s; write NAME: TEXT, or /help", strings.Fields(line)[0])
	}
	person, text, named := strings.Cut(strings.Replace(line, "：", ":", 1), ":")
	person, text = strings.TrimSpace(person), strings.TrimSpace(text)
	if !named || strings.HasPrefix(text, "//") { // an address is no name with a text
		person, text = cmp.Or(c.as, c.first(flowdeskv1.Role_ROLE_USER)), line
	}
	return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{Person: person, Text: text}}})
}

// speakAs settles who says what has no name in front: a person, or the first one of a role.
func (c *chat) speakAs(who string) error {
	for _, p := range c.state.GetSimulation().GetPeople() {
		if who != "" && p.GetTitle() == who {
			c.as = who
			return nil
		}
	}
	for number := range flowdeskv1.Role_name {
		role := flowdeskv1.Role(number)
		known := []string{shortValue(role.Descriptor().Values().ByNumber(role.Number())), English.value(role), Chinese.value(role)}
		if role != 0 && slices.Contains(known, who) && c.first(role) != "" {
			c.as = c.first(role)
			c.notice("%s speaks", c.as)
			return nil
		}
	}
	var titles []string
	for _, p := range c.state.GetSimulation().GetPeople() {
		titles = append(titles, p.GetTitle())
	}
	return c.usage("there is nobody called %s; there are %s", who, strings.Join(titles, ", "))
}

// first is the first person of a role; empty when there is none.
func (c *chat) first(role flowdeskv1.Role) string {
	for _, p := range c.state.GetSimulation().GetPeople() {
		if p.GetRole() == role {
			return p.GetTitle()
		}
	}
	return ""
}

func (c *chat) advance(ctx context.Context, a *flowdeskv1.AdvanceStep) error {
	return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: a}})
}

func (c *chat) staff(ctx context.Context, person, presence string) error {
	if presence == "auto" {
		presence = ""
	}
	as, err := value[flowdeskv1.Presence](c.Shell, "/staff", presence)
	if err != nil {
		return err
	}
	for _, p := range c.state.GetSimulation().GetPeople() {
		if p.GetTitle() == person {
			p.Presence = as
			return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Person{Person: p}})
		}
	}
	return c.usage("there is nobody called %s", person)
}

func (c *chat) play(ctx context.Context, step *flowdeskv1.CaseStep) error {
	r, err := c.client.PlaySimulation(ctx, &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{step}})
	if err == nil {
		c.print(r.GetState())
	}
	return err
}

// print shows the lines that are new, and those that stand otherwise than before.
func (c *chat) print(state *flowdeskv1.SimulationState) {
	c.state = state
	for _, l := range state.GetLines() {
		stands := l.GetState().String() + " " + l.GetText()
		if c.shown[l.GetId()] == stands {
			continue
		}
		c.shown[l.GetId()] = stands
		at := l.GetTime().AsTime().In(c.zone).Format("15:04:05")
		switch l.GetState() {
		case flowdeskv1.LineState_LINE_STATE_PENDING:
			fmt.Fprintf(c.sys.Out, "  … [%s] %s%s\n", c.group(l.GetGroup()), l.GetText(), c.aside(c.labelled(l.GetDueTime().AsTime().In(c.zone).Format("01-02 15:04:05"), c.because(l.GetReason()))))
		case flowdeskv1.LineState_LINE_STATE_SENDING:
			fmt.Fprintf(c.sys.Out, "  → [%s] %s: %s\n", c.group(l.GetGroup()), l.GetSender(), l.GetText())
		case flowdeskv1.LineState_LINE_STATE_FAILED, flowdeskv1.LineState_LINE_STATE_CANCELLED:
			fmt.Fprintf(c.sys.Out, "  ✗ [%s] %s%s\n", c.group(l.GetGroup()), l.GetText(), c.aside(c.because(l.GetReason())))
		default:
			fmt.Fprintf(c.sys.Out, "  %s [%s] %s: %s\n", at, c.group(l.GetGroup()), l.GetSender(), l.GetText())
			if l.GetOutcome() == flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SILENT {
				fmt.Fprintf(c.sys.Out, "           %s\n", c.text(l.GetWhy()))
			}
		}
	}
}

// group is what people call a group of the chat.
func (c *chat) group(id string) string {
	for _, g := range c.state.GetSimulation().GetGroups() {
		if g.GetId() == id && g.GetTitle() != "" {
			return g.GetTitle()
		}
	}
	return id
}

// explainLast says what became of the last message, and its way.
func (c *chat) explainLast() error {
	for i := len(c.state.GetLines()) - 1; i >= 0; i-- {
		l := c.state.GetLines()[i]
		if l.GetOutgoing() {
			continue
		}
		fmt.Fprintln(c.sys.Out, " ", l.GetText()+":", c.text(l.GetWhy()))
		for _, run := range c.state.GetRuns() {
			if run.GetInstance().GetId() == l.GetInstance() {
				for _, step := range run.GetPath() {
					fmt.Fprintln(c.sys.Out, "   ", c.visit(step))
				}
			}
		}
		return nil
	}
	return c.usage("nobody has said anything")
}

// save writes the conversation as a test case.
func (c *chat) save(ctx context.Context, file string) error {
	if file == "" {
		return c.usage("name a file")
	}
	r, err := c.client.RecordTestCase(ctx, &flowdeskv1.RecordTestCaseRequest{Name: c.name})
	if err != nil {
		return err
	}
	data, err := simulator.WriteCase(r.GetTestCase())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(file), data, 0o600)
}
