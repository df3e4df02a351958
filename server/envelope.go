package server

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
)

// errEnvelope is a message that says of itself that it is larger than what is taken.
var errEnvelope = errors.New("the request is too large")

// envelopePrefix is what stands before each message of gRPC, gRPC-Web and Connect's streams: flags, and the length in four bytes.
const envelopePrefix = 5

// boundEnvelopes refuses requests of browsers whose messages say that they are larger than what is taken. The transcoder believes them, and
// makes room before anything has come: seven bytes would fill the memory.
func boundEnvelopes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := r.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "application/grpc") || strings.HasPrefix(kind, "application/connect+") {
			r.Body = &envelopes{ReadCloser: r.Body}
		}
		next.ServeHTTP(w, r)
	})
}

// envelopes reads a body and looks at the lengths in it.
type envelopes struct {
	io.ReadCloser

	prefix [envelopePrefix]byte
	have   int    // bytes of the prefix
	left   uint32 // of the message
}

// Read implements io.Reader.
func (e *envelopes) Read(into []byte) (int, error) {
	n, err := e.ReadCloser.Read(into)
	for rest := into[:n]; len(rest) > 0; {
		if e.left > 0 {
			skipped := min(len(rest), int(e.left))
			rest, e.left = rest[skipped:], e.left-uint32(skipped) //nolint:gosec // at most what is left
			continue
		}
		copied := copy(e.prefix[e.have:], rest)
		rest, e.have = rest[copied:], e.have+copied
		if e.have < envelopePrefix {
			break
		}
		e.have, e.left = 0, binary.BigEndian.Uint32(e.prefix[1:])
		if e.left > maxMessage {
			return 0, errEnvelope
		}
	}
	return n, err
}
