package engine

import (
	"regexp"
	"strconv"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

var (
	nodePath = regexp.MustCompile(`^nodes\[(\d+)\](?:\.(.*))?$`)
	armPath  = regexp.MustCompile(`^([a-z0-9_]+)(?:\.(.*))?$`)
)

// validate reports the rules of fields that the definition breaks, where nothing else was reported.
func (c *compiler) validate() {
	if c.catalog.Validate == nil {
		return
	}
	type spot struct{ node, field string }
	told := map[spot]bool{}
	for _, d := range c.diagnostics {
		told[spot{d.GetNode(), d.GetField()}] = true
	}
	for _, v := range c.catalog.Validate(c.def) {
		place := c.placeOf(v.Field)
		if c.off(place.node) {
			continue
		}
		if !told[spot{place.node, place.path}] {
			c.report(codeViolation, place, words{v.Message, v.Zh})
		}
	}
}

// placeOf turns a path from the definition's root into a node and a path inside its config.
func (c *compiler) placeOf(path string) at {
	m := nodePath.FindStringSubmatch(path)
	if m == nil {
		return at{path: path}
	}
	i, err := strconv.Atoi(m[1])
	if err != nil || i >= len(c.def.GetNodes()) {
		return at{path: path}
	}
	node := c.def.GetNodes()[i]
	arm := armPath.FindStringSubmatch(m[2])
	if arm != nil && isArm(node, arm[1]) {
		return at{node: node.GetId(), path: arm[2]}
	}
	if m[2] == "config" {
		return at{node: node.GetId()}
	}
	return at{node: node.GetId(), path: m[2]}
}

func isArm(node *flowdeskv1.Node, name string) bool {
	m := node.ProtoReflect()
	arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
	return arm != nil && string(arm.Name()) == name
}
