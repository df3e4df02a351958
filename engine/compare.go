package engine

import (
	"cmp"
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Compare tells what differs between two definitions and, where both are given, their layouts. Nodes are the same when their ids are.
func Compare(from, to *flowdeskv1.FlowDefinition, fromLayout, toLayout *flowdeskv1.FlowLayout) *flowdeskv1.FlowComparison {
	c := &flowdeskv1.FlowComparison{Fields: flowFields(from, to), Nodes: nodeChanges(from, to), Edges: edgeChanges(from, to)}
	behaviour := len(c.GetFields())+len(c.GetNodes())+len(c.GetEdges()) > 0
	c.Nodes = append(c.GetNodes(), moves(c.GetNodes(), to, fromLayout, toLayout)...)
	layout := len(c.GetNodes()) > 0 || !proto.Equal(orEmpty(fromLayout), orEmpty(toLayout))
	c.Identical, c.LayoutOnly = !behaviour && !layout, !behaviour && layout
	return c
}

func orEmpty(l *flowdeskv1.FlowLayout) *flowdeskv1.FlowLayout {
	if l == nil {
		return &flowdeskv1.FlowLayout{}
	}
	return l
}

func nodesByID(def *flowdeskv1.FlowDefinition) map[string]*flowdeskv1.Node {
	nodes := make(map[string]*flowdeskv1.Node, len(def.GetNodes()))
	for _, n := range def.GetNodes() {
		nodes[n.GetId()] = n
	}
	return nodes
}

func nodeChanges(from, to *flowdeskv1.FlowDefinition) []*flowdeskv1.NodeChange {
	var changes []*flowdeskv1.NodeChange
	old, current := nodesByID(from), nodesByID(to)
	for _, n := range to.GetNodes() {
		before := old[n.GetId()]
		if before == nil {
			changes = append(changes, nodeChange(n, flowdeskv1.ChangeKind_CHANGE_KIND_ADDED))
			continue
		}
		if fields := changedFields("", before.ProtoReflect(), n.ProtoReflect()); len(fields) > 0 {
			change := nodeChange(n, flowdeskv1.ChangeKind_CHANGE_KIND_CHANGED)
			change.Fields = fields
			changes = append(changes, change)
		}
	}
	for _, n := range from.GetNodes() {
		if current[n.GetId()] == nil {
			changes = append(changes, nodeChange(n, flowdeskv1.ChangeKind_CHANGE_KIND_REMOVED))
		}
	}
	return changes
}

func nodeChange(n *flowdeskv1.Node, kind flowdeskv1.ChangeKind) *flowdeskv1.NodeChange {
	change := &flowdeskv1.NodeChange{Node: n.GetId(), Change: kind, Title: n.GetName()}
	m := n.ProtoReflect()
	if arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config")); arm != nil {
		change.Kind = string(KindOf(arm))
	}
	return change
}

// moves are nodes that only stand elsewhere.
func moves(changed []*flowdeskv1.NodeChange, to *flowdeskv1.FlowDefinition, fromLayout, toLayout *flowdeskv1.FlowLayout) []*flowdeskv1.NodeChange {
	places := make(map[string]*flowdeskv1.NodePosition)
	for _, p := range fromLayout.GetPositions() {
		places[p.GetNode()] = p
	}
	nodes := nodesByID(to)
	var found []*flowdeskv1.NodeChange
	for _, p := range toLayout.GetPositions() {
		n := nodes[p.GetNode()]
		known := slices.ContainsFunc(changed, func(c *flowdeskv1.NodeChange) bool { return c.GetNode() == p.GetNode() })
		if n != nil && !known && !proto.Equal(p, places[p.GetNode()]) {
			found = append(found, nodeChange(n, flowdeskv1.ChangeKind_CHANGE_KIND_MOVED))
		}
	}
	return found
}

type portKey struct{ node, port string }

func edgesByPort(def *flowdeskv1.FlowDefinition) map[portKey]string {
	edges := make(map[portKey]string, len(def.GetEdges()))
	for _, e := range def.GetEdges() {
		edges[portKey{e.GetFrom(), cmp.Or(e.GetPort(), "out")}] = e.GetTo()
	}
	return edges
}

func edgeChanges(from, to *flowdeskv1.FlowDefinition) []*flowdeskv1.EdgeChange {
	var changes []*flowdeskv1.EdgeChange
	old, current := edgesByPort(from), edgesByPort(to)
	for key, target := range current {
		switch before, was := old[key]; {
		case !was:
			changes = append(changes, &flowdeskv1.EdgeChange{From: key.node, Port: key.port, Change: flowdeskv1.ChangeKind_CHANGE_KIND_ADDED, NewTo: target})
		case before != target:
			changes = append(changes, &flowdeskv1.EdgeChange{From: key.node, Port: key.port, Change: flowdeskv1.ChangeKind_CHANGE_KIND_REWIRED, OldTo: before, NewTo: target})
		}
	}
	for key, target := range old {
		if _, is := current[key]; !is {
			changes = append(changes, &flowdeskv1.EdgeChange{From: key.node, Port: key.port, Change: flowdeskv1.ChangeKind_CHANGE_KIND_REMOVED, OldTo: target})
		}
	}
	slices.SortFunc(changes, func(a, b *flowdeskv1.EdgeChange) int {
		return cmp.Or(cmp.Compare(a.GetFrom(), b.GetFrom()), cmp.Compare(a.GetPort(), b.GetPort()))
	})
	return changes
}

// flowFields are the changes of the flow's own fields, variables as one field each.
func flowFields(from, to *flowdeskv1.FlowDefinition) []*flowdeskv1.FieldChange {
	bare := func(def *flowdeskv1.FlowDefinition) protoreflect.Message {
		if def = proto.CloneOf(def); def == nil {
			def = &flowdeskv1.FlowDefinition{}
		}
		def.Nodes, def.Edges = nil, nil
		return def.ProtoReflect()
	}
	return changedFields("", bare(from), bare(to))
}

// changedFields compares two messages field by field. Single messages of our own are entered; lists and well-known types are compared as a
// whole.
func changedFields(prefix string, from, to protoreflect.Message) []*flowdeskv1.FieldChange {
	var changes []*flowdeskv1.FieldChange
	fields := to.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		was, is := from.Has(field), to.Has(field)
		path := prefix + string(field.Name())
		switch {
		case !was && !is, was && is && from.Get(field).Equal(to.Get(field)):
		case was && is && field.Message() != nil && !field.IsList() && !field.IsMap() && field.Message().ParentFile().Package() == "flowdesk.v1":
			changes = append(changes, changedFields(path+".", from.Get(field).Message(), to.Get(field).Message())...)
		default:
			changes = append(changes, &flowdeskv1.FieldChange{Field: path, OldValue: fieldJSON(from, field), NewValue: fieldJSON(to, field)})
		}
	}
	return changes
}

// fieldJSON is the value of one field as JSON, empty when it is unset.
func fieldJSON(m protoreflect.Message, field protoreflect.FieldDescriptor) string {
	if !m.Has(field) {
		return ""
	}
	alone := m.New()
	alone.Set(field, m.Get(field))
	data, err := protojson.Marshal(alone.Interface())
	if err != nil {
		return ""
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return ""
	}
	compact, err := json.Marshal(object[field.JSONName()]) // protojson spaces its output at random
	if err != nil {
		return ""
	}
	return string(compact)
}
