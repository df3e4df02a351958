package bunstore

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Values of columns. Times are microseconds since 1970 in UTC. What does not apply is NULL.

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// moment is a time that may be missing.
func moment(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// stamp is a time that may be missing.
func stamp(t *timestamppb.Timestamp) driver.Value {
	if t == nil {
		return nil
	}
	return zeroed(t)
}

// zeroed is a time as a number, 0 when it is missing.
func zeroed(t *timestamppb.Timestamp) int64 {
	return t.GetSeconds()*1e6 + int64(t.GetNanos())/1e3
}

func timestamp(us int64) *timestamppb.Timestamp {
	if us == 0 {
		return nil
	}
	return timestamppb.New(time.UnixMicro(us))
}

// some is 1 or NULL.
func some(b bool) driver.Value {
	if b {
		return int64(1)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// number is a number of which 0 means none.
func number(n int64) driver.Value {
	if n == 0 {
		return nil
	}
	return n
}

// text is a text as stored.
func text(s string) driver.Value {
	if s == "" {
		return nil
	}
	return clean(s)
}

// clean makes a text storable everywhere: NUL bytes and invalid UTF-8 are errors in some databases, and U+FFFD takes their place.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// cleaned are arguments of a query: what was stored was cleaned too.
func cleaned(args []any) []any {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = clean(s)
		}
	}
	return args
}

// reference is an id that is often another id of the same row; then the empty text stands for it.
func reference(id, usual string) driver.Value {
	if id == usual && id != "" {
		return ""
	}
	return text(id)
}

// referred gives back what reference stored. valid tells NULL from the empty text.
func referred(id *string, usual string) string {
	switch {
	case id == nil:
		return ""
	case *id == "":
		return usual
	default:
		return *id
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
