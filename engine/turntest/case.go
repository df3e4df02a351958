package turntest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// rules is the name under which a case shows what the rules outside of flows do.
const rules = "rules"

// testCase is one case as it is played.
type testCase struct {
	catalog *engine.Catalog
	kind    engine.Kind
	flow    *flowdeskv1.FlowDefinition
	world   *flowdeskv1.Environment
	ports   map[engine.Port]int
	shown   []string // further nodes

	room  *Room // nil before the first event
	at    string
	made  []made
	print *printer
	lines []string

	visited map[string]int    // in how many instances the turn came to a node
	passing bool              // time passes: what falls due starts nothing most often
	stands  map[string]string // what was shown last of a node that waits, by instance and node
}

// made is one effect and who made it.
type made struct {
	instance, node string
	lines          []string
}

func newCase(
	catalog *engine.Catalog, kind engine.Kind, flow *flowdeskv1.FlowDefinition, world *flowdeskv1.Environment, ports map[engine.Port]int,
) *testCase {
	finish(catalog, flow)
	return &testCase{
		catalog: catalog, kind: kind, flow: flow, world: world, ports: ports,
		print: &printer{names: newNames(world), last: make(map[string]proto.Message)}, stands: make(map[string]string),
	}
}

// end is the node to which the ports lead that a fragment leaves open.
const end = "end"

// finish makes a flow of a fragment: fixed ports that must lead on and do not lead to a last node.
func finish(catalog *engine.Catalog, flow *flowdeskv1.FlowDefinition) {
	led, open := map[string]bool{}, false
	for _, e := range flow.GetEdges() {
		led[e.GetFrom()+"/"+cmp.Or(e.GetPort(), string(engine.Out))] = true
	}
	for _, n := range flow.GetNodes() {
		t := catalog.Of(n)
		if t == nil || n.GetId() == end {
			continue
		}
		for _, p := range t.Spec.GetPorts() {
			if !p.GetOptional() && !led[n.GetId()+"/"+p.GetName()] && !t.Spec.GetDynamicPorts() {
				open = true
				flow.Edges = append(flow.GetEdges(), &flowdeskv1.Edge{From: n.GetId(), Port: p.GetName(), To: end})
			}
		}
	}
	is := func(n *flowdeskv1.Node) bool { return n.GetId() == end }
	if open && !slices.ContainsFunc(flow.GetNodes(), is) {
		flow.Nodes = append(flow.GetNodes(), &flowdeskv1.Node{Id: end, Config: &flowdeskv1.Node_AnalysisTrigger{AnalysisTrigger: &flowdeskv1.AnalysisTrigger{}}})
	}
}

// open makes the room, before the first event.
func (c *testCase) open() error {
	if c.room != nil {
		return nil
	}
	room, err := NewRoom(c.catalog, c.flow, c.world)
	if err != nil {
		return err
	}
	if c.at != "" {
		if room.Now, err = clock(c.at, room.Env.Zone); err != nil {
			return err
		}
	}
	c.room, c.print.now = room, room.Now
	room.Emitted = func(instance, node string, effect *flowdeskv1.Effect) {
		c.print.names.learnEffect(effect)
		c.made = append(c.made, made{instance, node, c.effect(effect)})
	}
	return nil
}

// turn lets an event act and writes what followed.
func (c *testCase) turn(event *flowdeskv1.Event) error {
	if err := c.open(); err != nil {
		return err
	}
	c.begin(event)
	turn, err := c.room.Turn(event)
	if err != nil {
		return err
	}
	c.lines = append(c.lines, c.followed(turn)...)
	return nil
}

func (c *testCase) begin(event *flowdeskv1.Event) {
	c.made, c.print.now = nil, c.room.Now.In(c.room.Env.Zone)
	if m := event.GetMessage(); m != nil { // its id is what the turn will give it
		probe := proto.CloneOf(event)
		probe.Id = engine.NewID(c.room.Now, uint64(len(c.room.Turns)+1))
		c.print.names.learnEvent(probe)
	}
}

// followed is what is shown of a turn.
func (c *testCase) followed(turn *flowdeskv1.Turn) []string {
	var lines []string
	for _, trace := range turn.GetTraces() {
		c.print.names.thing("i", trace.GetInstance())
	}
	if slices.Contains(c.shown, rules) {
		lines = append(lines, c.ofRules(turn)...)
	}
	told := map[string]bool{}
	c.visited = visits(turn)
	for _, trace := range turn.GetTraces() {
		for _, step := range trace.GetSteps() {
			lines = append(lines, c.step(turn, trace, step, told)...)
		}
		if trace.GetError() != "" {
			line := "  " + c.print.text(trace.GetInstance()) + " is " + enumName(trace.GetStatus())
			if trace.GetFailedNode() != "" {
				line += " at " + trace.GetFailedNode()
			}
			lines = append(lines, line+": "+c.print.text(trace.GetError()))
		}
	}
	if c.catalog.Type(c.kind).Spec.GetTrigger() && len(turn.GetTraces()) == 0 && !c.passing {
		lines = append(lines, "  no flow begins")
	}
	return lines
}

// visits are in how many instances a turn came to each node.
func visits(turn *flowdeskv1.Turn) map[string]int {
	instances := map[string]map[string]bool{}
	count := map[string]int{}
	for _, trace := range turn.GetTraces() {
		for _, step := range trace.GetSteps() {
			if instances[step.GetNode()] == nil {
				instances[step.GetNode()] = map[string]bool{}
			}
			instances[step.GetNode()][trace.GetInstance()] = true
		}
	}
	for node, in := range instances {
		count[node] = len(in)
	}
	return count
}

