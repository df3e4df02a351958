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
	figures []figure
}

func newSources(texts []string) *sources {
	s := &sources{}
	for _, t := range texts {
		folded := FoldName(t)
		s.texts = append(s.texts, foldQuestion(folded))
		s.numbers = append(s.numbers, numbersIn(folded)...)
		s.figures = append(s.figures, figuresIn(folded)...)
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

// checkFigures finds numbers that neither a source nor the question names. A reply without sources is not judged.
func checkFigures(issues []Issue, folded string, f ReplyFacts, sources *sources) []Issue {
	if len(sources.texts) == 0 {
		return issues
	}
	known := sources.figures
	for _, text := range append([]string{f.Question}, f.Names...) {
		known = append(known, figuresIn(FoldName(text))...)
	}
	if hasRun(folded, 4) {
		folded = linkPattern.ReplaceAllString(folded, " ") // a link is judged as a whole
	}
	var seen []string
	for _, figure := range figuresIn(folded) {
		personal := isMobile(figure.value) || isIdentity(figure.value) || isBankCard(figure.value) // judged as such
		if !figure.binding || personal || slices.Contains(seen, figure.value) || slices.ContainsFunc(known, figure.sameAs) {
			continue
		}
		seen = append(seen, figure.value)
		issues = append(issues, Issue{IssueUnfaithful, "数字不在引用来源中：" + figure.value, "a number that is in no source: " + figure.value})
	}
	return issues
}
