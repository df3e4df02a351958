// Package secret holds values that must never be seen: keys, tokens, addresses that are keys themselves.
//
// It promises that a secret, or a struct that contains one, shows only a placeholder when it is printed with any verb,
// logged with slog, or marshalled as JSON, YAML or text, also when the field that holds it is unexported.
//
// It imports the standard library only.
package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Placeholder stands wherever a secret would have been shown.
const Placeholder = "[secret]"

// String is a secret text. The zero value is the empty secret.
//
// The text is kept behind a pointer: fmt does not call the methods of unexported fields, but it prints a nested pointer
// as an address.
type String struct{ text *string }

// New returns text as a secret.
func New(text string) String {
	if text == "" {
		return String{}
	}
	return String{text: &text}
}

// Reveal returns the text itself. It is to be called only where the secret is put on the wire.
func (s String) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no secret.
func (s String) Empty() bool { return s.text == nil }

// Fingerprint names the secret without telling it: eight hex digits of its hash, empty for the empty secret.
func (s String) Fingerprint() string {
	if s.Empty() {
		return ""
	}
	sum := sha256.Sum256([]byte(*s.text))
	return hex.EncodeToString(sum[:4])
}

// Equal reports whether both hold the same text.
func (s String) Equal(other String) bool { return s.Reveal() == other.Reveal() }

// String returns the placeholder, or nothing for the empty secret.
func (s String) String() string {
	if s.Empty() {
		return ""
	}
	return Placeholder
}

// GoString returns what String returns.
func (s String) GoString() string { return s.String() }

// Format writes the placeholder whatever the verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText writes the placeholder.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the secret from configuration.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}

// LogValue logs the placeholder.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// minScrub is the length from which a secret is searched for in a text: replacing a secret of a few characters would
// tear every text apart and tell the secret by its holes.
const minScrub = 4

// Scrub returns text with every given secret replaced by the placeholder.
func Scrub(text string, secrets ...String) string {
	for _, s := range secrets {
		if len(s.Reveal()) >= minScrub {
			text = strings.ReplaceAll(text, s.Reveal(), Placeholder)
		}
	}
	return text
}
