package desk

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// figure is a number as a text states it.
type figure struct {
	// value is what it amounts to, so that 1,000 元, 1000元 and 一千元 are one: digits, or H:MM for a time of the day.
	value string
	// binding is true when a customer would hold us to it: it has a unit, is a time, or has several digits. 第 1 步 and 一下 bind nobody.
	binding bool
}

func (f figure) sameAs(other figure) bool { return f.value == other.value }

// Words after a number that make it a promise, longest first; a number in Chinese characters needs one of the first list, because 一个 and 一次
// are no counts.
var (
	firmUnits  = []string{"个工作日", "工作日", "个月", "小时", "分钟", "元", "块", "折", "%", "倍", "天", "日", "秒", "月", "年", "周"}
	looseUnits = []string{"次", "个", "张", "人", "位", "条", "名"}
	afternoons = []string{"下午", "晚上", "傍晚", "晚间"}
)

// figuresIn are the numbers of a folded text.
func figuresIn(folded string) []figure {
	var figures []figure
	for i := 0; i < len(folded); {
		r, size := utf8.DecodeRuneInString(folded[i:])
		switch {
		case digit(folded[i]):
			f, n := digitFigure(folded, i)
			figures = append(figures, f)
			i += n
		case hanDigits[r] > 0:
			f, n := hanFigure(folded, i)
			figures = append(figures, f)
			i += n
		default:
			i += size
		}
	}
	return figures
}

// digitFigure reads the number in digits that begins at i, and its length in bytes.
func digitFigure(text string, i int) (figure, int) {
	if number, n := dialled(text[i:]); n > 0 {
		return figure{number, true}, n
	}
	whole, n := wholeDigits(text[i:])
	rest := text[i+n:]
	if len(whole) <= 2 && len(rest) >= 3 && rest[0] == ':' && digit(rest[1]) && digit(rest[2]) && !(len(rest) > 3 && digit(rest[3])) {
		return figure{clock(text[:i], whole, rest[1:3]), true}, n + 3
	}
	value, parts := plain(whole), 0
	for len(rest) > 1 && rest[0] == '.' && digit(rest[1]) {
		m := 1
		for m < len(rest) && digit(rest[m]) {
			m++
		}
		value, parts = value+rest[:m], parts+1
		n, rest = n+m, rest[m:]
	}
	if parts == 1 {
		value = strings.TrimRight(strings.TrimRight(value, "0"), ".")
	}
	if parts == 0 && len(whole) <= 2 {
		if f, m := hourFigure(text[:i], whole, rest); m > 0 {
			return f, n + m
		}
	}
	if parts <= 1 {
		var m int
		value, m = multiplied(value, rest)
		n, rest = n+m, rest[m:]
	}
	binding := len(value) > 1 && !listMark(text[:i], rest) || hasUnit(rest, firmUnits) || hasUnit(rest, looseUnits) || strings.HasSuffix(strings.TrimRight(text[:i], " "), "¥") ||
		strings.HasSuffix(text[:i], "$") || strings.HasSuffix(text[:i], "€")
	return figure{value, binding}, n
}

// dialled reads a telephone number that is written in groups, such as 400-888-1234; dates are none.
func dialled(text string) (number string, n int) {
	groups := 1
	for n < len(text) && (digit(text[n]) || text[n] == '-' && n > 0 && digit(text[n-1]) && n+1 < len(text) && digit(text[n+1])) {
		if text[n] == '-' {
			groups++
		}
		n++
	}
	number = strings.ReplaceAll(text[:n], "-", "")
	service := strings.HasPrefix(number, "0") || strings.HasPrefix(number, "400") || strings.HasPrefix(number, "800")
	if groups < 2 || len(number) < 10 && !(service && len(number) >= 7) {
		return "", 0
	}
	return strings.TrimLeft(number, "0"), n
}

