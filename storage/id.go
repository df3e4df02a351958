package storage

import "time"

// idAlphabet are the digits of ids, in byte order.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// LeastID is the least text that an id made at a time or later can be: ids begin with their milliseconds since 1970 as ten digits of base
// 32, so that they sort by time, and tables with ids as keys can be divided by time.
func LeastID(t time.Time) string {
	var id [10]byte
	for i, ms := len(id)-1, max(0, t.UnixMilli()); i >= 0; i, ms = i-1, ms>>5 {
		id[i] = idAlphabet[ms&31]
	}
	return string(id[:])
}
