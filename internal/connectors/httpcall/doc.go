// Package httpcall performs the HTTP calls of flows. Their addresses, headers and bodies are written by flow authors and
// filled from messages of customers, so nothing in them is trusted.
//
// What it promises:
//
//   - Only hosts of the allow list are called, over https unless plain HTTP is switched on, on the scheme's own port unless
//     the list names another; every redirect is judged like the first address, and at most three are followed.
//   - The address dialled is public, or allowed by the operator (package dial). Names are never resolved beforehand.
//   - At most MaxBody bytes of an answer are kept, counted after decompression, within Timeout in all.
//   - A call ends in one of three outcomes: not sent (nothing was asked of the other side), unknown (asked, and no answer
//     could be read), answered. Only the first may be repeated blindly when the method has effects.
//   - A call with effects is put on the wire at most once: its connection is fresh, so that net/http has no reason to
//     send it again, and its redirects are returned, not followed.
//   - Errors name scheme and host, never path, query, headers or bodies, which may hold keys.
//
// It may import gen, the standard library and third-party packages, connectors' dial and secret, and nothing else of ours.
package httpcall