// wholeDigits reads digits with or without thousands marks: the digits, and the bytes read.
func wholeDigits(text string) (digits string, n int) {
	for n < len(text) && digit(text[n]) {
		n++
	}
	digits = text[:n]
	for len(digits) <= 12 && n+3 < len(text) && text[n] == ',' && digit(text[n+1]) && digit(text[n+2]) && digit(text[n+3]) && !(n+4 < len(text) && digit(text[n+4])) {
		digits, n = digits+text[n+1:n+4], n+4
	}
	return digits, n
}

// plain is a number without leading zeros.
func plain(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

// clock is a time of the day; before holds the words before it, of which 下午 counts.
func clock(before, hour, minute string) string {
	h, _ := strconv.Atoi(hour)
	before = strings.TrimRight(before, " ")
	if h < 12 && slices.ContainsFunc(afternoons, func(word string) bool { return strings.HasSuffix(before, word) }) {
		h += 12
	}
	return strconv.Itoa(h) + ":" + minute
}

// hourFigure reads what makes a number a time of the day: 点, 点半, 点30分.
func hourFigure(before, hour, rest string) (figure, int) {
	after, ok := strings.CutPrefix(strings.TrimPrefix(rest, " "), "点")
	if !ok {
		return figure{}, 0
	}
	minute := "00"
	switch {
	case strings.HasPrefix(after, "半"):
		minute, after = "30", strings.TrimPrefix(after, "半")
	case len(after) >= 2 && digit(after[0]) && digit(after[1]):
		minute, after = after[:2], strings.TrimPrefix(after[2:], "分")
	}
	return figure{clock(before, hour, minute), true}, len(rest) - len(after)
}

// multiplied reads 万 and 千 after a number.
func multiplied(value, rest string) (string, int) {
	for word, times := range map[string]float64{"万": 10_000, "千": 1_000} {
		after, ok := strings.CutPrefix(strings.TrimPrefix(rest, " "), word)
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			return strconv.FormatFloat(v*times, 'f', -1, 64), len(rest) - len(after)
		}
	}
	return value, 0
}

// listMark reports whether a number only counts the lines of a list: 10. or 10、 at the beginning of a line.
func listMark(before, rest string) bool {
	marked := strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "、") || strings.HasPrefix(rest, ")")
	last, _ := utf8.DecodeLastRuneInString(before)
	return marked && (before == "" || last == ' ' || unicode.IsPunct(last)) // line breaks are folded to spaces
}

func hasUnit(rest string, units []string) bool {
	rest = strings.TrimPrefix(rest, " ")
	return slices.ContainsFunc(units, func(unit string) bool { return strings.HasPrefix(rest, unit) })
}

// hanDigits are the characters of numbers: digits plus one, and the powers of ten.
var hanDigits = map[rune]int{
	'零': 1, '〇': 1, '一': 2, '二': 3, '两': 3, '三': 4, '四': 5, '五': 6, '六': 7, '七': 8, '八': 9, '九': 10, '十': 10 + 1, '百': 100, '千': 1000, '万': 10_000,
}

// hanFigure reads the number in Chinese characters that begins at i, and its length in bytes. Days of the week are no counts.
func hanFigure(text string, i int) (figure, int) {
	total, section, last, n := 0, 0, 0, 0
	for n < len(text)-i && n < 30 {
		r, size := utf8.DecodeRuneInString(text[i+n:])
		d := hanDigits[r]
		switch {
		case d == 0:
			size = 0
		case d <= 10:
			last = d - 1
		case d == 10_000:
			total, section, last = total+(section+last)*d, 0, 0
		default:
			if d == 11 {
				d = 10
			}
			section, last = section+max(last, 1)*d, 0
		}
		if size == 0 {
			break
		}
		n += size
	}
	value, rest, before := strconv.Itoa(total+section+last), text[i+n:], text[:i]
	if f, m := hourFigure(before, value, rest); m > 0 && len(value) <= 2 && !strings.HasPrefix(text[i:], "一点") {
		return f, n + m
	}
	week := strings.HasSuffix(before, "周") || strings.HasSuffix(before, "期") || strings.HasSuffix(before, "第")
	return figure{value, !week && value != "0" && hasUnit(rest, firmUnits)}, n
}
