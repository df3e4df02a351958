package desk

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What people say around a matter: words that no answer, notice or alarm is the right answer to. The lists are of whole utterances, which is what
// keeps them from catching a matter by a word in it.

// openings announce a question and do not ask it.
var openings = []string{
	"我想问一下", "我想问下", "想问一下", "想问下", "问一下", "问下", "问个问题", "我问个问题", "想问个问题", "我想问个问题", "有个问题", "我有个问题", "有个问题想问", "有个事",
	"有个事想问", "请问", "请问一下", "请问下", "你好我想问一下", "您好我想问一下", "你好请问", "您好请问", "你好请问一下", "您好请问一下", "咨询一下", "咨询下", "我想咨询一下",
	"想咨询一下", "想咨询下", "咨询个问题", "请教一下", "请教下", "请教个问题", "麻烦问一下", "麻烦问下", "打扰一下", "我想了解一下", "想了解一下",
}

// urgings press for an answer to what was asked before.
var urgings = []string{
	"急", "急急", "急急急", "很急", "好急", "挺急的", "比较急", "着急", "在线等", "急在线等", "在线等急", "快点", "快一点", "麻烦快点", "麻烦快一点", "能快点吗", "快点回复", "回复一下", "回一下",
	"在吗", "在不在", "在么", "在嘛", "人呢", "有人吗", "有人在吗", "有人么", "人在吗", "还在吗", "喂", "喂喂", "hello", "怎么不回", "怎么不回复", "怎么没人回", "怎么没人回复", "没人吗",
}

// withdrawals take a matter back.
var withdrawals = []string{
	"算了不用了", "算了不用", "不用了算了", "算了吧", "算了没事", "算了没事了", "没事了", "没事了不用了", "没事不用了", "不需要了", "不用管了", "不用麻烦了", "不麻烦了", "当我没说", "不问了",
}

// SmallTalk tells what a text says around a matter. The zero value is a text that says nothing of the kind.
type SmallTalk struct {
	// Opens: it only announces a question (我想问一下). Whoever answered it that nothing was found would answer too early.
	Opens bool
	// Urges: it only presses for an answer (急！, 人呢？), and asks nothing new.
	Urges bool
	// TakesBack: it only says that nobody is needed any more (算了不用了).
	TakesBack bool
	// Thanks: it only thanks somebody (收到了，谢谢啦; 小助理辛苦了). Thanks behind a matter are no more than manners (退货地址，谢谢).
	Thanks bool
	// Jests: it laughs about what it says.
	Jests bool
}

// HearSmallTalk tells what a text says around a matter.
func HearSmallTalk(text string) SmallTalk {
	folded := FoldName(text)
	talk := SmallTalk{Jests: containsAny(folded, laughs)}
	if length := utf8.RuneCountInString(folded); length <= maxPhrase {
		talk.Thanks = onlyThanks(folded)
	} else if length > 2*maxPhrase {
		return talk
	}
	switch whole := bareWords(folded); {
	case slices.Contains(openings, whole):
		talk.Opens = true
	case slices.Contains(urgings, whole):
		talk.Urges = true
	case slices.Contains(withdrawals, whole):
		talk.TakesBack = true
	}
	return talk
}

// bareWords is a folded text's letters and figures, without the particles at its end.
func bareWords(folded string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, folded)
	return strings.TrimRight(bare, "啊呀哈哦噢啦哟喔")
}

// maxPhrase is how long, in characters, words of thanks are at most: whoever says more has something to say.
const maxPhrase = 20

// maxThanked is how long, in characters, thanks for one's toil are at most with whom they are for: 小助理辛苦.
const (
	toil       = "辛苦"
	maxThanked = 5
)

