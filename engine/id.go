package engine

import (
	"hash/fnv"
	"time"
)

const (
	idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32, in order, so that ids sort by time
	idLength   = 20                                 // 50 bits of milliseconds, 50 bits of digest
)

// NewID makes an id of 20 characters that sorts by its time: 50 bits of milliseconds, then 50 bits of entropy. The same arguments give
// the same id.
func NewID(at time.Time, entropy uint64) string {
	var id [idLength]byte
	put(id[:idLength/2], uint64(at.UnixMilli()))
	put(id[idLength/2:], entropy)
	return string(id[:])
}

func put(into []byte, bits uint64) {
	for i := len(into) - 1; i >= 0; i-- {
		into[i] = idAlphabet[bits&31]
		bits >>= 5
	}
}

// Digest is a 64-bit digest of the parts, well mixed; it serves for ids and seeds, not against attackers.
func Digest(parts ...string) uint64 {
	h := fnv.New64a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return mix(h.Sum64())
}

// mix is the finalizer of splitmix64: FNV alone leaves the low bits of similar inputs alike.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// ParticipantID is the id of the participant with a display name in a session. The robots' platform knows no ids, so the name is all
// there is until a person binds the participant to the directory.
func ParticipantID(name string) string {
	var id [13]byte
	put(id[:], Digest("participant", name))
	return "p" + string(id[1:])
}
