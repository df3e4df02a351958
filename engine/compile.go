package engine

import (
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Violation is a broken rule of a field.
type Violation struct {
	Field   string // path such as rules[2].window.start
	Message string
}

// compiler turns one definition into a program. Its passes run in order; a pass that needs what an earlier one could not find is left
// out, so that one mistake is reported once.
type compiler struct {
	catalog *Catalog
	def     *flowdeskv1.FlowDefinition
	program *Program
	found   diagnostics
	scope   *scope
}

// Compile checks a definition and gives the program, together with everything that was found, in the order of the definition. The program
// is nil when something found is an error.
func (c *Catalog) Compile(flow string, version int32, def *flowdeskv1.FlowDefinition) (*Program, []*flowdeskv1.Diagnostic) {
	k := &compiler{catalog: c, def: def, program: &Program{
		Flow: flow, Version: version, Definition: def, Digest: DefinitionDigest(def),
		byID: make(map[string]*ProgramNode), variables: make(map[string]int),
	}}
	k.validate()
	k.nodes()
	k.variables()
	k.edges()
	if k.found.fatal || !k.order() {
		return nil, k.found.items
	}
	k.scope = newScope(k.program)
	k.inputs()
	k.rules()
	k.bounds()
	if k.found.fatal {
		return nil, k.found.items
	}
	return k.program, k.found.items
}

// DefinitionDigest is the digest of a definition's canonical bytes.
func DefinitionDigest(def *flowdeskv1.FlowDefinition) string {
	sum := sha256.Sum256(marshal(def))
	return hex.EncodeToString(sum[:16])
}

// validate applies the field rules of the protos.
func (k *compiler) validate() {
	if k.catalog.Validate == nil {
		return
	}
	bare := proto.CloneOf(k.def)
	bare.Nodes = nil
	if len(k.def.GetNodes()) > 0 {
		bare.Nodes = []*flowdeskv1.Node{{Id: "n", Config: &flowdeskv1.Node_TriggerManual{TriggerManual: &flowdeskv1.TriggerManual{}}}}
	}
	for _, v := range k.catalog.Validate(bare) {
		k.found.errorAt(CodeInvalidField, "", v.Field, "see the field's limits", "%s", v.Message)
	}
	for _, n := range k.def.GetNodes() {
		for _, v := range k.catalog.Validate(n) {
			k.found.errorAt(CodeInvalidField, n.GetId(), v.Field, "see the field's limits", "%s", v.Message)
		}
	}
}

func (k *compiler) nodes() {
	if len(k.def.GetNodes()) == 0 {
		k.found.errorAt(CodeEmpty, "", "nodes", "add a trigger and the nodes that follow it", "the flow has no nodes")
		return
	}
	for _, n := range k.def.GetNodes() {
		if k.program.byID[n.GetId()] != nil {
			k.found.errorAt(CodeDuplicateID, n.GetId(), "id", "give each node an id of its own", "two nodes have the id %s", n.GetId())
			continue
		}
		t := k.catalog.Of(n)
		if t == nil {
			k.found.errorAt(CodeNoConfig, n.GetId(), "", "write the config of a known node type", "node %s has no config of a known kind", n.GetId())
			continue
		}
		if t.Planned() {
			k.found.errorAt(CodePlanned, n.GetId(), "", t.Spec.GetPlanned().GetEn(), "%s cannot be activated yet", t.Kind)
			k.found.items[len(k.found.items)-1].MessageZh = t.Spec.GetPlanned().GetZh()
		}
		node := &ProgramNode{
			ID: n.GetId(), Type: t, Node: n, edges: make(map[Port]*ProgramNode),
			expressions: make(map[fieldKey]*Expression), templates: make(map[fieldKey]*Template), nearest: make(map[Kind]*ProgramNode),
		}
		config := n.ProtoReflect().Get(t.Arm).Message().Interface()
		node.Config = proto.Clone(config)
		if err := applyDefaults(node.Config.ProtoReflect()); err != nil {
			k.found.errorAt(CodeUnknownDefault, n.GetId(), "", "report this", "%v", err)
		}
		k.program.byID[node.ID] = node
		k.program.Nodes = append(k.program.Nodes, node)
		if t.Spec.GetTrigger() {
			k.program.Triggers = append(k.program.Triggers, node)
		}
	}
	if len(k.program.Triggers) == 0 {
		k.found.errorAt(CodeNoTrigger, "", "nodes", "add a trigger node", "no node starts the flow")
	}
}

// rules asks the node types for what only they know.
func (k *compiler) rules() {
	for _, n := range k.program.Nodes {
		if n.Type.check == nil {
			continue
		}
		n.Type.check(&Check{
			node: n.Node, report: k.found.add, compiler: k, program: n,
			lookup: func(id string) *flowdeskv1.Node { return k.program.byID[id].node() },
			before: func(id string) bool { return k.scope.surely(n, id) },
		}, n.Config)
	}
}

func (n *ProgramNode) node() *flowdeskv1.Node {
	if n == nil {
		return nil
	}
	return n.Node
}
