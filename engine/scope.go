package engine

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// scope is what is surely known when a node begins: nodes that have given their output and variables that have been written, on every
// path that leads to it.
type scope struct {
	ran     bits // by index of the vertex
	written bits // by place of the variable
	writes  []int
}

// assign computes the scopes. Every port of a node comes after its output, except the error port; the variables that a node writes are
// written on its first port.
func (c *compiler) assign() {
	for _, v := range c.order {
		v.writes = c.writesOf(v)
	}
	for _, v := range c.order {
		v.ran, v.written = newBits(len(c.order)), newBits(len(c.program.Variables))
		for i, l := range v.in {
			ran, written := l.after(len(c.order), len(c.program.Variables))
			if i == 0 {
				v.ran, v.written = ran, written
				continue
			}
			v.ran.intersect(ran)
			v.written.intersect(written)
		}
		for i, variable := range c.program.Variables {
			if variable.Initial != nil || c.faulty[variable.Name] {
				v.written.add(i)
			}
		}
	}
}

// after is the scope behind an edge.
func (l link) after(nodes, variables int) (ran, written bits) {
	ran, written = newBits(nodes), newBits(variables)
	ran.union(l.from.ran)
	written.union(l.from.written)
	if l.port != Failed {
		ran.add(l.from.Index)
	}
	if l.first() {
		for _, i := range l.from.writes {
			written.add(i)
		}
	}
	return ran, written
}

// first reports whether the edge leaves the first port, behind which the node's variables are written.
func (l link) first() bool {
	return len(l.from.ports) > 0 && l.port == Port(l.from.ports[0].GetName())
}

// writesOf are the variables that a node writes: messages nested in its config with a field variable say so. Names that the flow does
// not declare are reported.
func (c *compiler) writesOf(v *vertex) []int {
	var writes []int
	walkMessages(v.Config, func(m protoreflect.Message, path string) {
		f := m.Descriptor().Fields().ByName("variable")
		if f == nil || f.Kind() != protoreflect.StringKind || path == "" {
			return
		}
		name := m.Get(f).String()
		if i, ok := c.program.variables[name]; ok {
			writes = append(writes, i)
		} else if name != "" {
			c.report(codeUnknownVariable, at{node: v.ID, path: join(path, "variable")}, name)
		}
	})
	return writes
}
