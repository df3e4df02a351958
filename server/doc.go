// Package server is the API: thin gRPC services over the runner and the store, REST through the gateway, and the callbacks of robots.
//
// A handler translates, calls, and translates back. What belongs to a session (tasks, alerts, take-overs, commands) is changed by an event
// whose turn is awaited; everything else is changed in the store, after which the runner builds its environment anew.
//
// The package may import engine, engine/runner, internal/desk, storage (interfaces) and gen. It never imports nodes, backends or bun.
package server
