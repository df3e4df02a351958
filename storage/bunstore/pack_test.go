package bunstore

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/require"
)

// What is stored was packed with these very bytes: a dictionary that changes makes every earlier row unreadable.
func TestDictionariesNeverChange(t *testing.T) {
	for name, c := range map[string]struct {
		dictionary []byte
		sum        string
	}{
		"turns1": {turns1, "577aa9798764260c96b43450f1d95ab4fe9bff0d3a63068b268d48eadb8d6495"},
		"turns2": {turns2, "8e2a91dfd80b2e23bc0d058dc50cbb05a30011f4fff8e57f5150e6fda121f0ff"},
		"turns3": {turns3, "f861a58a292f5f676ec6c68bb7e84a37c1a9dcdf0de3f25e45accde17cfbc02a"},
	} {
		sum := sha256.Sum256(c.dictionary)
		require.Equal(t, c.sum, hex.EncodeToString(sum[:]), name)
	}
}

func TestWhatEarlierVersionsPackedIsRead(t *testing.T) {
	text := []byte(strings.Repeat("sender identified, branch D, reply generated; ", 9))
	for name, stored := range map[string][]byte{
		"plain":  append([]byte{packedPlain}, text...),
		"turns1": append([]byte{packedTurns1}, s2.NewDict(turns1).EncodeBetter(nil, text)...),
		"turns2": append([]byte{packedTurns2}, s2.NewDict(turns2).Encode(nil, text)...),
		"turns3": append([]byte{packedTurns3}, s2.NewDict(turns3).Encode(nil, text)...),
		"now":    pack(text),
	} {
		got, err := unpack(stored)
		require.NoError(t, err, name)
		require.Equal(t, string(text), string(got), name)
	}
	require.Less(t, len(pack(text)), len(text)/2)
}

func TestDamagedDataIsRefused(t *testing.T) {
	whole := pack([]byte(strings.Repeat("nothing lost ", 20)))
	for name, stored := range map[string][]byte{
		"nothing": nil, "unknown way": {99, 1, 2}, "cut off": whole[:len(whole)-3], "no block": {packedTurns2},
	} {
		_, err := unpack(stored)
		require.ErrorIs(t, err, errDamaged, name)
	}
}
