package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// identifier is what ids of nodes and names of variables and ports look like.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// nameable reports whether expressions can name a node or a variable.
func nameable(name string) bool {
	return identifier.MatchString(name) && !slices.Contains([]string{"true", "false", "null", "in"}, name)
}

// compiler is the state of one compilation.
type compiler struct {
	catalog     *Catalog
	def         *flowdeskv1.FlowDefinition
	program     *Program
	diagnostics []*flowdeskv1.Diagnostic
	failed      bool

	ids      map[string]*flowdeskv1.Node // all nodes with a usable id
	byID     map[string]*vertex          // those whose type is known
	vertices []*vertex                   // as in the definition
	order    []*vertex                   // every edge points forward
	faulty   map[string]bool             // variables that were reported; reads of them are not reported again
	env      *cel.Env
}

// Compile makes a program of a definition. It reports everything that is wrong at once, in a stable order; when there is an error, there
// is no program. The definition is copied.
func (c *Catalog) Compile(flow string, version int32, def *flowdeskv1.FlowDefinition) (*Program, []*flowdeskv1.Diagnostic) {
	def = proto.CloneOf(def)
	k := &compiler{
		catalog: c, def: def, ids: map[string]*flowdeskv1.Node{}, byID: map[string]*vertex{}, faulty: map[string]bool{},
		program: &Program{
			Flow: flow, Version: version, Digest: DefinitionDigest(def), Definition: def,
			byID: map[string]*ProgramNode{}, variables: map[string]int{},
		},
	}
	for _, pass := range []func(){
		k.stored,
		k.collect, k.connect, k.open, k.acyclic, k.sort, k.mayPrecede, k.reach, // the graph
		k.declare, k.assign, // what is known where
		k.fields, k.checks, // configs, node by node
		k.replies, k.bound, // the whole
		k.validate,
	} {
		pass()
	}
	if k.failed {
		return nil, k.sorted()
	}
	return k.link(), k.sorted()
}

// DefinitionDigest is the digest of a definition's canonical bytes.
func DefinitionDigest(def *flowdeskv1.FlowDefinition) string {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(def)
	if err != nil {
		return "" // only invalid UTF-8 can do this, which is reported as a violation
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// link fills the program from the vertices.
func (c *compiler) link() *Program {
	p := c.program
	for _, v := range c.order {
		for _, l := range v.out {
			v.edges[l.port] = l.to.ProgramNode
		}
		p.Nodes = append(p.Nodes, v.ProgramNode)
		p.byID[v.ID] = v.ProgramNode
		if v.Type.Spec.GetTrigger() {
			p.Triggers = append(p.Triggers, v.ProgramNode)
		}
	}
	return p
}

// checks runs the rules of the node types themselves.
func (c *compiler) checks() {
	for _, v := range c.vertices {
		if v.Type.check == nil || v.Type.Planned() {
			continue
		}
		v.Type.check(&Check{
			node:   v.Node,
			env:    c.env,
			report: c.add,
			lookup: func(id string) *flowdeskv1.Node { return c.ids[id] },
			before: func(id string) bool { return c.byID[id] != nil && v.ran.has(c.byID[id].Index) },
		}, v.Config)
	}
}

func (c *compiler) reportPlanned(id string, t *NodeType) {
	c.report(codePlanned, at{node: id}, string(t.Kind), t.Spec.GetPlanned().GetEn(), t.Spec.GetPlanned().GetZh())
}
