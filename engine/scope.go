package engine

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// scope knows, for each node, what has surely been written before it and what may have been.
type scope struct {
	program   *Program
	sure      [][]bool // by node: nodes whose output is there
	may       [][]bool
	variables [][]bool // by node: variables that are written
}

// newScope walks the nodes in their order. What is sure at a node is what is sure on every edge that enters it; a node's own output is
// there on every port but the error port.
func newScope(p *Program) *scope {
	s := &scope{program: p}
	for range p.Nodes {
		s.sure = append(s.sure, nil)
		s.may = append(s.may, make([]bool, len(p.Nodes)))
		s.variables = append(s.variables, nil)
	}
	initial := make([]bool, len(p.Variables))
	for i, v := range p.Variables {
		initial[i] = v.Initial != nil
	}
	for _, t := range p.Triggers {
		s.sure[t.Index], s.variables[t.Index] = make([]bool, len(p.Nodes)), append([]bool(nil), initial...)
	}
	for i, n := range p.Nodes {
		if s.sure[i] == nil { // unreachable; reported elsewhere
			s.sure[i], s.variables[i] = make([]bool, len(p.Nodes)), append([]bool(nil), initial...)
		}
		for _, port := range sortedPorts(n) {
			s.enter(n, port, n.edges[port])
		}
	}
	return s
}

func (s *scope) enter(n *ProgramNode, port Port, to *ProgramNode) {
	sure := append([]bool(nil), s.sure[n.Index]...)
	variables := append([]bool(nil), s.variables[n.Index]...)
	if port != Failed {
		sure[n.Index] = true
		if first := n.Type.PortsOf(n.Config); len(first) > 0 && string(port) == first[0].GetName() {
			for _, name := range writes(n.Config.ProtoReflect()) {
				if i, ok := s.program.variables[name]; ok {
					variables[i] = true
				}
			}
		}
	}
	for i := range sure {
		s.may[to.Index][i] = s.may[to.Index][i] || s.may[n.Index][i] || sure[i]
	}
	s.sure[to.Index] = both(s.sure[to.Index], sure)
	s.variables[to.Index] = both(s.variables[to.Index], variables)
}

// both is what holds on two paths; nil is no path yet.
func both(a, b []bool) []bool {
	if a == nil {
		return b
	}
	for i := range a {
		a[i] = a[i] && b[i]
	}
	return a
}

// writes are the variables that a node writes when it goes on by its first port: nested messages name them in a field called variable.
func writes(config protoreflect.Message) []string {
	var names []string
	config.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !field.IsList() || field.Message() == nil {
			return true
		}
		list := value.List()
		for i := range list.Len() {
			item := list.Get(i).Message()
			if named := item.Descriptor().Fields().ByName("variable"); named != nil {
				names = append(names, item.Get(named).String())
			}
		}
		return true
	})
	return names
}

// surely reports whether a node has run whenever n runs.
func (s *scope) surely(n *ProgramNode, id string) bool {
	other := s.program.byID[id]
	return other != nil && s.sure[n.Index][other.Index]
}

// nearest is the nearest earlier node of a kind that surely ran, or the nearest that may have run.
func (s *scope) nearest(n *ProgramNode, kind Kind) (found *ProgramNode, sure bool) {
	for i := n.Index - 1; i >= 0; i-- {
		if s.program.Nodes[i].Type.Kind == kind && s.sure[n.Index][i] {
			return s.program.Nodes[i], true
		}
	}
	for i := n.Index - 1; i >= 0; i-- {
		if s.program.Nodes[i].Type.Kind == kind && s.may[n.Index][i] {
			return s.program.Nodes[i], false
		}
	}
	return nil, false
}
