// Package demo makes a week of a customer service desk, so that every screen of a fresh installation has something to show, and takes it away
// again.
//
// The week is a script (story.go, cast.go) that a runner of its own plays on the engine in virtual time (history.go): people speak, robots
// answer, timers fall due, tasks and alerts are opened and closed as they would be. That runner reads people, groups, robots and settings from
// the installation and writes into a ledger (ledger.go), which hands its commits on to the installation's store some hundred turns at a time.
// Commands are carried out by phones that are made up (phone.go): nothing leaves the process. The same week on the same days is the same,
// byte for byte.
//
// What is demo data is noted in the store, so that exactly that can be removed.
//
// It may import engine, engine/runner, flows, internal/desk, storage and gen.
package demo
