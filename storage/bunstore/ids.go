package bunstore

import (
	"strings"
	"time"
)

// Ids begin with their time: ten digits of base 32 that hold its milliseconds. So a range of time is a range of every table's key, and no list
// needs an index of its own for it.
const (
	idDigits = "0123456789abcdefghjkmnpqrstvwxyz"
	idTime   = 10
)

// idFrom is what every id of a time or later is not less than.
func idFrom(at time.Time) string {
	var id [idTime]byte
	milli := uint64(max(at.UnixMilli(), 0))
	for i := idTime - 1; i >= 0; i-- {
		id[i] = idDigits[milli&31]
		milli >>= 5
	}
	return string(id[:])
}

// timeOfID is the time of an id, false for one that has none.
func timeOfID(id string) (time.Time, bool) {
	if len(id) < 2*idTime {
		return time.Time{}, false
	}
	var milli int64
	for i := range idTime {
		digit := strings.IndexByte(idDigits, id[i])
		if digit < 0 {
			return time.Time{}, false
		}
		milli = milli<<5 | int64(digit)
	}
	return time.UnixMilli(milli).UTC(), true
}

// within asks for ids of a range of time.
func (l *listing) within(after, before time.Time) {
	if !after.IsZero() {
		l.bind("id", " >= ?", idFrom(after), true)
	}
	if !before.IsZero() {
		l.bind("id", " < ?", idFrom(before), false)
	}
}
