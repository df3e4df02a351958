// Package check is the one judge of every test under fault. It compares what was acknowledged to the senders, what the platform accepted and
// what the database holds, and says what is lost, doubled, out of order or without its other half.
//
// It reads the database by the statements of a stranger, and folds turns as any reader may. It may import engine, engine/runner, storage,
// database and ledger.
package check
