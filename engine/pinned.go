package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// pin is what a node gives in trials instead of running.
type pin struct {
	output proto.Message
	port   Port
}

// ErrPin says that an output cannot be pinned as it was asked for.
var ErrPin = errors.New("output cannot be pinned")

// Pinned is the catalog for trials of a definition in which some nodes are not run: a visit of theirs gives the pinned output and leaves by
// the pinned port at once, whatever the node would have done, waited for or asked. It fails with ErrPin for nodes that the definition does
// not have, for ports that they do not have and for outputs of other types. The catalog itself stays as it is.
func (c *Catalog) Pinned(def *flowdeskv1.FlowDefinition, outputs []*flowdeskv1.PinnedOutput) (*Catalog, error) {
	if len(outputs) == 0 {
		return c, nil
	}
	trial := *c
	trial.pins = maps.Clone(c.pins)
	if trial.pins == nil {
		trial.pins = make(map[string]pin, len(outputs))
	}
	nodes := make(map[string]*flowdeskv1.Node, len(def.GetNodes()))
	for _, n := range def.GetNodes() {
		nodes[n.GetId()] = n
	}
	for _, p := range outputs {
		node := nodes[p.GetNode()]
		kind := c.Of(node)
		if kind == nil {
			return nil, fmt.Errorf("%w: there is no node %q", ErrPin, p.GetNode())
		}
		port := Port(p.GetPort())
		if port == Pending {
			port = Out
		}
		if port != Failed && !hasPort(kind, node, port) {
			return nil, fmt.Errorf("%w: node %q has no port %q", ErrPin, p.GetNode(), port)
		}
		output := kind.Output.New().Interface()
		if p.GetOutput() != nil {
			if err := p.GetOutput().UnmarshalTo(output); err != nil {
				return nil, fmt.Errorf("%w: output of node %q: %w", ErrPin, p.GetNode(), err)
			}
		}
		trial.pins[p.GetNode()] = pin{output: output, port: port}
	}
	return &trial, nil
}

func hasPort(kind *NodeType, node *flowdeskv1.Node, port Port) bool {
	return slices.ContainsFunc(kind.PortsOf(node.ProtoReflect().Get(kind.Arm).Message().Interface()), func(p *flowdeskv1.PortSpec) bool {
		return Port(p.GetName()) == port
	})
}

// enter runs a node, or gives what is pinned for it.
func (in *instance) enter(run *Run, n *ProgramNode) (proto.Message, Port, error) {
	if p, pinned := in.turn.catalog.pins[n.ID]; pinned {
		run.Note("pinned output")
		return proto.Clone(p.output), p.port, nil
	}
	return n.Type.enter(run, n.config(in.turn.env))
}
