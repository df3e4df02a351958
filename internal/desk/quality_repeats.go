package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkRepeated finds a reply that was said lately, and one that says the same sentence over and over.
func checkRepeated(issues []Issue, text string, recent []string) []Issue {
	said := foldQuestion(text)
	for _, r := range recent {
		if said != "" && nearlyEqual(said, foldQuestion(r)) {
			return append(issues, Issue{IssueRepeated, "与最近的回复重复", "was said lately"})
		}
	}
	counts := map[string]int{}
	for _, sentence := range strings.FieldsFunc(FoldName(text), func(r rune) bool { return strings.ContainsRune("。！？!?；;\n", r) }) {
		sentence = foldQuestion(sentence)
		if counts[sentence]++; counts[sentence] == maxSameSentence && utf8.RuneCountInString(sentence) >= 4 {
			return append(issues, Issue{IssueRepeated, "同一句话重复多次", "says the same sentence over and over"})
		}
	}
	return issues
}

const (
	maxSameSentence = 3
	// Long texts that have nearly all pairs of characters in common are the same text to a reader.
	nearLength = 16
	nearShare  = 0.92
)

// nearlyEqual compares two texts that hold letters and digits only.
func nearlyEqual(a, b string) bool {
	if a == b {
		return true
	}
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if min(la, lb) < nearLength || float64(2*min(la, lb))/float64(la+lb) < nearShare {
		return false
	}
	pairs := make(map[[2]rune]int, la)
	eachPair(a, func(p [2]rune) { pairs[p]++ })
	common := 0
	eachPair(b, func(p [2]rune) {
		if pairs[p] > 0 {
			pairs[p]--
			common++
		}
	})
	return float64(2*common) >= nearShare*float64(la+lb-2)
}

func eachPair(text string, do func([2]rune)) {
	var last rune
	for _, r := range text {
		if last != 0 {
			do([2]rune{last, r})
		}
		last = r
	}
}

// A run of the instructions counts as repeated from this weight on: 12 Chinese characters, or 36 letters.
const (
	echoWeight = 36
	hanWeight  = 3
	echoWindow = 6
)

// commonRun is the first run of a text that stands in the instructions and is long enough to be no chance; spaces and punctuation do not
// count.
func commonRun(instructions, text string) string {
	if instructions == "" || text == "" {
		return ""
	}
	from, to := []rune(foldQuestion(instructions)), []rune(foldQuestion(text))
	if len(from) < echoWindow || len(to) < echoWindow {
		return ""
	}
	starts, more := windows(to)
	for i := 0; i+echoWindow <= len(from); i++ {
		for j := starts[window(from[i:i+echoWindow])] - 1; j >= 0; j = more[j] - 1 {
			if i > 0 && j > 0 && from[i-1] == to[j-1] {
				continue // seen from the run's beginning
			}
			n, weight := int32(0), 0
			for i+int(n) < len(from) && int(j+n) < len(to) && from[i+int(n)] == to[j+n] {
				weight += runeWeight(to[j+n])
				n++
			}
			if weight >= echoWeight {
				return string(to[j : j+n])
			}
		}
	}
	return ""
}

type window [echoWindow]rune

// windows index where each window of a text begins: the last place plus one, and for each place the one before it plus one; 0 ends the list.
func windows(text []rune) (last map[window]int32, more []int32) {
	last, more = make(map[window]int32, len(text)), make([]int32, len(text))
	for i := range int32(len(text) - echoWindow + 1) {
		w := window(text[i : i+echoWindow])
		more[i], last[w] = last[w], i+1
	}
	return last, more
}

func runeWeight(r rune) int {
	if unicode.Is(unicode.Han, r) {
		return hanWeight
	}
	return 1
}

// hasSymbol reports whether a text says something with signs alone, such as 👍.
func hasSymbol(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.So, r) })
}
