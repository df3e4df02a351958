package engine

import (
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// PortsOf are the ports of a node: those of its type, or, for types whose ports come from their config, those that the config names.
func (t *NodeType) PortsOf(config any) []*flowdeskv1.PortSpec {
	if t.ports != nil {
		return t.ports(config)
	}
	return t.Spec.GetPorts()
}

// edges connects the nodes.
func (k *compiler) edges() {
	for _, e := range k.def.GetEdges() {
		from, to, port := k.program.byID[e.GetFrom()], k.program.byID[e.GetTo()], Port(e.GetPort())
		if port == "" {
			port = Out
		}
		if from == nil || to == nil {
			missing := e.GetFrom()
			if from != nil {
				missing = e.GetTo()
			}
			k.found.errorAt(CodeUnknownNode, e.GetFrom(), "edges", "name a node of this flow", "the edge %s.%s → %s names %s, which is not there",
				e.GetFrom(), port, e.GetTo(), missing)
			continue
		}
		if port != Failed && !slices.ContainsFunc(from.Type.PortsOf(from.Config), func(p *flowdeskv1.PortSpec) bool { return p.GetName() == string(port) }) {
			k.found.errorAt(CodeUnknownPort, from.ID, "edges", "it has the ports "+portNames(from), "%s has no port %s", from.ID, port)
			continue
		}
		if from.edges[port] != nil {
			k.found.errorAt(CodeTwoEdges, from.ID, "edges", "a port leads to one node", "port %s of %s has two edges, to %s and %s",
				port, from.ID, from.edges[port].ID, to.ID)
			continue
		}
		if to.Type.Spec.GetTrigger() {
			k.found.errorAt(CodeIntoTrigger, to.ID, "edges", "a trigger starts the flow; nothing leads to it", "the edge %s.%s enters the trigger %s",
				from.ID, port, to.ID)
			continue
		}
		from.edges[port] = to
	}
	for _, n := range k.program.Nodes {
		for _, p := range n.Type.PortsOf(n.Config) {
			if !p.GetOptional() && n.edges[Port(p.GetName())] == nil && !n.Type.Planned() {
				k.found.errorAt(CodeOpenPort, n.ID, "edges", "connect it to the node that comes next", "port %s of %s leads nowhere", p.GetName(), n.ID)
			}
		}
	}
}

func portNames(n *ProgramNode) string {
	var names []string
	for _, p := range n.Type.PortsOf(n.Config) {
		names = append(names, p.GetName())
	}
	return strings.Join(append(names, string(Failed)), ", ")
}

// order sorts the nodes so that every edge points forward, and reports cycles and what no trigger reaches.
func (k *compiler) order() bool {
	const (
		fresh = iota
		open
		done
	)
	marks := make(map[*ProgramNode]int)
	var path, sorted []*ProgramNode
	var visit func(*ProgramNode) bool
	visit = func(n *ProgramNode) bool {
		switch marks[n] {
		case done:
			return true
		case open:
			k.cycle(append(path, n))
			return false
		}
		marks[n] = open
		path = append(path, n)
		for _, port := range sortedPorts(n) {
			if !visit(n.edges[port]) {
				return false
			}
		}
		path = path[:len(path)-1]
		marks[n] = done
		sorted = append(sorted, n)
		return true
	}
	for _, t := range k.program.Triggers {
		if !visit(t) {
			return false
		}
	}
	for _, n := range k.program.Nodes {
		if marks[n] == fresh {
			k.found.errorAt(CodeUnreachable, n.ID, "", "connect it, or take it out", "no trigger leads to %s", n.ID)
			if !visit(n) {
				return false
			}
		}
	}
	slices.Reverse(sorted)
	k.program.Nodes = sorted
	for i, n := range sorted {
		n.Index = i
	}
	return !k.found.fatal
}

func sortedPorts(n *ProgramNode) []Port {
	ports := make([]Port, 0, len(n.edges))
	for p := range n.edges {
		ports = append(ports, p)
	}
	slices.Sort(ports)
	return ports
}

func (k *compiler) cycle(path []*ProgramNode) {
	first := slices.Index(path, path[len(path)-1])
	var names []string
	for _, n := range path[first:] {
		names = append(names, n.ID)
	}
	k.found.errorAt(CodeCycle, path[len(path)-1].ID, "edges", "repetition exists only as bounded retry and regeneration",
		"the flow runs in a circle: %s", strings.Join(names, " → "))
}
