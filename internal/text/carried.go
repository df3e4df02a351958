package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// What a message carries besides its own words: links, pictures, emoji by name, the message that it quotes, marks of HTML, the signature
// of a telephone. None of it changes what the words mean, so folding leaves it out or puts one sign for it.

// signLink and signThing stand in folded texts for a link, and for a picture, a file or a masked number.
const signLink, signThing = '🔗', '\uFFFC'

// cut is a stretch of bytes that folding passes over; as is what stands for it, a space for nothing.
type cut struct {
	from, to int
	as       rune
}

// maxName is the longest name between brackets, and maxTag the longest mark between angle brackets, in bytes.
const maxName, maxTag = 24, 64

// readEmoji parses lines of an emoji and its names.
func readEmoji(data string) (map[string]rune, error) {
	out := map[string]rune{}
	for line := range strings.Lines(data) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		sign, _ := utf8.DecodeRuneInString(words[0])
		if !isDecor(sign) {
			return nil, fmt.Errorf("%q is no emoji", words[0])
		}
		for _, name := range words[1:] {
			if out[name] != 0 {
				return nil, fmt.Errorf("the name %q stands twice", name)
			}
			out[name] = sign
		}
	}
	return out, nil
}

// carried finds what to pass over in s, in order, appending to out.
func (f *folder) carried(s string, out []cut) []cut {
	i := quotedBefore(s)
	if i > 0 {
		out = append(out, cut{0, i, ' '})
	}
	begin := i
	for i < len(s) {
		c := cut{from: i, as: ' '}
		switch s[i] {
		case '[':
			c.to, c.as = f.bracket(s, i)
		case '{':
			if end := strings.Index(s[i:min(len(s), i+maxTag)], "}}"); end > 0 && strings.HasPrefix(s[i:], "{{") {
				c.to, c.as = i+end+2, signThing
			}
		case '<':
			c.to, c.as = tag(s, i)
		case '&':
			c.to, c.as = entity(s, i)
		case '#':
			c.to = shopEmoji(s, i)
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if from, to := number(s, i, begin); to > 0 {
				c.from, c.to, c.as = from, to, signThing
			} else {
				for i+1 < len(s) && isDigit(rune(s[i+1])) {
					i++
				}
			}
		case ':', '.':
			if from, to := link(s, i, begin); to > 0 {
				c.from, c.to, c.as = from, to, signLink
			}
		case '>', '-', 'O', 'S', 'G', "发"[0]:
			if i > begin && atLineStart(s, i) {
				c.to = quotedAfter(s, i)
			}
		}
		if c.to <= i {
			i++
			continue
		}
		for len(out) > 0 && out[len(out)-1].to > c.from { // a link may begin before what was cut inside it
			out = out[:len(out)-1]
		}
		out = append(out, c)
		i = c.to
	}
	return out
}

// bracket reads [微笑], [图片], [数字x] and [ORDERID_10002] at i; other brackets hold words of the text.
func (f *folder) bracket(s string, i int) (to int, as rune) {
	end := strings.IndexByte(s[i:min(len(s), i+maxName)], ']')
	if end < 2 {
		return 0, 0
	}
	name := s[i+1 : i+end]
	if sign := f.emoji[name]; sign != 0 {
		return i + end + 1, sign
	}
	switch name {
	case "图片", "语音", "视频", "文件", "链接", "位置", "名片", "表情", "动画表情", "小程序", "聊天记录", "转账", "视频号", "语音通话", "视频通话", "截图", "照片",
		"image", "Image", "photo", "Photo", "picture", "Picture", "video", "Video", "voice", "Voice", "audio", "Audio", "file", "File", "sticker", "Sticker", "Location", "Link":
		return i + end + 1, signThing
	}
	if last := name[len(name)-1]; last == 'x' && name[0] >= utf8.RuneSelf || strings.HasSuffix(name, "编号") || isMask(name) {
		return i + end + 1, signThing
	}
	if lower := strings.ToLower(name); lower != name {
		if sign := f.emoji[lower]; sign != 0 {
			return i + end + 1, sign
		}
	}
	return 0, 0
}

// isMask says whether a name is all capitals, digits and underscores, with at least one underscore.
func isMask(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return strings.IndexByte(name, '_') > 0
}

// tag reads a mark of HTML, or a masked value such as <tel_num>.
func tag(s string, i int) (to int, as rune) {
	end := strings.IndexByte(s[i:min(len(s), i+maxTag)], '>')
	if end < 2 {
		return 0, 0
	}
	name := s[i+1 : i+end]
	if c := name[0]; c != '/' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
		return 0, 0
	}
	switch strings.Trim(strings.ToLower(name), "/ ") {
	case "br", "p", "div", "li", "tr":
		return i + end + 1, '\n'
	}
	if strings.IndexByte(name, '_') > 0 {
		return i + end + 1, signThing
	}
	if strings.IndexByte(name, '=') > 0 || name[0] == '/' || len(name) <= 4 {
		return i + end + 1, ' '
	}
	return 0, 0
}

// entity reads &nbsp; and the like.
func entity(s string, i int) (to int, as rune) {
	end := strings.IndexByte(s[i:min(len(s), i+8)], ';')
	if end < 3 {
		return 0, 0
	}
	switch s[i+1 : i+end] {
	case "amp":
		as = '&'
	case "lt", "gt", "nbsp", "#160", "ensp", "emsp":
		as = ' '
	case "quot", "ldquo", "rdquo", "#34":
		as = '"'
	case "apos", "lsquo", "rsquo", "#39":
		as = '\''
	default:
		return 0, 0
	}
	return i + end + 1, as
}

// shopEmoji reads the emoji of shop chats, #E-s12.
func shopEmoji(s string, i int) int {
	if !strings.HasPrefix(s[i:], "#E-") || len(s) < i+4 {
		return 0
	}
	j := i + 4
	for j < len(s) && isDigit(rune(s[j])) {
		j++
	}
	return j
}

// leastNumber is how many digits make the number of an order, a parcel or a telephone; shorter ones are amounts, dates and models.
const leastNumber = 7

// number reads a long number whose first digit stands at i, with up to four letters before it: SF1390023884712.
func number(s string, i, least int) (from, to int) {
	to = i
	for to < len(s) && isDigit(rune(s[to])) {
		to++
	}
	if to-i < leastNumber || to < len(s) && isASCIILetter(s[to]) {
		return 0, 0
	}
	from = i
	for from > least && i-from < 5 && isASCIILetter(s[from-1]) {
		from--
	}
	if i-from > 4 || from > least && isDigit(rune(s[from-1])) {
		return 0, 0
	}
	return from, to
}
