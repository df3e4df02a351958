package flowfile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// layoutKey is the one key of a file that is no field of the definition: where things stand on the canvas. It says nothing of what a flow
// does, and stands last.
const layoutKey = "layout"

// Layout is where the file says that things stand; nil when it says nothing of it.
func (p *Positions) Layout() *flowdeskv1.FlowLayout { return p.layout }

// withoutLayout reads the layout of a file and gives the rest of it.
func (r *reader) withoutLayout(root *node) *node {
	at := slices.IndexFunc(root.keys, func(key *node) bool { return key.kind == kindText && key.text == layoutKey })
	if root.kind != kindObject || at < 0 {
		return root
	}
	if root.values[at].kind != kindNull {
		r.positions.layout = &flowdeskv1.FlowLayout{}
		r.message(root.values[at], r.positions.layout.ProtoReflect(), layoutKey)
	}
	rest := *root
	rest.keys, rest.values = slices.Delete(slices.Clone(root.keys), at, at+1), slices.Delete(slices.Clone(root.values), at, at+1)
	return &rest
}

// layout adds a layout to the tree of a file: each position, frame and note on a line of its own.
func (w *writer) layout(root *yaml.Node, layout *flowdeskv1.FlowLayout) error {
	if len(layout.GetPositions())+len(layout.GetFrames())+len(layout.GetNotes()) == 0 {
		return nil
	}
	tree, err := w.object(layout.ProtoReflect())
	if err != nil {
		return err
	}
	for i := 1; i < len(tree.Content); i += 2 {
		for _, item := range tree.Content[i].Content {
			item.Style = yaml.FlowStyle
		}
	}
	root.Content = append(root.Content, plainNode("!!str", layoutKey), tree)
	return nil
}
