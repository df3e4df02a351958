// Package simulator lets people try a flow in a group chat: the real engine, runner and outbox on a temporary database, with a clock that is
// moved by hand and robots that are told how to behave. Nothing of a simulation reaches a robot, a model, a host or the analysis.
//
// Time stands still until somebody moves it. Then the world goes from one due thing to the next, in order, and waits after each until
// everything that follows from it is committed. What nobody waits for costs no time: a simulated turn takes as long as its commit.
//
// It may import engine, nodes, server (explanations and refusals), storage and its SQLite backend, the robots connectors (types),
// internal/desk, internal/robotlink, internal/validate, flows and gen. It is imported by internal/app and cmd.
package simulator
