package spill

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// A record is a header, the sealed event and a checksum of it. The header has a checksum of its own, so that a length can be trusted: a record
// that ends beyond the file was being written, everything else that does not fit was damaged.
//
//	marker 4 | sequence 8 | flags 1 | length 4 | checksum of these 4 | sealed event | its checksum 4
const (
	headerSize  = 4 + 8 + 1 + 4 + 4
	trailerSize = 4
	maxPayload  = 16 << 20 // twice the greatest request, sealed
)

const flagPerhaps = 1 // the database may have the event already

//nolint:gochecknoglobals // constants
var (
	marker     = []byte{0xf7, 'F', 'D', 0x1a}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// record is one event as it stands in a segment.
type record struct {
	sequence uint64
	flags    byte
	payload  []byte // sealed
}

// place is what a record is sealed for: it opens in its own place of the log only.
func (r *record) place() string {
	return "spill/" + strconv.FormatUint(r.sequence, 10) + "/" + strconv.Itoa(int(r.flags))
}

func (r *record) append(to []byte) []byte {
	start := len(to)
	to = append(to, marker...)
	to = binary.LittleEndian.AppendUint64(to, r.sequence)
	to = append(to, r.flags)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(r.payload)))
	to = binary.LittleEndian.AppendUint32(to, crc32.Checksum(to[start:], castagnoli))
	to = append(to, r.payload...)
	return binary.LittleEndian.AppendUint32(to, crc32.Checksum(r.payload, castagnoli))
}

// span is a part of a segment.
type span struct{ from, to int }

// content is what a segment holds.
type content struct {
	records []record
	starts  []int  // where each of them begins
	broken  []span // damaged: neither records nor the end of an interrupted write
	end     int    // of what counts; what follows was being written when the process ended
}

// decode reads a segment. It never fails: what cannot be read is named.
func decode(data []byte) content {
	c := content{end: len(data)}
	for at := 0; at < len(data); {
		r, size, state := parse(data[at:])
		switch state {
		case whole:
			c.records, c.starts = append(c.records, r), append(c.starts, at)
			at += size
		case torn:
			c.end = at
			return c
		case damaged:
			next := resume(data, at+1)
			c.broken = append(c.broken, span{at, next})
			at = next
		}
	}
	return c
}

type state int8

const (
	whole state = iota
	torn
	damaged
)

// parse reads the record at the beginning of data.
func parse(data []byte) (r record, size int, s state) {
	if len(data) < headerSize || empty(data) {
		return r, 0, torn
	}
	if !bytes.HasPrefix(data, marker) || crc32.Checksum(data[:headerSize-4], castagnoli) != binary.LittleEndian.Uint32(data[headerSize-4:]) {
		return r, 0, damaged
	}
	length := int(binary.LittleEndian.Uint32(data[13:]))
	if length > maxPayload {
		return r, 0, damaged
	}
	size = headerSize + length + trailerSize
	if len(data) < size {
		return r, 0, torn
	}
	r = record{sequence: binary.LittleEndian.Uint64(data[4:]), flags: data[12], payload: data[headerSize : headerSize+length]}
	if crc32.Checksum(r.payload, castagnoli) != binary.LittleEndian.Uint32(data[size-trailerSize:]) {
		return r, 0, damaged
	}
	return r, size, whole
}

// empty reports whether there are zeros only: space that the file system gave and nobody wrote to.
func empty(data []byte) bool { return len(bytes.TrimLeft(data, "\x00")) == 0 }

// resume finds where the next record begins after a damaged one: the end of the data when there is none.
func resume(data []byte, from int) int {
	for at := from; ; {
		i := bytes.Index(data[at:], marker)
		if i < 0 {
			return len(data)
		}
		at += i
		if _, _, s := parse(data[at:]); s == whole || s == torn && len(data)-at >= headerSize {
			return at
		}
		at++
	}
}
