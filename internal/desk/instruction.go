package desk

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// notInstructions are longer words in which an instruction word means something else.
var notInstructions = []string{"申请", "邀请", "请问", "请假", "请客", "聘请", "请教", "宴请", "收到通知", "通知书", "已安排", "安排好了", "配合过"}

// unless stands before an instruction word that is taken back: 不用麻烦, 无需配合.
var unless = []string{"不用", "不必", "不要", "无需", "无须", "不需要", "别", "don't ", "no need to "}

// InstructionWord is the first of the words that makes a text an instruction, empty when none does. A word inside a longer one of another
// meaning (申请), one that is negated (不用麻烦) and one that is thanked for (谢谢大家配合) do not count; an English word counts as a whole.
func InstructionWord(text string, words []string) string {
	text = FoldName(text)
	for _, other := range notInstructions {
		text = strings.ReplaceAll(text, other, "｜")
	}
	found, at := "", len(text)
	for _, word := range words {
		folded := FoldName(word)
		if folded == "" {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], folded)
			if i < 0 {
				break
			}
			begin := from + i
			from = begin + len(folded)
			if wholeWord(text, begin, from) && !negated(text[:begin]) {
				if begin < at {
					found, at = word, begin
				}
				break
			}
		}
	}
	return found
}

// wholeWord reports whether a place in a text is no part of a longer word of letters.
func wholeWord(text string, begin, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:begin])
	after, _ := utf8.DecodeRuneInString(text[end:])
	first, _ := utf8.DecodeRuneInString(text[begin:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	return !(asciiLetter(before) && asciiLetter(first)) && !(asciiLetter(last) && asciiLetter(after))
}

func asciiLetter(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }

func negated(before string) bool {
	if slices.ContainsFunc(unless, func(no string) bool { return strings.HasSuffix(before, no) }) {
		return true
	}
	clause := before[strings.LastIndexFunc(before, unicode.IsPunct)+1:]
	return slices.ContainsFunc(thanks, func(word string) bool { return strings.Contains(clause, word) })
}

// thanks stand before a word that is no instruction then: 谢谢大家配合.
var thanks = []string{"谢谢", "感谢", "多谢", "thank"}

// AnswerFacts are what a user's answer to an instruction is known by.
type AnswerFacts struct {
	// Instruction that awaits an answer.
	Instruction string
	// Text of the user's message, without mentions; empty for a picture or a file.
	Text string
	// Understanding of the text.
	Understanding *flowdeskv1.Understanding
	// ToOperator is true when the message mentions an operator.
	ToOperator bool
	// ToOthers is true when the message mentions people, none of them an operator.
	ToOthers bool
}

// followUps are words of an answer that asks back: about the time, about what was said, about how.
var followUps = []string{
	"晚点", "等下", "等会", "等一下", "稍后", "一会", "明天", "现在", "这个", "那个", "为什么", "为啥", "凭什么", "怎么弄", "怎么做", "怎么操作", "必须", "一定要", "不会",
	"later", "tomorrow", "how do i",
}

// ownQuestion is the length from which a question is taken as one of its own: shorter ones (几点, 怎么弄呀, 什么时候要？) lean on what was said before.
const ownQuestion = 7

// AnswersInstruction reports whether a user's message answers an operator's instruction, and why. Whoever reacts has answered: consent,
// refusal, complaint, a picture, a question about the instruction. What does not count is spam, a word to somebody else, and a question or
// request of the user's own: a longer one that shares no word with the instruction and asks nothing back. An operator who waits in vain is
// worse served by a lost instruction than by a reminder too many.
func AnswersInstruction(f AnswerFacts) (bool, string) {
	u := f.Understanding
	switch {
	case f.ToOperator:
		return true, "用户回复了运营"
	case f.ToOthers:
		return false, "消息是对其他人说的"
	case u.GetSpam():
		return false, "垃圾信息"
	case strings.TrimSpace(f.Text) == "":
		return true, "用户发来图片或文件"
	case u.GetResponse() || u.GetCompletion() || u.GetConflict() || u.GetIntent() == flowdeskv1.Intent_INTENT_RESPONSE:
		return true, "用户已应答"
	case u.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT:
		return true, "用户有抱怨，已作出回应"
	case !asksOwn(u):
		return true, "用户已回应"
	case utf8.RuneCountInString(f.Text) < ownQuestion || AsksBack(f.Text):
		return true, "用户追问指令"
	case related(f.Instruction, f.Text):
		return true, "用户询问指令相关问题"
	default:
		return false, "用户在问另一个问题"
	}
}

func asksOwn(u *flowdeskv1.Understanding) bool {
	switch u.GetIntent() {
	case flowdeskv1.Intent_INTENT_INQUIRY, flowdeskv1.Intent_INTENT_HELP_REQUEST, flowdeskv1.Intent_INTENT_URGENT_SERVICE, flowdeskv1.Intent_INTENT_HANDOFF:
		return true
	default:
		return false
	}
}

// AsksBack reports whether a text asks back about what was said to its author: when, how, why, which one.
func AsksBack(text string) bool {
	text = FoldName(text)
	return slices.ContainsFunc(followUps, func(word string) bool { return strings.Contains(text, word) })
}

// plainPairs are pairs of characters that texts on any subject share.
var plainPairs = gramsOf("时候，没有，不是，已经，今天，明天，现在，尽快，处理，完成，收到，通知，安排，时间", nil) //nolint:gochecknoglobals // a constant

// related reports whether two texts share a pair of Chinese characters, or a word, that is not a plain one.
func related(a, b string) bool {
	grams := gramsOf(a, nil)
	return slices.ContainsFunc(gramsOf(b, nil), func(g gram) bool {
		return g.worth() == 1 && slices.Contains(grams, g) && !slices.Contains(plainPairs, g)
	})
}
