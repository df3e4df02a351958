package storage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"
)

// Sizes of pages.
const (
	DefaultPageSize = 50
	MaxPageSize     = 500
)

// Page asks for one page of a list.
type Page struct {
	Size  int    // 0 takes the default; larger than MaxPageSize counts as that
	Token string // from the page before; empty for the first
}

// Limit is the number of rows of the page.
func (p Page) Limit() int {
	switch {
	case p.Size <= 0:
		return DefaultPageSize
	case p.Size > MaxPageSize:
		return MaxPageSize
	default:
		return p.Size
	}
}

// EncodeToken makes the token of the page after the row with these keys. The filter is part of it, so that a token serves only the list
// that gave it. Tokens are opaque to users and no secret.
func EncodeToken(filter any, keys ...string) string {
	raw := binary.BigEndian.AppendUint32(nil, filterDigest(filter))
	raw = append(raw, strings.Join(keys, "\x00")...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeToken gives the keys of a token of the same list, nil for an empty one. Anything else is ErrPageToken.
func DecodeToken(filter any, token string, keys int) ([]string, error) {
	if token == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 4 {
		return nil, fmt.Errorf("%w: not readable", ErrPageToken)
	}
	if binary.BigEndian.Uint32(raw) != filterDigest(filter) {
		return nil, fmt.Errorf("%w: it belongs to another list or filter", ErrPageToken)
	}
	parts := strings.Split(string(raw[4:]), "\x00")
	if len(parts) != keys || !utf8.Valid(raw[4:]) { // a key is a text that a database takes
		return nil, fmt.Errorf("%w: not readable", ErrPageToken)
	}
	return parts, nil
}

// filterDigest is equal for filters of one type with equal values, behind pointers too.
func filterDigest(filter any) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%T", filter)
	_ = json.NewEncoder(h).Encode(filter) // filters are plain data, which JSON can always write
	return h.Sum32()
}
