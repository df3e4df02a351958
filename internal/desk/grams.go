package desk

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gram is a part of a question by which it is found: a pair of Chinese characters, one character, or a word by its digest. The top bits say
// which.
type gram uint64

const (
	pairGram gram = (iota + 1) << 60
	charGram
	wordGram
	fillerGram // a word that questions hold whatever they ask

	gramKinds gram = 15 << 60
)

// worth is how much a gram says, before its rarity. Single characters find questions whose words stand in another order.
func (g gram) worth() float64 {
	switch g & gramKinds {
	case charGram:
		return 0.35
	case fillerGram:
		return 0.1
	default:
		return 1
	}
}

// maxQuestion bounds the characters of a question that are looked at.
const maxQuestion = 500

// phrase is a Chinese word that stands for itself, padded with zeros.
type phrase [4]rune

// Words that questions hold whatever they ask, and words of one meaning by which questions differ.
var (
	fillerWords = map[gram]bool{} //nolint:gochecknoglobals // a constant
	phrases     = readPhrases(    //nolint:gochecknoglobals // a constant
		`
		请问一下 请问 你好 您好 你们 我们 大家 麻烦 谢谢 一下 一个 这个 那个 怎么样 怎么办 怎么 怎样 如何 为什么 可不可以 可以 能不能 能否 是不是
		有没有 需要 想要 我想 想问 想问下 问下 知道 告诉 的话 客服 老师 什么 哪些 哪个 啥 亲 啊 呀 呢 吗 吧 哦 嘛 哈 了 的 我 你 您
		a an the is are am was be do does did i we you my your our it this that to of for in on at and or can could will would please how what
		hi hello hey thanks thank me there`,
		`多久 多长时间 什么时候 几时 何时 几点 几天`,
		`价格 费用 价钱 收费 多少钱`,
		`哪里 哪儿 在哪 什么地方`,
	)
)

func readPhrases(fillers string, meanings ...string) map[phrase]gram {
	found := make(map[phrase]gram)
	put := func(word string, g gram) {
		var p phrase
		copy(p[:], []rune(word))
		found[p] = g
	}
	for _, f := range strings.Fields(fillers) {
		if f[0] < utf8.RuneSelf {
			fillerWords[wordOf(f)] = true
		} else {
			put(f, wordOf(f)&^gramKinds|fillerGram)
		}
	}
	for _, m := range meanings {
		words := strings.Fields(m)
		for _, w := range words {
			put(w, wordOf(words[0]))
		}
	}
	return found
}

// gramsOf appends the distinct grams of a question to a slice.
func gramsOf(question string, into []gram) []gram {
	text := FoldName(firstRunes(question, maxQuestion))
	var runes [64]rune
	run := runes[:0] // Chinese characters since the last break
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.Is(unicode.Han, r):
			run = append(run, r)
		case r == ' ': // characters may be spaced out
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			into, run = hanGrams(run, into), run[:0]
			size = wordLength(text[i:])
			word := wordOf(text[i : i+size])
			if fillerWords[word] {
				word = word&^gramKinds | fillerGram
			}
			into = append(into, word)
		default:
			into, run = hanGrams(run, into), run[:0]
		}
		i += size
	}
	into = hanGrams(run, into)
	slices.Sort(into)
	return slices.Compact(into)
}

// wordLength is the length in bytes of the word at the beginning of a text.
func wordLength(text string) int {
	for i, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Han, r) {
			return i
		}
	}
	return len(text)
}

// wordOf is the gram of a word without its common endings.
func wordOf(word string) gram {
	for _, end := range []string{"ing", "ed", "es", "s", "e"} {
		if stem, ok := strings.CutSuffix(word, end); ok && len(stem) >= 4 {
			word = stem
			break
		}
	}
	return gram(mix(fnvAdd(fnvOffset, word)))&^gramKinds | wordGram
}

// hanGrams appends the grams of a run of Chinese characters: phrases, and pairs and characters of what stands between them.
func hanGrams(run []rune, into []gram) []gram {
	start := 0
	for i := 0; i < len(run); {
		g, n := phraseAt(run[i:])
		if n == 0 {
			i++
			continue
		}
		into = append(contentGrams(run[start:i], into), g)
		i += n
		start = i
	}
	return contentGrams(run[start:], into)
}

// phraseAt is the longest phrase at the beginning of a run and its number of characters, 0 for none.
func phraseAt(run []rune) (gram, int) {
	for n := min(len(phrase{}), len(run)); n > 0; n-- {
		var p phrase
		copy(p[:], run[:n])
		if g, ok := phrases[p]; ok {
			return g, n
		}
	}
	return 0, 0
}

func contentGrams(run []rune, into []gram) []gram {
	for i, r := range run {
		into = append(into, gram(r)|charGram)
		if i > 0 {
			into = append(into, gram(run[i-1])<<21|gram(r)|pairGram)
		}
	}
	return into
}

// foldQuestion is a question without width, case, spaces and punctuation.
func foldQuestion(question string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, FoldName(question))
}
