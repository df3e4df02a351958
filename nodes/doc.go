// Package nodes holds the node types, one file each, and the rules of a session that hold whatever its flows say.
//
// A node type is a config message in proto/flowdesk/v1 and one file here: a handler and its registration. Nothing else lists node types.
// To add one:
//
//  1. Write the config and the output message (named after the config, ending in Output) with the (node) and (field) options, and give it
//     the next arm of Node.config.
//  2. Write nodes/<kind>.go: the handler, and init with register. The kind is found from the config's type.
//  3. Write nodes/testdata/<kind>.txtar, the script of its cases: a good one, a refused config, each port taken (see engine/turntest).
//  4. Run make generate docs test.
//
// The package may import engine, internal/desk, internal/text and gen. It speaks to the world only through engine.Run; it never imports
// storage, server or connectors.
package nodes
