package desk

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// linkPattern finds addresses: with a scheme, with www, or a host of a common domain.
var linkPattern = regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]*://|www\.)[^\s，。；！？、“”‘’（）《》【】"'<>]+` +
	`|[a-z0-9_.+-]*[a-z0-9](?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|io|cc|top|xyz|vip|app|me|co|info|site|link|shop|club|online|ltd|wang|ink|tv|ai|dev)(?::\d+)?\b(?:/[^\s，。；！？、“”‘’（）《》【】"'<>]*)?`)

// sources are the texts that a reply may quote.
type sources struct {
	texts   []string // folded, without spaces and punctuation
	numbers []string
	links   []string
	amounts []string
}

func newSources(texts []string) *sources {
	s := &sources{}
	for _, t := range texts {
		folded := FoldName(t)
		s.texts = append(s.texts, foldQuestion(folded))
		s.numbers = append(s.numbers, numbersIn(folded)...)
		s.amounts = append(s.amounts, amountsIn(folded)...)
		for _, link := range linksIn(folded) {
			s.links = append(s.links, plainLink(link))
		}
	}
	return s
}

func (s *sources) holdNumber(number string) bool { return slices.Contains(s.numbers, number) }

func (s *sources) hold(text string) bool {
	text = foldQuestion(text)
	return slices.ContainsFunc(s.texts, func(t string) bool { return strings.Contains(t, text) })
}

// linksIn are the addresses in a folded text.
func linksIn(folded string) []string {
	if !hasRun(folded, 4) {
		return nil
	}
	return linkPattern.FindAllString(folded, -1)
}

// checkLinks finds addresses that stand in no source.
func checkLinks(issues []Issue, folded string, sources *sources) []Issue {
	for _, link := range linksIn(folded) {
		link = strings.TrimRightFunc(link, unicode.IsPunct)
		if !slices.Contains(sources.links, plainLink(link)) {
			issues = append(issues, Issue{IssueLink, "链接不在引用来源中：" + link, "a link that is in no source: " + link})
		}
	}
	return issues
}

// plainLink is an address without what does not change where it leads.
func plainLink(link string) string {
	link = strings.TrimRightFunc(link, unicode.IsPunct)
	if _, rest, ok := strings.Cut(link, "://"); ok && (strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "https://")) {
		link = rest
	}
	return strings.TrimPrefix(link, "www.")
}

// amountPattern finds figures that a customer would hold us to: money, shares, times, counts.
var amountPattern = regexp.MustCompile(`([0-9]+(?:[.,][0-9]+)*) ?(元|块|万|千|折|%|倍|个?工作日|天|日|小时|分钟|秒|个?月|年|周|次|个|张|折扣)|[¥$€] ?([0-9]+(?:[.,][0-9]+)*)`)

// amountsIn are the figures of the amounts in a folded text.
func amountsIn(folded string) []string {
	if !strings.ContainsAny(folded, "0123456789") {
		return nil
	}
	var amounts []string
	for _, m := range amountPattern.FindAllStringSubmatch(folded, -1) {
		amounts = append(amounts, strings.ReplaceAll(m[1]+m[3], ",", ""))
	}
	return amounts
}

// figurePattern finds figures of any kind.
var figurePattern = regexp.MustCompile(`[0-9]+(?:[.,][0-9]+)*`)

// checkAmounts finds amounts that neither a source nor the question names. A reply without sources is not judged.
func checkAmounts(issues []Issue, folded, question string, sources *sources) []Issue {
	if len(sources.texts) == 0 {
		return issues
	}
	asked := figurePattern.FindAllString(FoldName(question), -1)
	for _, amount := range amountsIn(folded) {
		if !slices.Contains(sources.amounts, amount) && !slices.Contains(asked, amount) {
			issues = append(issues, Issue{IssueUnfaithful, "数字不在引用来源中：" + amount, "an amount that is in no source: " + amount})
		}
	}
	return issues
}
