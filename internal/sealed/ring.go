// Package sealed keeps secrets unreadable where they are stored: robots' ids, keys and callback addresses, values of configuration, answers
// that hold any of them. The database has only what a key from outside of it opens.
//
// It may import storage, its backend, gen and golang.org/x/crypto.
package sealed

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Errors of a ring.
var (
	// ErrKeys is a key file that cannot be read.
	ErrKeys = errors.New("bad key file")
	// ErrOpen is something sealed that no key of the ring opens.
	ErrOpen = errors.New("cannot be opened")
)

// keysRemedy is what to do about a ring that opens nothing.
const keysRemedy = "give the keys that this database has had so far, as all its servers have them (--key-file or FLOWDESK_KEYS); new ones go beside them. If they are lost, flowdesk reset-secrets is the way out"

// Ring holds the keys by their ids. The first one seals; the others open what was sealed with them.
type Ring struct {
	current string
	keys    map[string]cipher.AEAD
}

var keyLine = regexp.MustCompile(`^([a-z0-9-]{1,32}):([A-Za-z0-9+/]{43}=)$`)

// Parse reads keys: lines of id:base64 of 32 bytes, the one that seals first. Empty lines and lines that begin with # are passed over.
func Parse(text string) (*Ring, error) {
	r := &Ring{keys: make(map[string]cipher.AEAD)}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		m := keyLine.FindStringSubmatch(line)
		if m == nil { // the line itself may be a key with a slip: it is not shown
			return nil, fmt.Errorf("%w: a line is not id:base64 of 32 bytes; make one with: flowdesk key", ErrKeys)
		}
		raw, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil || r.keys[m[1]] != nil {
			return nil, fmt.Errorf("%w: key %s cannot be read or is there twice", ErrKeys, m[1])
		}
		if r.keys[m[1]], err = chacha20poly1305.NewX(raw); err != nil {
			return nil, fmt.Errorf("%w: key %s: %w", ErrKeys, m[1], err)
		}
		if r.current == "" {
			r.current = m[1]
		}
	}
	if r.current == "" {
		return nil, fmt.Errorf("%w: it holds no key; make one with: flowdesk key", ErrKeys)
	}
	return r, nil
}

// ReadFile reads the keys of a file. Others than its owner must not be able to read it.
func ReadFile(file string) (*Ring, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%w: everybody may read %s; chmod 600 it", ErrKeys, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return Parse(string(data))
}

// NewKey makes a line of a key file.
func NewKey() string {
	raw := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(raw) // it never fails
	return "k" + strings.ToLower(rand.Text()[:8]) + ":" + base64.StdEncoding.EncodeToString(raw)
}

// Current is the id of the key that seals.
func (r *Ring) Current() string { return r.current }

// mark begins everything sealed, so that it is told from a text of an older database.
const mark = "sealed1:"

// Seal makes a text unreadable. What is sealed for one place does not open at another.
func (r *Ring) Seal(place, text string) string {
	aead := r.keys[r.current]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(text)+aead.Overhead())
	_, _ = rand.Read(nonce) // it never fails
	return mark + r.current + ":" + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(text), []byte(place)))
}

// Open gives what was sealed for a place. A text that was never sealed is given as it is: databases from before there were keys hold such.
func (r *Ring) Open(place, text string) (string, error) {
	id, data, ok := split(text)
	if !ok {
		return text, nil
	}
	aead := r.keys[id]
	if aead == nil {
		return "", fmt.Errorf("%s: %w: it was sealed with key %q, which is not among the keys that were given: %s", place, ErrOpen, id, keysRemedy)
	}
	raw, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", fmt.Errorf("%s: %w: it is damaged", place, ErrOpen)
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(place))
	if err != nil {
		return "", fmt.Errorf("%s: %w: key %q is another one than it was sealed with, or it is damaged: %s", place, ErrOpen, id, keysRemedy)
	}
	return string(plain), nil
}

// Stale reports whether a text is to be sealed anew: it never was, or with another key than the present one.
func (r *Ring) Stale(text string) bool {
	id, _, ok := split(text)
	return text != "" && (!ok || id != r.current)
}

func split(text string) (id, data string, ok bool) {
	rest, ok := strings.CutPrefix(text, mark)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ":")
}
