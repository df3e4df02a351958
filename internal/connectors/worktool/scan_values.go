package worktool

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// hexRune reads the digits after \u, and the second half of a surrogate pair. Half a pair becomes U+FFFD.
func hexRune(s string) (r rune, size int) {
	high, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(high) {
		return high, 4
	}
	if len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if low, ok := hex4(s[6:]); ok {
			if pair := utf16.DecodeRune(high, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// text reads a string, or any other scalar as it is written. Null, objects and arrays give the empty string:
// a field of a surprising type must not cost us a customer's message.
func (s *scanner) text() string {
	switch s.peek() {
	case '"':
		return s.quoted()
	case '{', '[', 'n':
		s.skip()
		return ""
	default:
		return s.raw()
	}
}

// integer reads a number, or a number in a string; anything else is 0. Fractions are cut off.
func (s *scanner) integer() int64 {
	written := strings.TrimSpace(s.text())
	if n, err := strconv.ParseInt(written, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(written, 64); err == nil && math.Abs(f) < 1<<62 {
		return int64(f)
	}
	return 0
}

// code reads a whole number, or one in a string. Anything else is no code: it must never read as 0, for 0 is success.
func (s *scanner) code() (code int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s.text()))
	return n, err == nil
}

// number reads a number or a number in a string; anything else is 0.
func (s *scanner) number() float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s.text()), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// boolean reads true, "true", 1 or "1" as true and anything else as false.
func (s *scanner) boolean() bool {
	written := strings.TrimSpace(s.text())
	return strings.EqualFold(written, "true") || written == "1"
}

// texts reads an array of strings, written as an array or as a string that holds one. A plain string is a list of one.
func (s *scanner) texts() []string {
	switch s.peek() {
	case '[':
		var list []string
		for s.begin('['); s.next(']'); {
			list = append(list, s.text())
		}
		return list
	case '"':
		written := s.quoted()
		inner := scanner{src: written, depth: s.depth}
		switch {
		case inner.peek() == '[':
			if list := inner.texts(); inner.end() == nil {
				return list
			}
			return []string{written}
		case strings.TrimSpace(written) == "" || written == "null":
			return nil
		default:
			return []string{written}
		}
	default:
		s.skip()
		return nil
	}
}

// raw steps over a value and gives it as it is written.
func (s *scanner) raw() string {
	s.peek()
	start := s.pos
	s.skip()
	if s.err != nil {
		return ""
	}
	return s.src[start:s.pos]
}

// skip steps over a value and checks it.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '"':
		s.quoted()
	case c == '{':
		for s.begin('{'); s.next('}'); {
			s.key()
			s.skip()
		}
	case c == '[':
		for s.begin('['); s.next(']'); {
			s.skip()
		}
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	case c == '-' || '0' <= c && c <= '9':
		s.digits()
	default:
		s.fail(ErrMalformed, "a value")
	}
}

func (s *scanner) literal(word string) {
	if !strings.HasPrefix(s.src[s.pos:], word) {
		s.fail(ErrMalformed, word)
		return
	}
	s.pos += len(word)
}

// digits steps over a number: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) digits() {
	if s.src[s.pos] == '-' {
		s.pos++
	}
	if s.at("0") {
		s.pos++
	} else {
		s.run()
	}
	if s.at(".") {
		s.pos++
		s.run()
	}
	if s.at("eE") {
		s.pos++
		if s.at("+-") {
			s.pos++
		}
		s.run()
	}
}

func (s *scanner) at(characters string) bool {
	return s.pos < len(s.src) && strings.IndexByte(characters, s.src[s.pos]) >= 0
}

func (s *scanner) run() {
	start := s.pos
	for s.pos < len(s.src) && '0' <= s.src[s.pos] && s.src[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail(ErrMalformed, "a digit")
	}
}
