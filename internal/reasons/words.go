package reasons

import (
	_ "embed"
	"encoding/json"
	"sync"
)

//go:embed words.json
var wordFile []byte

//nolint:gochecknoglobals // a constant that must be read
var readWords = sync.OnceValue(func() map[string][2]string {
	var words map[string][2]string
	if err := json.Unmarshal(wordFile, &words); err != nil {
		panic("words.json: " + err.Error()) //nolint:forbidigo // it is part of the program
	}
	return words
})

// Word says in a language what a short name means that a command or an attempt carries: its purpose, or what proved its result. The console
// reads the same file. A name that is not in it, such as one that a program gave, stays as it is.
func Word(lang Language, name string) string {
	if pair, ok := readWords()[name]; ok {
		return pair[lang]
	}
	return name
}
