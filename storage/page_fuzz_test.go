package storage_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/storage"
)

// FuzzPageToken reads tokens of anybody's making. Keys that come out are texts that every database takes, and a token that was given is
// read again.
func FuzzPageToken(f *testing.F) {
	for _, token := range []string{
		"", "x", "====", "AAAA", "AAAAAA", "𝟘", storage.EncodeToken("list", "1", "a"), storage.EncodeToken("list", "1"), storage.EncodeToken("other", "1", "a"),
		storage.EncodeToken("list", "\xff", "a"),
	} {
		f.Add(token, "1767578400000000", "id")
	}
	f.Fuzz(func(t *testing.T, token, first, second string) {
		keys, err := storage.DecodeToken("list", token, 2)
		if err != nil {
			require.ErrorIs(t, err, storage.ErrPageToken)
			require.Nil(t, keys)
		}
		for _, key := range keys {
			require.True(t, utf8.ValidString(key), "%q", key)
			require.NotContains(t, key, "\x00")
		}
		given := storage.EncodeToken("list", first, second)
		keys, err = storage.DecodeToken("list", given, 2)
		if !utf8.ValidString(first) || !utf8.ValidString(second) || strings.Contains(first+second, "\x00") {
			return
		}
		require.NoError(t, err)
		require.Equal(t, []string{first, second}, keys)
		_, err = storage.DecodeToken("another list", given, 2)
		require.ErrorIs(t, err, storage.ErrPageToken)
	})
}
