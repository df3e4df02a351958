package worktool

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting. The platform nests four deep; the bitmap in scanner needs it to stay below 64.
const maxDepth = 32

// What can be wrong with a body. A *ParseError wraps one of them.
var (
	ErrEmpty     = errors.New("empty body")
	ErrMalformed = errors.New("malformed body")
	ErrTooDeep   = errors.New("body nested too deep")
	ErrTooLarge  = errors.New("body too large")
	ErrNotOurs   = errors.New("none of the fields a callback of this kind has")
)

// ParseError says what is wrong with a body and where. It never repeats the body, which is a customer's words.
type ParseError struct {
	Kind   error
	Offset int
	Want   string
}

// Error names kind and place.
func (e *ParseError) Error() string {
	if e.Want == "" {
		return e.Kind.Error()
	}
	return fmt.Sprintf("%v at byte %d: want %s", e.Kind, e.Offset, e.Want)
}

// Unwrap gives the kind.
func (e *ParseError) Unwrap() error { return e.Kind }

// scanner walks over one JSON text. Objects and arrays are loops:
//
//	for s.begin('{'); s.next('}'); {
//		switch s.key() { ... }
//	}
//
// The first error stays, and from then on every method returns a zero value, so callers look at it once.
type scanner struct {
	src   string
	pos   int
	depth int
	begun uint64 // bit n: the container at depth n has had an element
	err   error
}

func (s *scanner) fail(kind error, want string) {
	if s.err == nil {
		s.err = &ParseError{Kind: kind, Offset: s.pos, Want: want}
	}
}

// peek moves to the next character that is not white space; 0 at the end or after an error.
func (s *scanner) peek() byte {
	if s.err != nil {
		return 0
	}
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) begin(open byte) {
	if s.peek() != open {
		s.fail(ErrMalformed, strconv.Quote(string(open)))
		return
	}
	if s.depth == maxDepth {
		s.fail(ErrTooDeep, "fewer levels")
		return
	}
	s.pos++
	s.depth++
	s.begun &^= 1 << s.depth
}

// next reports whether another element follows, and steps over the comma or the closing bracket.
func (s *scanner) next(closing byte) bool {
	c := s.peek()
	if s.err != nil {
		return false
	}
	bit := uint64(1) << s.depth
	switch {
	case c == closing:
		s.pos++
		s.depth--
		return false
	case s.begun&bit == 0:
		s.begun |= bit
		return true
	case c != ',':
		s.fail(ErrMalformed, "a comma or the end")
		return false
	}
	s.pos++
	if s.peek() == closing {
		s.fail(ErrMalformed, "an element after the comma")
		return false
	}
	return true
}

func (s *scanner) key() string {
	if s.peek() != '"' {
		s.fail(ErrMalformed, "a name")
		return ""
	}
	name := s.quoted()
	if s.peek() != ':' {
		s.fail(ErrMalformed, "a colon")
		return ""
	}
	s.pos++
	return name
}

// end demands that nothing follows.
func (s *scanner) end() error {
	if s.peek() != 0 || s.err == nil && s.pos < len(s.src) {
		s.fail(ErrMalformed, "the end")
	}
	return s.err
}

// quoted reads a string. Where nothing is escaped it is a piece of the source and costs no allocation.
func (s *scanner) quoted() string {
	start := s.pos + 1
	ascii := true
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			if ascii {
				return s.src[start:i]
			}
			return strings.ToValidUTF8(s.src[start:i], "\uFFFD")
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			s.pos = i
			s.fail(ErrMalformed, "no control character")
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.pos = len(s.src)
	s.fail(ErrMalformed, "the end of a string")
	return ""
}

// escaped reads a string on from its first backslash. NUL is left out: no database we use can hold it.
func (s *scanner) escaped(start, i int) string {
	b := make([]byte, 0, len(s.src[start:i])+min(256, len(s.src)-i))
	for i < len(s.src) {
		b = append(b, s.src[start:i]...)
		if s.src[i] == '"' {
			s.pos = i + 1
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		s.pos = i // at the backslash, or at a control character
		if s.src[i] != '\\' || i+1 == len(s.src) {
			break
		}
		i += 2
		switch c := s.src[i-1]; c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, size := hexRune(s.src[i:])
			if size == 0 {
				s.fail(ErrMalformed, "four hexadecimal digits")
				return ""
			}
			i += size
			if r != 0 {
				b = utf8.AppendRune(b, r)
			}
		default:
			s.fail(ErrMalformed, "a known escape")
			return ""
		}
		start = i
		for i < len(s.src) && s.src[i] != '"' && s.src[i] != '\\' && s.src[i] >= ' ' {
			i++
		}
	}
	s.fail(ErrMalformed, "the end of a string")
	return ""
}
