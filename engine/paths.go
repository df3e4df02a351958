package engine

import (
	"slices"
	"strings"
)

// later reports whether the edge may be taken in a later turn than the one that entered the node.
func (l link) later() bool {
	if l.port == Failed {
		return l.from.Type.Waits()
	}
	return l.from.port(l.port).GetLater()
}

// mayPrecede finds what may have run before a node although no path of edges leads from there: when a node that waited goes on by a later
// port, what follows its other ports may have run in an earlier turn.
func (c *compiler) mayPrecede() {
	behind := make([]bits, len(c.order)) // each vertex and what follows it
	for _, v := range slices.Backward(c.order) {
		behind[v.Index] = newBits(len(c.order))
		behind[v.Index].add(v.Index)
		for _, l := range v.out {
			behind[v.Index].union(behind[l.to.Index])
		}
	}
	for _, v := range c.order {
		v.earlier = newBits(len(c.order))
		for _, l := range v.in {
			v.earlier.union(l.from.earlier)
			for _, other := range l.from.out {
				if other != l && l.later() {
					v.earlier.union(behind[other.to.Index])
				}
			}
		}
	}
}

// maxPath is how many nodes of a path a message shows.
const maxPath = 10

// pathWithout is the shortest path from a trigger to v on no edge of which given holds, as text; the proof that something is missing.
func (c *compiler) pathWithout(v *vertex, given func(link) bool) string {
	from := make(map[*vertex]link, len(c.order))
	var queue []*vertex
	for _, t := range c.order {
		if t.Type.Spec.GetTrigger() {
			queue = append(queue, t)
		}
	}
	for len(queue) > 0 && queue[0] != v {
		for _, l := range queue[0].out {
			if _, seen := from[l.to]; !seen && !given(l) {
				from[l.to] = l
				queue = append(queue, l.to)
			}
		}
		queue = queue[1:]
	}
	path := []string{v.ID}
	for l, ok := from[v]; ok; l, ok = from[l.from] {
		name := l.from.ID
		if l.port != Out {
			name += " (" + string(l.port) + ")"
		}
		path = append(path, name)
	}
	slices.Reverse(path)
	if len(path) > maxPath {
		path = slices.Concat(path[:2], []string{"…"}, path[len(path)-maxPath+3:])
	}
	return strings.Join(path, " → ")
}
