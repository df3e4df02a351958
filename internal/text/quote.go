package text

import "strings"

// A reply that quotes: WeChat and WeCom put the quoted message and a line of dashes before it, mail programs put lines behind it.

// quotedBefore is where the own words begin, 0 when nothing is quoted before them.
func quotedBefore(s string) int {
	var end int
	switch {
	case strings.HasPrefix(s, "「"):
		end = strings.Index(s, "」")
		if end < 0 || !strings.Contains(s[:end], "：") && !strings.Contains(s[:end], ":") {
			return 0
		}
		end += len("」")
		if after := dashes(s, end); after > 0 {
			end = after
		}
	case strings.HasPrefix(s, "\""), strings.HasPrefix(s, "“"), strings.HasPrefix(s, "这是一条引用/回复消息"), strings.HasPrefix(s, "This is a quote/reply message"):
		for i := 0; ; {
			next := strings.IndexByte(s[i:], '\n')
			if next < 0 {
				return 0
			}
			i += next
			if end = dashes(s, i); end > 0 {
				break
			}
			i++
		}
	default:
		return 0
	}
	own := strings.TrimLeft(s[end:], " \r\n")
	if own == "" {
		return 0 // who only quotes says it himself
	}
	return len(s) - len(own)
}

// dashes is where a line that holds nothing but dashes ends, at least three of them; the line begins with the break at i.
func dashes(s string, i int) int {
	n := 0
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case c == '-':
			n++
		case c == '\n' && n >= 3:
			return j
		case j == i, c == ' ', c == '\r':
		default:
			return 0
		}
	}
	return 0
}

// quotedAfter is where what is quoted from i on ends, 0 when nothing is; i begins a line.
func quotedAfter(s string, i int) int {
	rest := s[i:]
	line := rest
	if n := strings.IndexByte(rest, '\n'); n >= 0 {
		line = rest[:n]
	}
	switch rest[0] {
	case '>':
		return i + len(line)
	case '-':
		if name := strings.Trim(line, "- \r"); strings.HasPrefix(line, "---") && (name == "原始邮件" || strings.EqualFold(name, "original message")) {
			return len(s)
		}
	case 'O':
		if strings.HasPrefix(line, "On ") && strings.HasSuffix(strings.TrimRight(line, " \r"), "wrote:") {
			return len(s)
		}
	case 'S', 'G':
		if strings.HasPrefix(line, "Sent from my ") || strings.HasPrefix(line, "Get Outlook for ") {
			return i + len(line)
		}
	default:
		if strings.HasPrefix(line, "发自我的") {
			return i + len(line)
		}
	}
	return 0
}

func atLineStart(s string, i int) bool { return i == 0 || s[i-1] == '\n' }
