package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type flowTest struct {
	Flow    string        `arg:"" predictor:"flow" help:"File, or id of a flow on the server."`
	Text    []string      `placeholder:"TEXT" help:"What somebody says. May be repeated: said one after the other."`
	From    string        `placeholder:"NAME" help:"Who says it; a customer by default."`
	Role    string        `predictor:"role" placeholder:"ROLE" help:"Role of who says it: operator, group_assistant, after_sales or user."`
	AtMe    bool          `help:"The robot is mentioned."`
	After   time.Duration `default:"10s" help:"Time between two texts."`
	Start   string        `placeholder:"TIME" help:"Virtual time of the start, in the organisation's zone unless --zone says another; the present by default."`
	RunOn   time.Duration `default:"1h" help:"How long the virtual clock goes on after the last text."`
	Outcome string        `predictor:"command-state" placeholder:"STATE" help:"How sending ends: completed, failed or unknown."`
	Script  string        `placeholder:"FILE" predictor:"file" help:"YAML or JSON file of a TestRunFlowRequest, for all that flags cannot say."`
	Version int32         `help:"Version of the flow; by default the draft."`
	Seed    uint64        `help:"Seed of random numbers."`
}

// Run implements the command.
func (c *flowTest) Run(ctx context.Context, sh *Shell) error {
	if err := sh.deskZone(ctx, nil); err != nil {
		return err
	}
	request, err := c.request(sh)
	if err != nil {
		return err
	}
	waiting := sh.progressAfter(slow, "testing %s", c.Flow)
	result, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.TestRunFlow, request)
	waiting.end()
	if err != nil {
		return err
	}
	if err := sh.show(result, func() error { return sh.testResult(c.Flow, result) }); err != nil {
		return err
	}
	for _, d := range result.GetDiagnostics() {
		if d.GetSeverity() == flowdeskv1.Severity_SEVERITY_ERROR {
			return sh.invalid("%s has errors", c.Flow)
		}
	}
	for _, i := range result.GetInstances() {
		if bad(i.GetStatus()) {
			return sh.failed("a run failed at node %s: %s", i.GetFailedNode(), i.GetError())
		}
	}
	return nil
}

// bad reports whether a run ended as nobody wants it to.
func bad(s flowdeskv1.InstanceStatus) bool {
	return s == flowdeskv1.InstanceStatus_INSTANCE_STATUS_FAILED || s == flowdeskv1.InstanceStatus_INSTANCE_STATUS_QUARANTINED
}

func (c *flowTest) request(sh *Shell) (*flowdeskv1.TestRunFlowRequest, error) {
	request := &flowdeskv1.TestRunFlowRequest{}
	if c.Script != "" {
		if err := sh.readMessage(c.Script, request); err != nil {
			return nil, err
		}
	}
	if isFile(c.Flow) {
		definition, _, err := sh.readFlow(c.Flow)
		if err != nil {
			return nil, err
		}
		request.Definition = definition
	} else {
		request.Name = resource("flows", c.Flow)
	}
	if c.Version > 0 {
		request.Version = c.Version
	}
	if c.Seed != 0 {
		request.Seed = c.Seed
	}
	if request.GetRunOn() == nil {
		request.RunOn = durationpb.New(c.RunOn)
	}
	var err error
	if c.Start != "" {
		if request.StartTime, err = sh.when("--start", c.Start, 1); err != nil {
			return nil, err
		}
	}
	if c.Outcome != "" {
		if request.CommandOutcome, err = value[flowdeskv1.CommandState](sh, "--outcome", c.Outcome); err != nil {
			return nil, err
		}
	}
	if err := c.say(sh, request); err != nil {
		return nil, err
	}
	if len(request.GetSteps()) == 0 {
		return nil, sh.usage("say what happens: --text, or --script")
	}
	return request, nil
}

