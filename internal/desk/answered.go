package desk

import (
	"slices"
	"strings"
	"unicode"
)

// Asker is a user who waits for an answer, with the texts of the questions.
type Asker struct {
	User  string
	Asked []string
}

// StaffWords are what decides whom words of a staff member answer.
type StaffWords struct {
	// Text of the staff member, without mentions.
	Text string
	// Mentions is true when anybody is mentioned with @.
	Mentions bool
	// Mentioned are the askers who are, and Named those whose names the text holds without @.
	Mentioned, Named []string
	// Askers are all who wait, whoever asked first in front.
	Askers []Asker
	// Before is who spoke right before, our robots left out.
	Before string
	// Continues is true when that was the same staff member.
	Continues bool
}

// Answered says whose questions words of a staff member answer, and why. What mentions somebody answers those mentioned, and what names
// somebody those named. Other words answer the one whose question they fit, by the words that only that question shares with them; else the one
// who waits alone, or who spoke right before. A second message of the same person goes on with the first: it answers further ones only when it
// fits their questions. Where it stays open whom they answer they answer nobody: a question that is closed by mistake is lost, and one that
// stays open by mistake raises an alarm.
func Answered(f StaffWords) (users []string, reason string) {
	switch {
	case f.Mentions:
		return f.Mentioned, "工作人员 @ 了用户"
	case len(f.Named) > 0:
		return f.Named, "工作人员提到了用户的名字"
	case len(f.Askers) == 0:
		return nil, "没有人在等回复"
	}
	if user := fitting(f.Text, f.Askers); user != "" {
		return []string{user}, "回复与该用户的问题相符"
	}
	switch {
	case f.Continues:
		return nil, "接着上一条说的话"
	case len(f.Askers) == 1:
		return []string{f.Askers[0].User}, "只有一位用户在等回复"
	case slices.ContainsFunc(f.Askers, func(a Asker) bool { return a.User == f.Before }):
		return []string{f.Before}, "回复紧接着该用户的问题"
	default:
		return nil, "有多位用户在等，无法确定回复的是谁"
	}
}

// fitting is the only asker whose questions share more with a text than those of the others; empty where there is none.
func fitting(text string, askers []Asker) string {
	shared := make([]map[string]bool, len(askers))
	owners := make(map[string]int)
	said := pairs(text)
	for i, a := range askers {
		shared[i] = make(map[string]bool)
		for _, question := range a.Asked {
			for pair := range pairs(question) {
				if said[pair] && !shared[i][pair] {
					shared[i][pair] = true
					owners[pair]++
				}
			}
		}
	}
	best, most, second := "", 0, 0
	for i, a := range askers {
		own := 0
		for pair := range shared[i] {
			if owners[pair] == 1 { // what several asked about tells nothing
				own++
			}
		}
		if own > most {
			best, most, second = a.User, own, most
		} else if own > second {
			second = own
		}
	}
	if most == second {
		return ""
	}
	return best
}

// idlePairs are pairs of characters that questions about anything hold.
var idlePairs = func() map[string]bool {
	all := make(map[string]bool)
	for _, pair := range strings.Fields(`怎么 么办 什么 为什 可以 以吗 我们 你们 我的 你的 您好 你好 请问 一下 多久 哪里 没有 这个 那个 现在 还是 不是 是不 能不 不能
		知道 帮我 帮忙 谢谢 麻烦 需要 时候 已经 就是 这边 那边 问题 有没 今天 明天 昨天 看看 看一 一个 怎样 如何 多少 好的 是吗 了吗 么样`) {
		all[pair] = true
	}
	return all
}()

// pairs are the pairs of neighbouring Chinese characters of a text that say something, and its other words of two characters and more.
func pairs(text string) map[string]bool {
	found := make(map[string]bool)
	var word []rune
	flush := func() {
		if len(word) > 1 {
			found[string(word)] = true
		}
		word = word[:0]
	}
	var last rune
	for _, r := range FoldName(text) {
		han := unicode.Is(unicode.Han, r)
		if han && last != 0 {
			if pair := string([]rune{last, r}); !idlePairs[pair] {
				found[pair] = true
			}
		}
		if last = 0; han {
			last = r
		}
		if !han && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			word = append(word, r)
		} else {
			flush()
		}
	}
	flush()
	return found
}
