package desk

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Kinds of things that texts name.
const (
	EntityPhone  = "phone"
	EntityOrder  = "order"
	EntityAmount = "amount"
	EntityDate   = "date"
	EntityURL    = "url"
)

// Bounds of what is found in one text: things, and matches of a pattern that are looked at, because what stands inside another thing is none. A text
// longer than what is searched, in bytes, is no message of a person about an order.
const (
	maxEntities   = 20
	maxMatches    = 10 * maxEntities
	maxEntityText = 16 << 10
)

var (
	mobilePattern = regexp.MustCompile(`(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}`)
	orderPattern  = regexp.MustCompile(`(?i)(?:订单编号|订单号|订单|单号|运单|快递单|order(?: (?:no\.?|number|id))?)\s*(?:是|为|:|#|no\.?)*\s*([a-z0-9][a-z0-9-]{5,39})`)
	amountPattern = regexp.MustCompile(`(?i)[¥￥$]\s?\d+(?:,\d{3})*(?:\.\d+)?|\d+(?:,\d{3})*(?:\.\d+)?\s?(?:万元|亿元|万块|元|块钱|块|角|rmb|usd)`)
	datePattern   = regexp.MustCompile(`\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?|\d{1,2}月\d{1,2}[日号]?|(?:大前|前|昨|今|明|后|大后)天|(?:上|这|本|下)?(?:周|星期|礼拜)[一二三四五六日天]`)
)

// Entities are the things that a text names, in the order in which they stand: mobile phone numbers, order numbers behind a word for one, amounts
// of money, dates, addresses of the web. What is part of a thing found before it, as a number in an address, is none of its own.
func Entities(text string) []*flowdeskv1.Entity {
	folded := narrow(beginning(text, maxEntityText))
	if !hasDigit(folded) && !strings.ContainsAny(folded, "天周星礼.") {
		return nil
	}
	var found []entityAt
	add := func(kind string, from, to int) {
		taken := slices.ContainsFunc(found, func(e entityAt) bool { return from < e.to && e.from < to })
		if !taken && len(found) < maxEntities {
			found = append(found, entityAt{kind, from, to})
		}
	}
	if strings.Contains(folded, ".") {
		for _, at := range linkPattern.FindAllStringIndex(folded, maxMatches) {
			add(EntityURL, at[0], at[1])
		}
	}
	if hasDigit(folded) {
		for _, at := range orderPattern.FindAllStringSubmatchIndex(folded, maxMatches) {
			if hasDigit(folded[at[2]:at[3]]) {
				add(EntityOrder, at[2], at[3])
			}
		}
		for _, at := range mobilePattern.FindAllStringIndex(folded, maxMatches) {
			if !(at[0] > 0 && digit(folded[at[0]-1])) && !(at[1] < len(folded) && digit(folded[at[1]])) {
				add(EntityPhone, at[0], at[1])
			}
		}
		for _, at := range amountPattern.FindAllStringIndex(folded, maxMatches) {
			add(EntityAmount, at[0], at[1])
		}
	}
	for _, at := range datePattern.FindAllStringIndex(folded, maxMatches) {
		add(EntityDate, at[0], at[1])
	}
	slices.SortFunc(found, func(a, b entityAt) int { return a.from - b.from })
	entities := make([]*flowdeskv1.Entity, 0, len(found))
	for _, e := range found {
		entities = append(entities, &flowdeskv1.Entity{Kind: e.kind, Text: folded[e.from:e.to]})
	}
	return entities
}

// beginning is as much of a text as fits into so many bytes, up to the end of a character.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) && most > 0 {
		most--
	}
	return text[:most]
}

// entityAt is a thing and its place in a text.
type entityAt struct {
	kind     string
	from, to int
}

// narrow writes the full-width letters, digits and signs of a text in half width, and leaves their case.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\uff01' && r <= '\uff5e' {
			return r - 0xfee0
		}
		return r
	}, text)
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }
