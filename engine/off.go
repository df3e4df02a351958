package engine

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// off reports whether a node takes no part in runs. Such a node is not checked, and there is no vertex of it.
func (c *compiler) off(id string) bool {
	return c.ids[id].GetMode() != flowdeskv1.NodeMode_NODE_MODE_UNSPECIFIED
}

// onward is the node that an edge leads to: behind nodes that are skipped, what their first port leads to. It is empty where runs end.
func (c *compiler) onward(to string) string {
	for range c.def.GetNodes() { // skipped nodes that lead in a circle lead nowhere
		node := c.ids[to]
		switch node.GetMode() {
		case flowdeskv1.NodeMode_NODE_MODE_UNSPECIFIED:
			return to
		case flowdeskv1.NodeMode_NODE_MODE_SKIPPED:
			to = c.behind(node)
		default:
			return ""
		}
		if to == "" {
			return ""
		}
	}
	return ""
}

// behind is what the first port of a node leads to.
func (c *compiler) behind(node *flowdeskv1.Node) string {
	t := c.catalog.types[kindOf(node)]
	if t == nil {
		return ""
	}
	ports := t.PortsOf(t.configOf(node))
	if len(ports) == 0 {
		return ""
	}
	for _, e := range c.def.GetEdges() {
		port := e.GetPort()
		if port == "" {
			port = string(Out)
		}
		if e.GetFrom() == node.GetId() && port == ports[0].GetName() {
			return e.GetTo()
		}
	}
	return ""
}
