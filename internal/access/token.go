package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"regexp"
	"strings"
)

// A token has 256 bits, so that a plain hash of it can be stored: nobody tries 2^256 of them.
const tokenBytes = 32

// NewToken makes a token that nobody guesses.
func NewToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // it never fails
	return hex.EncodeToString(raw)
}

// Digest is what is stored of a token.
func Digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// keyPrefix lets people and scanners of repositories recognise a key.
const keyPrefix = "flowdesk_"

var keyPattern = regexp.MustCompile(`^` + keyPrefix + `([a-z0-9]{1,40})_([0-9a-f]{64})$`)

// NewKeyID is the id of a new API key.
func NewKeyID() string { return strings.ToLower(rand.Text()[:16]) }

// KeyText is what a machine sends.
func KeyText(id, token string) string { return keyPrefix + id + "_" + token }

// splitKey takes what a machine sent apart.
func splitKey(text string) (id, token string, ok bool) {
	m := keyPattern.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func sameDigest(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
