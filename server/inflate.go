package server

import (
	"compress/gzip"
	"errors"
	"io"

	"connectrpc.com/connect"
)

// errInflated is a request that is larger than what is taken once it is unpacked.
var errInflated = errors.New("the unpacked request is too large")

// inflate unpacks requests of browsers up to what a message may hold: a few kilobytes can be packed so that they fill the memory.
type inflate struct {
	gzip.Reader

	left int64
}

func newInflate() connect.Decompressor { return &inflate{} }

// Reset implements connect.Decompressor.
func (i *inflate) Reset(r io.Reader) error {
	i.left = maxMessage
	if err := i.Reader.Reset(r); err != nil {
		return connectError(malformed(err))
	}
	return nil
}

// Read implements io.Reader.
func (i *inflate) Read(into []byte) (int, error) {
	n, err := i.Reader.Read(into)
	if i.left -= int64(n); i.left < 0 {
		return 0, connectError(tooLarge(errInflated))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = connectError(malformed(err))
	}
	return n, err
}
