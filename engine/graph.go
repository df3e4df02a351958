package engine

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bits) add(i int)      { b[i/64] |= 1 << (i % 64) }

func (b bits) union(o bits) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bits) intersect(o bits) {
	for i := range b {
		b[i] &= o[i]
	}
}

// vertex is a node of the flow during compilation.
type vertex struct {
	*ProgramNode
	place     int // in the definition
	ports     []*flowdeskv1.PortSpec
	out       []link
	in        []link
	reachable bool
	shaky     bool // behind something that was refused: what is known here is not what the author meant
	before    bits // vertices from which an edge path leads here
	earlier   bits // vertices that may have run before, in an earlier turn by another port of a node that waited
	cost      int64
	scope
}

// link is an edge that is fit for use: both ends and the port exist.
type link struct {
	port     Port
	from, to *vertex
}

func (v *vertex) port(name Port) *flowdeskv1.PortSpec {
	for _, p := range v.ports {
		if Port(p.GetName()) == name {
			return p
		}
	}
	return nil
}

func (v *vertex) leads(port Port) bool {
	return slices.ContainsFunc(v.out, func(l link) bool { return l.port == port })
}

// collect makes a vertex of every node that has an id of its own and a known, usable config.
func (c *compiler) collect() {
	seen := map[string]bool{}
	for place, node := range c.def.GetNodes() {
		id := node.GetId()
		if !nameable(id) {
			c.report(codeBadID, at{node: id, path: "id"}, id)
		} else if seen[id] {
			c.report(codeDuplicateID, at{node: id, path: "id"}, id)
			continue
		}
		if c.ids[id] == nil { // known by its bad name too, so that its edges are not reported as well
			c.ids[id] = node
		}
		seen[id] = nameable(id)
		if c.off(id) {
			continue
		}
		kind := kindOf(node)
		if kind == "" {
			c.report(codeNoConfig, at{node: id}, id)
			continue
		}
		t := c.catalog.types[kind]
		if t == nil {
			c.report(codeUnknownKind, at{node: id}, string(kind))
			continue
		}
		if t.Planned() {
			c.reportPlanned(id, t)
		}
		if !seen[id] {
			continue
		}
		v := &vertex{ProgramNode: &ProgramNode{ID: id, Type: t, Node: node, edges: map[Port]*ProgramNode{}}, place: place}
		v.Config = t.configOf(node)
		v.ports = t.PortsOf(v.Config)
		c.vertices = append(c.vertices, v)
		c.byID[id] = v
	}
}

// connect makes links of the edges that are in order.
func (c *compiler) connect() {
	for i, e := range c.def.GetEdges() {
		port := Port(e.GetPort())
		if port == "" {
			port = Out
		}
		if c.ids[e.GetFrom()] == nil {
			c.report(codeEdgeFrom, at{path: indexed("edges", i, "from")}, e.GetFrom())
		}
		if c.ids[e.GetTo()] == nil {
			c.report(codeEdgeTo, at{node: c.known(e.GetFrom()), path: indexed("edges", i, "to")}, e.GetTo())
		}
		from, to := c.byID[e.GetFrom()], c.byID[c.onward(e.GetTo())]
		if c.off(e.GetFrom()) {
			to.suspect(true) // nothing may lead here for as long as the node is off
			continue
		}
		if to == nil && c.off(e.GetTo()) {
			continue
		}
		if from == nil || to == nil {
			to.suspect(c.ids[e.GetFrom()] != nil)
			continue
		}
		if port != Failed && !from.Planned() && from.port(port) == nil {
			c.report(codeUnknownPort, at{node: from.ID, path: indexed("edges", i, "port")}, from.ID, string(port), from.portNames())
			to.suspect(true)
			continue
		}
		if from.leads(port) {
			c.report(codeTwoEdges, at{node: from.ID, path: indexed("edges", i, "port")}, string(port), from.ID)
			to.suspect(true)
			continue
		}
		if to.Type.Spec.GetTrigger() {
			c.report(codeEdgeIntoTrigger, at{node: to.ID, path: indexed("edges", i, "to")}, to.ID)
			continue
		}
		l := link{port: port, from: from, to: to}
		from.out = append(from.out, l)
		to.in = append(to.in, l)
	}
}

