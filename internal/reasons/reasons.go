// Package reasons says in either language why something was decided. Decisions store their reasons in one language, and stored turns are never
// written again, so a reason is put into the reader's words where it is shown. reasons.json holds every reason in both languages; the console
// reads the same file. What it marks "inside" is no reason by itself, such as a length of time: people write such words too. The package may import only the standard library.
package reasons

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Language is one of the languages of reasons.
type Language int

// The languages.
const (
	Chinese Language = iota
	English
)

//go:embed reasons.json
var file []byte

// maxDepth bounds reasons inside reasons; the deepest that is made has four levels.
const maxDepth = 6

// book is the file, ready to be looked into.
type book struct {
	whole    map[string][2]string
	patterns []pattern
}

// pattern is a reason with something in it, in the language in which it is looked for.
type pattern struct {
	found  *regexp.Regexp
	pair   [2]string
	fixed  int  // characters
	inside bool // it stands only inside another reason
}

//nolint:gochecknoglobals // a constant that must be read
var read = sync.OnceValue(func() *book {
	var entries [][3]string
	if err := json.Unmarshal(file, &entries); err != nil {
		panic("reasons.json: " + err.Error()) //nolint:forbidigo // it is part of the program
	}
	b := &book{whole: map[string][2]string{}}
	for _, entry := range entries {
		pair := [2]string(entry[:2])
		for _, text := range pair {
			if !strings.Contains(text, "%s") {
				if _, known := b.whole[text]; !known {
					b.whole[text] = pair
				}
				continue
			}
			quoted := strings.ReplaceAll(regexp.QuoteMeta(text), "%s", "(.+?)")
			b.patterns = append(b.patterns, pattern{regexp.MustCompile("(?s)^" + quoted + "$"), pair, utf8.RuneCountInString(strings.ReplaceAll(text, "%s", "")), entry[2] == "inside"})
		}
	}
	slices.SortStableFunc(b.patterns, func(x, y pattern) int { return cmp.Compare(y.fixed, x.fixed) }) // the most particular first
	return b
})

// joints are how parts of a reason are joined, in Chinese and in English.
var joints = [][2]string{{"；", "; "}, {"、", ", "}, {colon, ": "}}

// colon stands before what was said, which is nobody's reason.
const colon = "："

// In is a reason in a language, whichever of the two it was written in. What is no reason, such as a name or what somebody said, stays as it is.
func In(lang Language, reason string) string {
	text, _ := read().put(lang, reason, place{})
	return text
}

// Known reports whether a text is a reason that can be said in both languages.
func Known(text string) bool {
	_, known := read().put(English, text, place{})
	return known
}

// place is where a text stands: how many reasons deep, and whether it fills a place in one.
type place struct {
	depth  int
	inside bool
}

func (p place) deeper() place { return place{p.depth + 1, p.inside} }

func (b *book) put(lang Language, text string, at place) (string, bool) {
	if pair, ok := b.whole[text]; ok {
		return pair[lang], true
	}
	if at.depth == maxDepth || text == "" {
		return text, false
	}
	for _, p := range b.patterns {
		if p.inside && !at.inside {
			continue
		}
		if values := p.found.FindStringSubmatch(text); values != nil {
			out := strings.Split(p.pair[lang], "%s")
			for i, value := range values[1:] {
				said, _ := b.put(lang, value, place{at.depth + 1, true})
				out[i] += said
			}
			return strings.Join(out, ""), true
		}
	}
	for _, joint := range joints {
		if said, ok := b.parts(lang, text, joint, at); ok {
			return said, true
		}
	}
	if values := ruled.FindStringSubmatch(text); values != nil {
		said, ok := b.put(lang, values[2], at.deeper())
		return values[1] + ": " + said, ok
	}
	return text, false
}

// ruled is a reason behind the name of its rule.
var ruled = regexp.MustCompile(`(?s)^([a-z_]+): (.+)$`)

// parts puts a text that is made of parts into a language. Its first part must be a reason: what people say has such signs too.
func (b *book) parts(lang Language, text string, joint [2]string, at place) (string, bool) {
	for _, sign := range joint {
		first, rest, found := strings.Cut(text, sign)
		if !found {
			continue
		}
		if said, ok := b.put(lang, first, at.deeper()); ok {
			if joint[Chinese] != colon {
				rest, _ = b.put(lang, rest, at.deeper())
			}
			return said + joint[lang] + rest, true
		}
	}
	return text, false
}
