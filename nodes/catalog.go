package nodes

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
)

var registered []*engine.NodeType

// register adds a node type to the built-in ones.
func register[C, O proto.Message](enter func(*engine.Run, C) (O, engine.Port, error), options ...engine.Option[C, O]) {
	registered = append(registered, engine.NewNodeType(enter, options...))
}

// plan adds a node type that cannot be activated yet.
func plan(config proto.Message) {
	registered = append(registered, engine.NewPlannedType(config))
}

// Builtin is the catalog of all built-in node types with the product's rules.
func Builtin() *engine.Catalog {
	return engine.NewCatalog(Rules(), slices.Clone(registered)...)
}

// Rules are the product's rules of a session.
func Rules() engine.Rules {
	return engine.Rules{Prepare: prepare, Handle: handle, Changed: changed, Failed: failed, Understand: understand}
}
