package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

type simChatCommand struct {
	simTarget

	At string `help:"Virtual time of the start, RFC 3339; by default now."`
}

const simHelp = `NAME: TEXT            somebody says something; @NAME mentions
/advance 5m           time goes by
/until 09:00          to a time of day
/next [N]             to the next thing that happens
/robot ID MODE [N]    ok, fail, offline, no-result, wrong-group or slow, for N sends; robots are monitor, notify, day and night
/staff NAME STATE     online, busy, offline or auto
/why                  why the last message was answered as it was, or was not
/plan                 what is to come
/save FILE            the conversation as a test case
/reset [N]            from the beginning, the first N steps played again
/quit`

// simChat is a conversation in the terminal.
type simChat struct {
	client flowdeskv1.SimulatorServiceClient
	name   string
	zone   *time.Location
	out    io.Writer
	shown  map[string]flowdeskv1.LineState
	state  *flowdeskv1.SimulationState
}

// Run implements the command.
func (c *simChatCommand) Run(ctx context.Context) error {
	choice, err := c.choice()
	if err != nil {
		return err
	}
	setup := &flowdeskv1.SimulationSetup{}
	if c.At != "" {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		setup.StartTime = timestamppb.New(at)
	}
	client, done, err := c.simulator()
	if err != nil {
		return err
	}
	defer done()
	created, err := client.CreateSimulation(ctx, &flowdeskv1.CreateSimulationRequest{Choice: choice, Setup: setup})
	if err != nil {
		return err
	}
	for _, d := range created.GetDiagnostics() {
		fmt.Fprintf(os.Stderr, "%s: %s\n", d.GetCode(), d.GetMessage())
	}
	if created.GetState() == nil {
		return errors.New("the flow has errors")
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	chat := &simChat{
		client: client, name: created.GetState().GetSimulation().GetName(), zone: zone, out: os.Stdout, shown: make(map[string]flowdeskv1.LineState),
	}
	chat.show(created.GetState())
	fmt.Println(simHelp)
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		_, _ = client.DeleteSimulation(ending, &flowdeskv1.DeleteSimulationRequest{Name: chat.name}) // it would expire
	}()
	return chat.talk(ctx, os.Stdin)
}

// talk takes lines until there are no more.
func (c *simChat) talk(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for c.prompt(); lines.Scan(); c.prompt() {
		line := strings.TrimSpace(lines.Text())
		if line == "/quit" {
			return nil
		}
		if err := c.do(ctx, line); err != nil {
			fmt.Fprintln(c.out, status.Convert(err).Message())
		}
	}
	return lines.Err()
}

func (c *simChat) prompt() {
	fmt.Fprint(c.out, c.state.GetSimulation().GetClock().AsTime().In(c.zone).Format("Mon 15:04:05"), " > ")
}

// do carries out one line.
func (c *simChat) do(ctx context.Context, line string) error {
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
			return err
		}
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_By{By: durationpb.New(by)}})
	case "/until":
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_Clock{Clock: argument(1)}})
	case "/next":
		return c.advance(ctx, &flowdeskv1.AdvanceStep{Way: &flowdeskv1.AdvanceStep_Next{Next: int32(max(1, number))}})
	case "/robot":
		mode := flowdeskv1.RobotMode_value["ROBOT_MODE_"+strings.ToUpper(strings.ReplaceAll(argument(2), "-", "_"))]
		return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Robot{Robot: &flowdeskv1.SimulatedRobot{
			Id: argument(1), Mode: flowdeskv1.RobotMode(mode), Times: int32(number),
		}}})
	case "/staff":
		return c.staff(ctx, argument(1), argument(2))
	case "/why":
		return c.why()
	case "/plan":
		for _, p := range c.state.GetPlan() {
			fmt.Fprintf(c.out, "  %s %s %s\n", p.GetTime().AsTime().In(c.zone).Format("Mon 15:04:05"), p.GetSession(), p.GetText().GetZh())
		}
		return nil
	case "/save":
		return c.save(ctx, argument(1))
	case "/reset":
		r, err := c.client.ResetSimulation(ctx, &flowdeskv1.ResetSimulationRequest{Name: c.name, KeepSteps: int32(number)})
		if err == nil {
			clear(c.shown)
			c.show(r.GetState())
		}
		return err
	case "/help":
		fmt.Fprintln(c.out, simHelp)
		return nil
	}
	return c.say(ctx, line)
}

