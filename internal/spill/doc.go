// Package spill keeps events on this machine's disk while the database is away: an append-only, sealed and checksummed log in segments, of
// which an entry is acknowledged only when it was synced. Whoever drains it reads the oldest segment, stores what is in it, and removes it.
//
// A record that the process was writing when it died is passed over: nobody was told that it is kept. One that is damaged later is set aside in a
// file of its own, counted and told of, and what stands around it is read all the same. So is a file that cannot be read for half a minute, and an
// event that the store takes in no form. The log is as safe as the disk: a lost disk loses it.
//
// It may import engine/runner (the contract), gen and the standard library.
package spill
