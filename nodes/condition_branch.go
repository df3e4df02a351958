package nodes

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

type branchOut = *flowdeskv1.ConditionBranchOutput

func init() {
	register(conditionBranch,
		engine.PortsFrom[*flowdeskv1.ConditionBranch, branchOut](branchPorts),
		engine.Checks[*flowdeskv1.ConditionBranch, branchOut](checkBranch))
}

const elsePort = "else"

// conditionBranch goes on by the first case that is true.
func conditionBranch(run *engine.Run, cfg *flowdeskv1.ConditionBranch) (branchOut, engine.Port, error) {
	port, by, err := choose(run, cfg)
	if err != nil {
		return nil, engine.Pending, err
	}
	return &flowdeskv1.ConditionBranchOutput{Port: port, DecidedBy: by}, engine.Port(port), nil
}

func choose(run *engine.Run, cfg *flowdeskv1.ConditionBranch) (port, by string, err error) {
	switch b := cfg.GetBranch().(type) {
	case *flowdeskv1.ConditionBranch_Cases:
		for _, c := range b.Cases.GetCases() {
			ok, err := run.Bool(c, "when")
			if err != nil {
				return "", "", err
			}
			if ok {
				return c.GetPort(), c.GetWhen(), nil
			}
		}
		return elsePort, "no case is true", nil
	case *flowdeskv1.ConditionBranch_Switch:
		number, err := run.Enum(b.Switch, "value")
		if err != nil {
			return "", "", err
		}
		for _, c := range b.Switch.GetCases() {
			for _, name := range c.GetValues() {
				if value := enumValue(name); value != nil && int32(value.Number()) == number {
					return c.GetPort(), name, nil
				}
			}
		}
		return elsePort, fmt.Sprintf("value %d", number), nil
	case *flowdeskv1.ConditionBranch_Ranges:
		value, err := run.Number(b.Ranges, "value")
		if err != nil {
			return "", "", err
		}
		for _, r := range b.Ranges.GetRanges() {
			if (r.From == nil || value >= r.GetFrom()) && (r.Below == nil || value < r.GetBelow()) {
				return r.GetPort(), fmt.Sprint(value), nil
			}
		}
		return elsePort, fmt.Sprint(value), nil
	default:
		for _, w := range cfg.GetWindows().GetWindows() {
			if desk.InWindow(w.GetWindow(), run.Now(), run.Zone()) {
				return w.GetPort(), run.Now().Format("15:04"), nil
			}
		}
		return elsePort, run.Now().Format("15:04"), nil
	}
}

// enumValue finds an enum value of the language by its name; names are unique, because they begin with their enum's.
func enumValue(name string) protoreflect.EnumValueDescriptor {
	for _, file := range []protoreflect.FileDescriptor{
		flowdeskv1.File_flowdesk_v1_types_proto, flowdeskv1.File_flowdesk_v1_understanding_proto, flowdeskv1.File_flowdesk_v1_nodes_reply_proto,
		flowdeskv1.File_flowdesk_v1_nodes_general_proto, flowdeskv1.File_flowdesk_v1_event_proto, flowdeskv1.File_flowdesk_v1_resource_task_proto,
		flowdeskv1.File_flowdesk_v1_resource_command_proto, flowdeskv1.File_flowdesk_v1_resource_alert_proto,
	} {
		for i := range file.Enums().Len() {
			if v := file.Enums().Get(i).Values().ByName(protoreflect.Name(name)); v != nil {
				return v
			}
		}
	}
	return nil
}

func branchPorts(cfg *flowdeskv1.ConditionBranch) []*flowdeskv1.PortSpec {
	var ports []*flowdeskv1.PortSpec
	add := func(name string) {
		if !slices.ContainsFunc(ports, func(p *flowdeskv1.PortSpec) bool { return p.GetName() == name }) {
			ports = append(ports, &flowdeskv1.PortSpec{Name: name, Label: &flowdeskv1.Text{Zh: name, En: name}})
		}
	}
	withElse := false
	switch b := cfg.GetBranch().(type) {
	case *flowdeskv1.ConditionBranch_Cases:
		for _, c := range b.Cases.GetCases() {
			add(c.GetPort())
		}
		withElse = true
	case *flowdeskv1.ConditionBranch_Switch:
		for _, c := range b.Switch.GetCases() {
			add(c.GetPort())
		}
		withElse = b.Switch.GetWithElse()
	case *flowdeskv1.ConditionBranch_Ranges:
		for _, r := range b.Ranges.GetRanges() {
			add(r.GetPort())
		}
		withElse = b.Ranges.GetWithElse()
	case *flowdeskv1.ConditionBranch_Windows:
		for _, w := range b.Windows.GetWindows() {
			add(w.GetPort())
		}
		withElse = b.Windows.GetWithElse()
	}
	if withElse {
		add(elsePort)
	}
	return ports
}

// checkBranch proves that every case is covered exactly once, where that can be proven.
func checkBranch(c *engine.Check, cfg *flowdeskv1.ConditionBranch) {
	switch b := cfg.GetBranch().(type) {
	case *flowdeskv1.ConditionBranch_Switch:
		checkSwitch(c, b.Switch)
	case *flowdeskv1.ConditionBranch_Ranges:
		report(c, "ranges.ranges", desk.CheckRanges(b.Ranges))
	case *flowdeskv1.ConditionBranch_Windows:
		report(c, "windows.windows", desk.CheckWindows(b.Windows))
	}
}

func checkSwitch(c *engine.Check, s *flowdeskv1.EnumSwitch) {
	covered := make(map[string]bool)
	for i, k := range s.GetCases() {
		for _, name := range k.GetValues() {
			field := fmt.Sprintf("switch.cases[%d].values", i)
			if enumValue(name) == nil {
				c.Error(engine.CodeTotality, field, inBoth("there is no enum value "+name, "没有枚举值 "+name), inBoth("see the node reference for the values", "可用的值见节点参考"))
			}
			if covered[name] {
				c.Error(engine.CodeOverlap, field, inBoth(name+" is covered twice", name+" 被覆盖了两次"), inBoth("leave it in one case", "只保留在一个分支中"))
			}
			covered[name] = true
		}
	}
	enum := c.EnumOf(s.GetValue())
	if enum == nil || s.GetWithElse() {
		if enum == nil && !s.GetWithElse() {
			c.Error(engine.CodeTotality, "switch.value", inBoth("it cannot be proven which values this expression has", "无法确定该表达式可能的取值"),
				inBoth("select an enum field of a node, or add else", "选择某个节点的枚举字段，或添加 else"))
		}
		return
	}
	for i := range enum.Values().Len() {
		v := enum.Values().Get(i)
		if v.Number() != 0 && !covered[string(v.Name())] {
			c.Error(engine.CodeTotality, "switch.cases", inBoth("no case covers "+string(v.Name()), "没有分支覆盖 "+string(v.Name())),
				inBoth("add it to a case, or add else", "把它加入一个分支，或添加 else"))
		}
	}
}

// report turns the findings of a table check into diagnostics.
func report(c *engine.Check, field string, problems []desk.TableProblem) {
	for _, p := range problems {
		code := engine.CodeTotality
		if p.Kind == desk.ProblemDoubled {
			code = engine.CodeOverlap
		}
		c.Error(code, field, p.Text(), inBoth("cover every minute, or number, exactly once", "每一分钟（或每个数值）恰好覆盖一次"))
	}
}

// inBoth is a text in both languages.
func inBoth(en, zh string) *flowdeskv1.Text { return &flowdeskv1.Text{En: en, Zh: zh} }