// say lets somebody speak: the name ends at the first colon, in either width.
func (c *simChat) say(ctx context.Context, line string) error {
	person, text, ok := strings.Cut(strings.Replace(line, "：", ":", 1), ":")
	if !ok || strings.HasPrefix(line, "/") {
		return errors.New("write NAME: TEXT, or /help")
	}
	return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Say{Say: &flowdeskv1.SayStep{
		Person: strings.TrimSpace(person), Text: strings.TrimSpace(text),
	}}})
}

func (c *simChat) advance(ctx context.Context, a *flowdeskv1.AdvanceStep) error {
	return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Advance{Advance: a}})
}

func (c *simChat) staff(ctx context.Context, person, presence string) error {
	for _, p := range c.state.GetSimulation().GetPeople() {
		if p.GetTitle() == person {
			p.Presence = flowdeskv1.Presence(flowdeskv1.Presence_value["PRESENCE_"+strings.ToUpper(presence)])
			return c.play(ctx, &flowdeskv1.CaseStep{Action: &flowdeskv1.CaseStep_Person{Person: p}})
		}
	}
	return fmt.Errorf("there is nobody called %s", person)
}

func (c *simChat) play(ctx context.Context, step *flowdeskv1.CaseStep) error {
	r, err := c.client.PlaySimulation(ctx, &flowdeskv1.PlaySimulationRequest{Name: c.name, Steps: []*flowdeskv1.CaseStep{step}})
	if err == nil {
		c.show(r.GetState())
	}
	return err
}

// show prints the lines that are new, and those that stand otherwise than before.
func (c *simChat) show(state *flowdeskv1.SimulationState) {
	c.state = state
	for _, l := range state.GetLines() {
		if known, ok := c.shown[l.GetId()]; ok && known == l.GetState() {
			continue
		}
		c.shown[l.GetId()] = l.GetState()
		at := l.GetTime().AsTime().In(c.zone).Format("15:04:05")
		switch l.GetState() {
		case flowdeskv1.LineState_LINE_STATE_PENDING:
			fmt.Fprintf(c.out, "  … [%s] %s（%s：%s）\n", l.GetGroup(), l.GetText(), l.GetDueTime().AsTime().In(c.zone).Format("Mon 15:04:05"), l.GetReason())
		case flowdeskv1.LineState_LINE_STATE_SENDING:
			fmt.Fprintf(c.out, "  → [%s] %s: %s\n", l.GetGroup(), l.GetSender(), l.GetText())
		case flowdeskv1.LineState_LINE_STATE_FAILED, flowdeskv1.LineState_LINE_STATE_CANCELLED:
			fmt.Fprintf(c.out, "  ✗ [%s] %s（%s）\n", l.GetGroup(), l.GetText(), l.GetReason())
		default:
			fmt.Fprintf(c.out, "  %s [%s] %s: %s\n", at, l.GetGroup(), l.GetSender(), l.GetText())
			if l.GetOutcome() == flowdeskv1.DerivationOutcome_DERIVATION_OUTCOME_SILENT {
				fmt.Fprintf(c.out, "           %s\n", l.GetWhy().GetZh())
			}
		}
	}
}

// why says what became of the last message, and its way.
func (c *simChat) why() error {
	for i := len(c.state.GetLines()) - 1; i >= 0; i-- {
		l := c.state.GetLines()[i]
		if l.GetOutgoing() {
			continue
		}
		fmt.Fprintln(c.out, " ", l.GetText()+":", l.GetWhy().GetZh())
		for _, run := range c.state.GetRuns() {
			if run.GetInstance().GetId() == l.GetInstance() {
				for _, step := range run.GetPath() {
					fmt.Fprintln(c.out, "   ", step.GetTitle(), step.GetPort(), strings.Join(step.GetNotes(), "; "))
				}
			}
		}
		return nil
	}
	return errors.New("nobody has said anything")
}

// save writes the conversation as a test case.
func (c *simChat) save(ctx context.Context, file string) error {
	if file == "" {
		return errors.New("name a file")
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