// say adds the texts of the flags to the script.
func (c *flowTest) say(sh *Shell, request *flowdeskv1.TestRunFlowRequest) error {
	role, err := value[flowdeskv1.Role](sh, "--role", c.Role)
	if err != nil {
		return err
	}
	from := c.From
	if role != flowdeskv1.Role_ROLE_UNSPECIFIED {
		if from == "" {
			from = sh.say("tester")
		}
		request.People = append(request.GetPeople(), &flowdeskv1.Person{Title: from, Role: role})
	}
	for i, text := range c.Text {
		step := &flowdeskv1.TestStep{Event: &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: &flowdeskv1.MessageEvent{
			SenderName: from, Text: text, AtMe: c.AtMe,
		}}}}
		if i > 0 {
			step.After = durationpb.New(c.After)
		}
		request.Steps = append(request.GetSteps(), step)
	}
	return nil
}

// scene is something that happened in a test run at a time.
type scene struct {
	at   time.Time
	text string
}

// testResult tells the story of a test run in the order of its time: what happened, the way through the flow, and what was said.
func (sh *Shell) testResult(subject string, result *flowdeskv1.TestRunFlowResponse) error {
	sh.findings(subject, result.GetDiagnostics())
	var scenes []scene
	for _, turn := range result.GetTurns() {
		if len(turn.GetTraces()) > 0 || turn.GetStep() >= 0 { // the rest is nothing that a person would look for
			scenes = append(scenes, scene{turn.GetTime().AsTime(), sh.turnText(turn)})
		}
	}
	for _, c := range result.GetCommands() {
		said := sh.time(c.GetSendTime()) + "  ← " + mention(c) + c.GetText() + " [" + sh.value(c.GetState()) + "]\n"
		scenes = append(scenes, scene{c.GetSendTime().AsTime(), said})
	}
	slices.SortStableFunc(scenes, func(a, b scene) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, s := range scenes {
		b.WriteString(s.text)
	}
	if len(result.GetTurns()) > 0 && len(result.GetCommands()) == 0 {
		b.WriteString(sh.say("nothing was said") + "\n")
	}
	return sh.write(b.String())
}

// turnText is what happened, with the way through the flow.
func (sh *Shell) turnText(turn *flowdeskv1.TestTurn) string {
	var b strings.Builder
	b.WriteString(sh.time(turn.GetTime()) + "  " + sh.eventText(turn.GetEvent()) + "\n")
	for _, trace := range turn.GetTraces() {
		for _, step := range trace.GetSteps() {
			b.WriteString("    " + oneLine(sh.visit(step)) + "\n")
		}
		if trace.GetError() != "" {
			b.WriteString("    " + sh.labelled(sh.paint(sh.sys.OutTerminal, red, sh.say("error")), trace.GetError()) + "\n")
		}
	}
	return b.String()
}

func mention(c *flowdeskv1.Command) string {
	if c.GetMention() && c.GetTargetName() != "" {
		return "@" + c.GetTargetName() + " "
	}
	return ""
}

// eventText is what happened, in words.
func (sh *Shell) eventText(e *flowdeskv1.Event) string {
	if m := e.GetMessage(); m != nil {
		return m.GetSenderName() + ": " + m.GetText()
	}
	arm := e.ProtoReflect().WhichOneof(e.ProtoReflect().Descriptor().Oneofs().ByName("payload"))
	if arm == nil {
		return "-"
	}
	return sh.say(strings.ReplaceAll(string(arm.Name()), "_", " "))
}

// visit is one visit of a node in a line: where it led, what it waits for, and why.
func (sh *Shell) visit(s *flowdeskv1.TraceStep) string {
	text := s.GetNode()
	if s.GetTitle() != "" && s.GetTitle() != s.GetNode() {
		text += sh.aside(s.GetTitle())
	}
	switch {
	case s.GetError() != "":
		text += "  " + sh.labelled(sh.paint(sh.sys.OutTerminal, red, sh.say("error")), s.GetError())
	case s.GetPort() != "":
		text += " → " + s.GetPort()
	case len(s.GetWaitingFor()) > 0:
		text += "  " + sh.say("waits for %s", strings.Join(s.GetWaitingFor(), ", "))
	}
	if len(s.GetNotes()) > 0 {
		said := make([]string, 0, len(s.GetNotes()))
		for _, note := range s.GetNotes() {
			said = append(said, sh.because(note))
		}
		text += "  (" + strings.Join(said, "; ") + ")"
	}
	return text
}
