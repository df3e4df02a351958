// Package desk holds the product's rules as pure functions over typed config: shifts and delays, who a sender is, alert levels, the life of
// tasks, presence, duplicates, answers without a model, checks of replies, mediation, the limits of a context.
//
// Every function promises the same answer for the same arguments: time is an argument, chance is a generator given by the caller, numbers
// come from settings or node config. Indexes (Directory, Answers, Snapshot) are built once for a snapshot of the environment and are safe for
// concurrent use.
//
// It may import gen and the parts of the standard library that do no I/O, nothing else of ours.
package desk
