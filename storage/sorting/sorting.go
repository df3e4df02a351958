// Package sorting gives the keys by which names stand in lists: as a Chinese reader expects, by pinyin, which no database does by itself. It imports
// nothing of ours.
package sorting

import (
	"encoding/hex"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// keyBytes are the most bytes of a name that its key tells of: what stands behind them does not matter in a list.
const keyBytes = 300

// A collator keeps what it works on, so that each is used by one goroutine at a time.
var collators = sync.Pool{New: func() any { return collate.New(language.Chinese, collate.Numeric) }} //nolint:gochecknoglobals // costly to make

// Key is a text that stands, compared byte by byte with the keys of other names, where the name stands among them: Chinese by pinyin, Latin letters by
// the alphabet without regard to case, numbers by their value. The empty name has the empty key. Names of one key may differ.
func Key(name string) string {
	if name == "" {
		return ""
	}
	collator, _ := collators.Get().(*collate.Collator)
	defer collators.Put(collator)
	var buffer collate.Buffer
	return hex.EncodeToString(collator.KeyFromString(&buffer, name[:min(len(name), keyBytes)]))
}