// suspect marks a node to which an edge leads that was refused, so that what follows from the refusal is not reported as well.
func (v *vertex) suspect(meant bool) {
	if v != nil && meant {
		v.shaky = true
	}
}

// known is an id when the flow has such a node, else empty.
func (c *compiler) known(id string) string {
	if c.ids[id] == nil {
		return ""
	}
	return id
}

// open reports required ports without an edge.
func (c *compiler) open() {
	loose := map[string]bool{}
	for _, e := range c.def.GetEdges() { // an edge that was refused for another reason still shows the intent
		port := e.GetPort()
		if port == "" {
			port = string(Out)
		}
		loose[e.GetFrom()+"\x00"+port] = true
	}
	for _, v := range c.vertices {
		for _, p := range v.ports {
			if !v.Planned() && !p.GetOptional() && !loose[v.ID+"\x00"+p.GetName()] {
				c.report(codeOpenPort, at{node: v.ID}, v.ID, p.GetName())
			}
		}
	}
}

// acyclic reports cycles and takes the edge that closes each out of the graph, so that the passes after it can work.
func (c *compiler) acyclic() {
	const (
		white = iota
		grey
		black
	)
	colour := make(map[*vertex]int, len(c.vertices))
	var path []*vertex
	var visit func(v *vertex)
	visit = func(v *vertex) {
		colour[v] = grey
		path = append(path, v)
		for _, l := range slices.Clone(v.out) {
			switch colour[l.to] {
			case white:
				visit(l.to)
			case grey:
				c.reportCycle(path[slices.Index(path, l.to):], l)
				drop := func(o link) bool { return o == l }
				v.out = slices.DeleteFunc(v.out, drop)
				l.to.in = slices.DeleteFunc(l.to.in, drop)
			}
		}
		path = path[:len(path)-1]
		colour[v] = black
	}
	for _, v := range c.vertices {
		if colour[v] == white {
			visit(v)
		}
	}
}

func (c *compiler) reportCycle(cycle []*vertex, closing link) {
	names := ""
	for _, v := range cycle {
		names += v.ID + " → "
	}
	c.report(codeCycle, at{node: closing.from.ID}, names+closing.to.ID)
}

// sort puts the vertices into an order in which every edge points forward, earlier nodes of the definition first, and finds what comes
// before what.
func (c *compiler) sort() {
	open := make(map[*vertex]int, len(c.vertices))
	var ready []*vertex
	for _, v := range c.vertices {
		if open[v] = len(v.in); open[v] == 0 {
			ready = append(ready, v)
		}
	}
	byPlace := func(a, b *vertex) int { return a.place - b.place }
	for len(ready) > 0 {
		v := ready[0]
		ready = ready[1:]
		v.Index = len(c.order)
		c.order = append(c.order, v)
		for _, l := range v.out {
			if open[l.to]--; open[l.to] == 0 {
				i, _ := slices.BinarySearchFunc(ready, l.to, byPlace)
				ready = slices.Insert(ready, i, l.to)
			}
		}
	}
	for _, v := range c.order {
		v.reachable = v.reachable || v.shaky || v.Type.Spec.GetTrigger()
		v.before = newBits(len(c.order))
		for _, l := range v.in {
			v.before.union(l.from.before)
			v.before.add(l.from.Index)
			v.reachable = v.reachable || l.from.reachable
			v.shaky = v.shaky || l.from.shaky || l.from.Planned()
		}
	}
}

// reach reports nodes to which no path from a trigger leads.
func (c *compiler) reach() {
	triggers := 0
	for _, v := range c.vertices {
		if v.Type.Spec.GetTrigger() {
			triggers++
		}
	}
	switch {
	case len(c.def.GetNodes()) == 0:
		c.report(codeEmpty, at{path: "nodes"})
	case triggers == 0 && len(c.vertices) > 0:
		c.report(codeNoTrigger, at{path: "nodes"})
	case triggers > 0:
		for _, v := range c.vertices {
			if !v.reachable {
				c.report(codeUnreachable, at{node: v.ID}, v.ID)
			}
		}
	}
}
