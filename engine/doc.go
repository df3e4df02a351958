// Package engine is the pure core: a flow run is a function of program, view, state and event, and the world is changed in batches by
// somebody else.
//
//   - An Event is anything that can start or resume a flow.
//   - A Program is a flow version after compilation: immutable, cached, shared.
//   - The view is what nodes see: the session part (State) and the environment part (Env).
//   - Turn lets one event act on one session: waiting instances resume in the order in which they began, then flows start by priority.
//     It returns a flowdeskv1.Turn, which holds the inputs, the effects as data, and the trace.
//
// The package promises purity: no clock, no random source, no input or output. The turn's time and seed are values; what text
// understanding answered is recorded, so that replaying a turn gives the same effects byte for byte. The state that a turn is given
// belongs to it; when the turn is not committed, the caller drops that state and builds it anew from the store.
//
// It may import gen, CEL and the standard library without I/O, and never nodes, storage or server.
package engine