var (
	thankWords = []string{"谢谢", "谢了", "谢啦", "感谢", "多谢", "thanks", "thank you", "thx"}
	// acknowledged are words with which somebody begins who tells that something arrived, is understood or done.
	acknowledged = []string{
		"收到", "看到", "知道", "明白", "了解", "清楚", "懂了", "好的", "好了", "好嘞", "好滴", "嗯", "行了", "可以了", "没问题", "没事了", "解决", "搞定", "弄好", "满意", "非常满意",
		"很满意", "挺满意", "已经好", "已经解决", "已经收到", "ok", "got it", "okay", "great", "perfect", "noted", "all good", "solved",
	}
	// courtesies stand around thanks and say nothing.
	courtesies = []string{
		"非常", "十分", "万分", "真的", "太", "很", "真", "那", "嗯", "就", "先", "也", "您", "你", "们", "大家", "各位", "老师", "亲", "客服", "啊", "呀", "哦", "啦", "了", "哈", "咯", "的", "呢",
	}
	// turns are words behind which a matter follows.
	turns = []string{
		"但", "不过", "可是", "只是", "还是", "怎么", "什么", "为啥", "为何", "哪", "几", "多少", "吗", "呢", "?", "请", "麻烦", "帮", "能不能", "可以再", "没", "不行", "不了", "不能", "急",
		"尽快", "转人工", "人工", "please",
	}
)

var (
	// longNumber is one of an order, a parcel or a telephone, which nobody gives for nothing.
	longNumber = regexp.MustCompile(`\d{4}`)
	// atHanSpaces is a space behind a Chinese character, which stands there for a mark.
	atHanSpaces = regexp.MustCompile(`(\p{Han})\s+(\S)`)
)

// onlyThanks reports whether each part of a folded text thanks somebody, or tells that something arrived or is done.
func onlyThanks(folded string) bool {
	if containsAny(folded, turns) || longNumber.MatchString(folded) {
		return false
	}
	thanked := false
	for _, part := range strings.FieldsFunc(atHanSpaces.ReplaceAllString(folded, "$1,$2"), func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }) {
		part = strings.TrimSpace(part)
		switch {
		case withoutCourtesies(part) == "":
		case thanksAlone(part):
			thanked = true
		case !slices.ContainsFunc(acknowledged, func(word string) bool { return strings.HasPrefix(part, word) }):
			return false
		case containsAny(part, thankWords):
			thanked = true
		}
	}
	return thanked
}

// thanksAlone reports whether one part of a text begins with thanks, or holds nothing else but whom they are for.
func thanksAlone(part string) bool {
	begins := func(word string) bool { return strings.HasPrefix(part, word) }
	if slices.ContainsFunc(thankWords, begins) {
		return true
	}
	part = withoutCourtesies(part)
	if slices.ContainsFunc(thankWords, begins) {
		return true
	}
	return strings.Contains(part, toil) && utf8.RuneCountInString(part) <= maxThanked
}

func withoutCourtesies(part string) string {
	for _, word := range courtesies {
		part = strings.ReplaceAll(part, word, "")
	}
	return part
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// laughs are signs that something is not meant in earnest.
var laughs = []string{"哈哈", "嘿嘿", "笑死", "笑哭", "开玩笑", "逗你", "说着玩", "😂", "🤣", "😆", "😹", "[笑哭]", "[捂脸]", "[偷笑]", "[破涕为笑]", "[doge]", "[狗头]", "[旺柴]", "hhh", "233", "lol"}

// maxFace is how long the name of a drawn face is at most, in characters: [捂脸], [破涕为笑].
const maxFace = 8

// WithoutFaces is a text without the faces that the platform writes as names in brackets.
func WithoutFaces(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	var out strings.Builder
	for {
		from := strings.IndexByte(text, '[')
		if from < 0 {
			break
		}
		to := strings.IndexByte(text[from:], ']')
		if to < 0 {
			break
		}
		out.WriteString(text[:from])
		face := text[from+1 : from+to]
		if utf8.RuneCountInString(face) > maxFace || strings.ContainsFunc(face, func(r rune) bool { return !unicode.IsLetter(r) }) {
			out.WriteString(text[from : from+to+1])
		}
		text = text[from+to+1:]
	}
	out.WriteString(text)
	return out.String()
}