func (c *testCase) ofRules(turn *flowdeskv1.Turn) []string {
	lines := c.effectsOf("", "")
	for _, note := range turn.GetNotes() {
		lines = append(lines, "    note: "+c.print.text(note))
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]string{"  " + rules}, lines...)
}

func (c *testCase) effectsOf(instance, node string) []string {
	var lines []string
	for _, m := range c.made {
		if m.instance == instance && m.node == node {
			lines = append(lines, m.lines...)
		}
	}
	return lines
}

// step is one visit of a node, or its continuation, when it is shown. What it made is told at its first step of the turn.
func (c *testCase) step(turn *flowdeskv1.Turn, trace *flowdeskv1.InstanceTrace, step *flowdeskv1.Step, told map[string]bool) []string {
	node := c.room.Program.Node(step.GetNode())
	if node.Type.Kind == c.kind && step.GetPort() != "" {
		c.ports[engine.Port(step.GetPort())]++
	}
	if node.Type.Kind != c.kind && !slices.Contains(c.shown, step.GetNode()) {
		return nil
	}
	head := step.GetNode()
	if c.visited[step.GetNode()] > 1 {
		head += " of " + c.print.text(trace.GetInstance())
	}
	switch {
	case step.GetPort() != "":
		head += " -> " + step.GetPort()
	case step.GetResumed():
		head += " waits on"
	case step.GetError() == "":
		head += " waits"
	}
	var fields []string
	out := node.Type.Output.New()
	if err := proto.Unmarshal(step.GetOutput(), out.Interface()); err == nil {
		fields = c.print.fields(out)
	}
	lines := block("  ", head, fields)
	lines = append(lines, c.waits(step.GetWait())...)
	key := trace.GetInstance() + "/" + step.GetNode()
	stands := strings.Join(fields, ", ") + strings.Join(c.waits(step.GetWait()), ", ")
	news := step.GetPort() != "" || c.stands[key] != stands && (len(fields) > 0 || step.GetWait() == nil) || len(step.GetNotes()) > 0
	if len(fields) > 0 || !step.GetResumed() {
		c.stands[key] = stands
	}
	if step.GetError() != "" {
		lines = append(lines, "    error: "+c.print.text(step.GetError()))
	}
	for _, note := range step.GetNotes() {
		if !repeats(out, note) {
			lines = append(lines, "    note: "+c.print.text(note))
		}
	}
	if !told[key] {
		told[key] = true
		effects := c.effectsOf(trace.GetInstance(), step.GetNode())
		lines, news = append(lines, effects...), news || len(effects) > 0
	}
	if !news && step.GetError() == "" {
		return nil // it was woken and waits on as before
	}
	return lines
}

// repeats reports whether a note says what a text of the output says.
func repeats(out protoreflect.Message, note string) bool {
	repeated := false
	said := func(text string) bool { return len(text) > 8 && strings.Contains(note, text) } // a few letters may be there by chance
	out.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.StringKind:
		case !f.IsList():
			repeated = repeated || said(v.String())
		default:
			for i := range v.List().Len() {
				repeated = repeated || said(v.List().Get(i).String())
			}
		}
		return !repeated
	})
	return repeated
}

// waits says what a node waits for; timers by the time at which they are due.
func (c *testCase) waits(wait *flowdeskv1.NodeWait) []string {
	if wait == nil {
		return nil
	}
	bare := proto.CloneOf(wait)
	bare.Node, bare.Timers = "", nil
	for _, id := range wait.GetTimers() {
		if timer := c.room.State.Timer(id); timer != nil {
			bare.Timers = append(bare.Timers, c.print.time(timer.GetDue().AsTime()))
		}
	}
	fields := c.print.fields(bare.ProtoReflect())
	for i, field := range fields {
		if rest, ok := strings.CutPrefix(field, "timers: "); ok {
			fields[i] = "until: " + strings.ReplaceAll(rest, `"`, "")
		}
	}
	return block("    ", "waits for", fields)
}

// effect writes one effect. Timers of nodes are told with what the nodes wait for.
func (c *testCase) effect(effect *flowdeskv1.Effect) []string {
	if timer := effect.GetSetTimer(); timer != nil {
		if timer.GetInstance() != "" {
			return nil
		}
		timer = proto.CloneOf(timer)
		timer.Id = ""
		effect = &flowdeskv1.Effect{Effect: &flowdeskv1.Effect_SetTimer{SetTimer: timer}}
	}
	m := effect.ProtoReflect()
	arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("effect"))
	id, fields := c.print.put(m.Get(arm).Message())
	return block("    ", strings.TrimSpace("+ "+string(arm.Name())+" "+id), fields)
}

// look writes a list of the session.
func (c *testCase) look(field string) error {
	if err := c.open(); err != nil {
		return err
	}
	state := c.room.State.ProtoReflect()
	f := state.Descriptor().Fields().ByName(protoreflect.Name(field))
	if f == nil || !f.IsList() || f.Message() == nil {
		return fmt.Errorf("%w: a session has no list %s", ErrScript, field)
	}
	list := state.Get(f).List()
	if list.Len() == 0 {
		c.lines = append(c.lines, "  none")
	}
	for i := range list.Len() {
		c.lines = append(c.lines, block("  ", "-", c.print.fields(list.Get(i).Message()))...)
	}
	return nil
}

// enumName is an enum value without its prefix.
func enumName(e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil {
		return fmt.Sprint(e.Number())
	}
	return strings.TrimPrefix(string(value.Name()), prefixOf(e.Descriptor()))
}
