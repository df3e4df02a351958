// Package sim plays the runner, the outbox and the store in virtual time, under faults that are drawn from a seed: crashes and restarts at
// commits, commits that fail, whose outcome is unknown or that happen and say that they failed, a platform that refuses, loses answers, loses,
// doubles and delays results, and callbacks that come twice. Each step runs until nothing is left to do, so that a seed tells the story: what a
// seed found, it finds again.
//
// It must be called in a bubble of testing/synctest. It may import what the product is made of, and check.
package sim
