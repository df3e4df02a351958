// Package outbox brings committed commands to robots and learns what became of them.
//
// A command is identified by its key for ever; its sends are numbered attempts, and attempt n+1 exists only after recorded proof that
// attempt n failed. Before it is sent a command is stored as sending. A send of unknown outcome, and a command found as sending after a
// crash, is looked up at the platform first; where nothing can be learnt the outcome is unknown and the command's policy decides.
//
// Commands to one person in a group leave in order (a lane). What has been pushed to a robot's phone cannot be recalled, so at most a few
// unconfirmed commands stand at a phone; the rest wait here, where they can be cancelled, superseded and overtaken.
//
// The package may import engine, storage and gen. The robots' platform is a Link, which somebody else provides.
package outbox
