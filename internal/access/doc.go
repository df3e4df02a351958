// Package access decides who comes in and what each may do: passwords, tokens, API keys, and the one table of roles in which every method
// stands. What is not in the table is refused.
//
// It promises that a user who is disabled, a session that is ended and a key that is revoked stop working within Fresh, streams under way
// included, on every replica.
//
// It may import storage (interfaces), gen and golang.org/x/crypto.
package access
