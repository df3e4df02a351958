package desk

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// Keys by their well-known beginnings, tokens of three parts, keys in PEM, and long words of letters and digits.
	keyPattern = regexp.MustCompile(`(?i)(?:\b(?:sk|pk|rk|ak|ark|api|key|ghp|gho|ghs|glpat|xox[abp])[-_][a-z0-9_-]{12,}|\bgithub_pat_[a-z0-9_]{12,}|\bAKIA[0-9A-Z]{12,}|\bAIza[a-z0-9_-]{20,}|\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY|\bbearer\s+[a-z0-9._~+/-]{16,})`)
	// A password or key that is told: 密码：abc123.
	tellPattern = regexp.MustCompile(`(?i)(?:密码|口令|密钥|验证码|password|passwd|\bpwd|secret|api[ _-]?key|access[ _-]?key|token)\s*(?:is|是|为|:|：|=)\s*["'“]?([a-z0-9!#$%&*+./=?^_~-]{4,})`)
	longToken   = regexp.MustCompile(`[A-Za-z0-9_-]{32,}`)
)

// checkSecrets finds keys, tokens and passwords. What they are is not repeated.
func checkSecrets(issues []Issue, text string) []Issue {
	if !hasRun(text, 4) { // the usual text, in which nothing can be a secret
		return issues
	}
	found := keyPattern.MatchString(text)
	for _, m := range tellPattern.FindAllStringSubmatch(text, -1) {
		found = found || strings.ContainsAny(m[1], "0123456789")
	}
	if !found {
		for _, token := range longToken.FindAllString(linkPattern.ReplaceAllString(text, " "), -1) {
			letters := strings.ContainsFunc(token, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
			found = found || letters && strings.ContainsAny(token, "0123456789")
		}
	}
	if found {
		issues = append(issues, Issue{IssueSecret, "含密钥、令牌或密码", "holds a key, a token or a password"})
	}
	return issues
}

// hasRun reports whether n characters of ASCII that are no spaces follow each other.
func hasRun(text string, n int) bool {
	run := 0
	for i := range len(text) {
		if run++; text[i] <= ' ' || text[i] >= utf8.RuneSelf {
			run = 0
		}
		if run == n {
			return true
		}
	}
	return false
}

// checkPersonalData finds identity numbers, and phone and bank card numbers that are in no source.
func checkPersonalData(issues []Issue, folded string, sources *sources) []Issue {
	kinds := map[string]bool{}
	for _, number := range numbersIn(folded) {
		switch {
		case isIdentity(number):
			kinds["identity"] = true
		case isMobile(number) && !sources.holdNumber(number):
			kinds["phone"] = true
		case isBankCard(number) && !sources.holdNumber(number):
			kinds["card"] = true
		}
	}
	for _, k := range []struct{ kind, zh, en string }{
		{"phone", "手机号", "a phone number"}, {"identity", "身份证号", "an identity number"}, {"card", "银行卡号", "a bank card number"},
	} {
		if kinds[k.kind] {
			issues = append(issues, Issue{IssuePersonalData, "含" + k.zh, "holds " + k.en})
		}
	}
	return issues
}

// numbersIn are the runs of at least eleven digits of a folded text. A single space, dash or dot inside a run is left out; an x ends a run as
// its last digit.
func numbersIn(folded string) []string {
	var numbers []string
	var run []byte
	flush := func() {
		if len(run) >= 11 {
			numbers = append(numbers, string(run))
		}
		run = run[:0]
	}
	for i := 0; i < len(folded); i++ {
		c := folded[i]
		next := i+1 < len(folded) && digit(folded[i+1])
		switch {
		case digit(c):
			run = append(run, c)
		case len(run) > 0 && next && (c == ' ' || c == '-' || c == '.'):
		case len(run) == 17 && c == 'x':
			run = append(run, c)
			flush()
		default:
			flush()
		}
	}
	flush()
	return numbers
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// isMobile reports whether a number is a mobile phone's, with the country's code or without.
func isMobile(number string) bool {
	for _, code := range []string{"0086", "86"} {
		if len(number) == 11+len(code) {
			number = strings.TrimPrefix(number, code)
		}
	}
	return len(number) == 11 && number[0] == '1' && number[1] >= '3' && number[1] <= '9'
}

// isIdentity reports whether a number is a citizen's identity number: a date of birth that exists and the right check digit.
func isIdentity(number string) bool {
	if len(number) != 18 || number[0] == '0' {
		return false
	}
	born, err := time.Parse("20060102", number[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2100 {
		return false
	}
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(number[i]-'0')
	}
	return "10x98765432"[sum%11] == number[17]
}

// isBankCard reports whether a number is a payment card's: an issuer's beginning and the right check digit (Luhn).
func isBankCard(number string) bool {
	if len(number) < 15 || len(number) > 19 || number[0] < '3' || number[0] > '6' || number[len(number)-1] == 'x' {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
