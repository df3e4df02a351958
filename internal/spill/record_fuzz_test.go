package spill

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecode holds the decoder to its promises whatever stands on the disk: it ends, every byte is accounted for once, and what it reads is
// what a writer of it would have written.
func FuzzDecode(f *testing.F) {
	var log []byte
	for n, text := range []string{"", "first", "second with more", string(bytes.Repeat([]byte{0}, 100)), string(marker)} {
		r := record{sequence: uint64(n + 1), flags: byte(n & 1), payload: []byte(text)} //nolint:gosec // small
		log = r.append(log)
		f.Add(log)
		f.Add(log[:len(log)-3])
	}
	f.Add(append(log[5:len(log):len(log)], log...))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := decode(data)
		require.LessOrEqual(t, c.end, len(data))
		var again []byte
		for _, r := range c.records {
			again = r.append(again)
		}
		broken := 0
		for _, b := range c.broken {
			require.Less(t, b.from, b.to)
			broken += b.to - b.from
		}
		require.Equal(t, c.end, len(again)+broken)
		require.Equal(t, c.records, decode(again).records)
		require.Empty(t, decode(again).broken)
	})
}
