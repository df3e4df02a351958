package flowfile

import (
	"fmt"
	"html"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Mermaid draws a flow as a Mermaid flowchart, which many pages show as a picture.
func Mermaid(def *flowdeskv1.FlowDefinition) string {
	var out strings.Builder
	out.WriteString("flowchart LR\n")
	ids := make(map[string]string, len(def.GetNodes())) // an id such as end means something to Mermaid
	for i, n := range def.GetNodes() {
		ids[n.GetId()] = fmt.Sprintf("n%d", i)
		fmt.Fprintf(&out, "  n%d[\"%s\"]\n", i, strings.ReplaceAll(html.EscapeString(label(n)), "\n", "<br/>"))
	}
	for _, e := range def.GetEdges() {
		from, to := ids[e.GetFrom()], ids[e.GetTo()]
		if from == "" || to == "" {
			continue // an edge of a flow with errors
		}
		if port := portOf(e); port != "out" {
			fmt.Fprintf(&out, "  %s -->|\"%s\"| %s\n", from, html.EscapeString(port), to)
		} else {
			fmt.Fprintf(&out, "  %s --> %s\n", from, to)
		}
	}
	return out.String()
}

// Sizes of an SVG drawing, in pixels.
const (
	boxWidth  = 200
	boxHeight = 48
	columnGap = 80
	rowGap    = 24
	margin    = 24
)

// place is where a node stands.
type place struct{ x, y float64 }

// SVG draws a flow as a picture. Nodes stand where the layout says; without one, in columns by their longest way from a trigger.
func SVG(def *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout) string {
	places := arranged(def)
	if len(layout.GetPositions()) > 0 {
		for _, p := range layout.GetPositions() {
			if _, known := places[p.GetNode()]; known {
				places[p.GetNode()] = place{p.GetX(), p.GetY()}
			}
		}
	}
	low, high := place{}, place{}
	for i, n := range def.GetNodes() {
		p := places[n.GetId()]
		if i == 0 {
			low, high = p, p
		}
		low, high = place{min(low.x, p.x), min(low.y, p.y)}, place{max(high.x, p.x), max(high.y, p.y)}
	}
	var out strings.Builder
	width, height := high.x-low.x+boxWidth+2*margin, high.y-low.y+boxHeight+2*margin
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%g %g %g %g" width="%g" height="%g" font-family="system-ui, sans-serif">`+"\n",
		low.x-margin, low.y-margin, width, height, width, height)
	fmt.Fprintf(&out, "<title>%s</title>\n", html.EscapeString(def.GetTitle()))
	for _, e := range def.GetEdges() {
		from, knownFrom := places[e.GetFrom()]
		to, knownTo := places[e.GetTo()]
		if knownFrom && knownTo {
			line(&out, from, to, portOf(e))
		}
	}
	for _, n := range def.GetNodes() {
		p := places[n.GetId()]
		name, kind, _ := strings.Cut(label(n), "\n")
		fmt.Fprintf(&out, `<rect x="%g" y="%g" width="%d" height="%d" rx="6" fill="#fff" stroke="#475569"/>`, p.x, p.y, boxWidth, boxHeight)
		fmt.Fprintf(&out, `<text x="%g" y="%g" font-size="13" fill="#0f172a">%s</text>`, p.x+10, p.y+20, html.EscapeString(name))
		fmt.Fprintf(&out, `<text x="%g" y="%g" font-size="10" fill="#475569">%s</text>`+"\n", p.x+10, p.y+37, html.EscapeString(kind))
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// line draws an edge from the right side of a node to the left side of the next, with the port's name at its beginning.
func line(out *strings.Builder, from, to place, port string) {
	x1, y1, x2, y2 := from.x+boxWidth, from.y+boxHeight/2, to.x, to.y+boxHeight/2
	bend := max(columnGap/2, (x2-x1)/2)
	fmt.Fprintf(out, `<path d="M%g %gC%g %g %g %g %g %g" fill="none" stroke="#64748b"/>`, x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
	if port != "out" {
		fmt.Fprintf(out, `<text x="%g" y="%g" font-size="10" fill="#475569">%s</text>`, x1+4, y1-4, html.EscapeString(port))
	}
	out.WriteByte('\n')
}

// arranged gives each node a column, the length of the longest way to it, and the next free row there.
func arranged(def *flowdeskv1.FlowDefinition) map[string]place {
	next := make(map[string][]string)
	entries := make(map[string]int)
	for _, n := range def.GetNodes() {
		entries[n.GetId()] = 0
	}
	for _, e := range def.GetEdges() {
		if _, known := entries[e.GetTo()]; known {
			next[e.GetFrom()] = append(next[e.GetFrom()], e.GetTo())
			entries[e.GetTo()]++
		}
	}
	columns := make(map[string]int)
	var ready []string
	for _, n := range def.GetNodes() {
		if entries[n.GetId()] == 0 {
			ready = append(ready, n.GetId())
		}
	}
	for ; len(ready) > 0; ready = ready[1:] { // what stands on a cycle is never ready, and stays in the first column
		for _, to := range next[ready[0]] {
			columns[to] = max(columns[to], columns[ready[0]]+1)
			if entries[to]--; entries[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	rows := make(map[int]int)
	places := make(map[string]place, len(def.GetNodes()))
	for _, n := range def.GetNodes() {
		column := columns[n.GetId()]
		places[n.GetId()] = place{float64(column * (boxWidth + columnGap)), float64(rows[column] * (boxHeight + rowGap))}
		rows[column]++
	}
	return places
}
