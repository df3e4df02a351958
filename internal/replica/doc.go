// Package replica shares the partitions of sessions among the servers of one database. Every replica says each second that it lives; those that
// live hold the partitions that rendezvous hashing gives them, each under a lease with a number. One that leaves frees its leases; those of one
// that died are taken after its time to live. Which lease counts is decided by the database alone, in each commit; what is known here only
// keeps replicas from working in vain.
//
// The package may import storage (interfaces) and internal/fabric.
package replica
