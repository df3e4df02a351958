// Package runner is the shell around the engine: it gives each session's events to turns one at a time, commits many turns of many
// sessions together, and carries effects outside.
//
// The life of an event:
//
//   - Submit puts it into its session's queue. Whoever finds the queue idle works it off, so that a quiet session costs no hand-over.
//   - Its turn runs on the session's head in memory, before anything is stored; turns of one session chain on that head.
//   - The committer takes all turns that wait and commits them in one transaction. A turn whose session moved meanwhile loses: the head
//     is dropped, and the session's lost events run again in their order.
//   - A received event whose turn is late is stored alone, in the inbox, and acknowledged; its turn takes it out. When memory is full such
//     events wait in the inbox only (backlog), and what arrives later for their sessions waits behind them.
//   - Only then is the event acknowledged, and its commands, calls, timers and events for other sessions go on their way from memory.
//     Polls exist only to recover.
//
// The package may import engine, storage (interfaces) and gen. It never imports nodes (it gets a catalog), backends or connectors (it
// gets interfaces).
package runner
