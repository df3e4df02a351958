// Package robots says what a platform of group robots can do, in plain types: an account, typed commands, the
// results of commands, what people said, and errors that tell whether a send may safely be repeated.
//
// The one implementation is package worktool. The package promises nothing about order or retries: a Platform
// performs one call, and whoever calls it decides what comes next from the error it returned.
//
// It may import gen and the standard library, never storage, engine, nodes or server.
package robots
