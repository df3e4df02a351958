package redis

import (
	"encoding/binary"
	"errors"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// version is the first byte of what is sent. A replica of another version is heard by its own kind only; the others look for themselves.
const version = 1

// Limits of what is sent, and taken.
const (
	// MaxMessage is the most bytes of a hint. What is longer is dropped and counted.
	MaxMessage = 64 << 10
	maxName    = 200 // of a replica, and of a subject
	maxSealed  = MaxMessage + 2*maxName + 64
)

// errEnvelope is what is no envelope of ours.
var errEnvelope = errors.New("not an envelope")

// envelope is what travels: a hint, or without a subject the word that its sender lives and how many hints it has sent.
type envelope struct {
	sender  string // its name
	life    uint64 // its process: a name may be used again
	number  uint64 // of the hint among those of its sender on the same way, counted from 1; of a beat, of the last one
	leaving bool   // of a beat: the last one
	subject fabric.Subject
	message []byte
}

const (
	kindHint = iota
	kindBeat
	kindLast
)

func (e *envelope) seal() []byte {
	kind := byte(kindHint)
	switch {
	case e.leaving:
		kind = kindLast
	case e.subject == "":
		kind = kindBeat
	}
	out := make([]byte, 0, len(e.sender)+len(e.subject)+len(e.message)+32)
	out = append(out, version, kind)
	out = binary.BigEndian.AppendUint64(out, e.life)
	out = binary.AppendUvarint(out, e.number)
	out = appendText(out, e.sender)
	out = appendText(out, string(e.subject))
	return append(out, e.message...)
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// open reads what anybody may have written.
func open(data string) (*envelope, error) {
	if len(data) > maxSealed || len(data) < 10 || data[0] != version || data[1] > kindLast {
		return nil, errEnvelope
	}
	kind, rest := data[1], []byte(data[2:])
	e := &envelope{life: binary.BigEndian.Uint64(rest), leaving: kind == kindLast}
	rest = rest[8:]
	number, n := binary.Uvarint(rest)
	if n <= 0 {
		return nil, errEnvelope
	}
	e.number, rest = number, rest[n:]
	sender, rest, ok := cutText(rest)
	if !ok || sender == "" {
		return nil, errEnvelope
	}
	subject, rest, ok := cutText(rest)
	if !ok || (kind == kindHint) != (subject != "") || kind != kindHint && len(rest) > 0 || len(rest) > MaxMessage {
		return nil, errEnvelope
	}
	e.sender, e.subject, e.message = sender, fabric.Subject(subject), rest
	return e, nil
}

func cutText(data []byte) (text string, rest []byte, ok bool) {
	length, n := binary.Uvarint(data)
	if n <= 0 || length > maxName || uint64(len(data)-n) < length {
		return "", nil, false
	}
	return string(data[n : n+int(length)]), data[n+int(length):], true
}
