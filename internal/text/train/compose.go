package main

import (
	"math/rand/v2"
	"strings"
)

// Real messages are longer and messier than templates: they greet first, tell before they ask, thank at the end, and leave marks
// out. compose draws such texts from the plain ones.
type composer struct {
	rnd   *rand.Rand
	lines []line
	pools map[string][]int // language and intent or mood to the lines that have them
}

// intentHandoff is the column of calls for a person.
const intentHandoff = 4

// composed is how many texts of each pattern are drawn.
const composed = 500

func compose(lines []line) []line {
	c := &composer{rnd: rand.New(rand.NewPCG(3, 9)), lines: lines, pools: map[string][]int{}}
	for i, l := range lines {
		lang := "zh "
		if !hasHan(l.text) {
			lang = "en "
		}
		if g := l.gold[headIntent]; g >= 0 {
			c.pools[lang+intents()[g]] = append(c.pools[lang+intents()[g]], i)
			if g != intentHandoff {
				c.pools[lang+"any"] = append(c.pools[lang+"any"], i)
			}
			if m := l.gold[headMood]; m >= 0 && (g == 0 || g == 7) && l.gold[headChat] == 0 {
				c.pools[lang+moods()[m]] = append(c.pools[lang+moods()[m]], i)
			}
		}
	}
	for i, l := range lines {
		if l.gold[headRealName] == 1 || l.gold[headQR] == 1 || l.gold[headPhone] == 1 {
			lang := "zh "
			if !hasHan(l.text) {
				lang = "en "
			}
			c.pools[lang+"task"] = append(c.pools[lang+"task"], i)
		}
	}
	var out []line
	for _, lang := range []string{"zh ", "en "} {
		n := composed
		if lang == "en " {
			n /= 2
		}
		for range n {
			out = append(out, c.told(lang), c.told(lang), c.greeted(lang), c.thanked(lang), c.thanked(lang), c.review(lang, "pos", 1), c.review(lang, "neg", 1),
				c.review(lang, "pos", 0), c.review(lang, "neg", 0), c.mixed(lang), c.both(lang, "handoff"),
				c.both(lang, "task"), c.both(lang, "any"), c.both(lang, "any"))
		}
	}
	for range 6 * composed {
		out = append(out, c.rough(), c.decorated())
	}
	return append(out, c.slips()...)
}

func (c *composer) draw(pool string) line {
	ids := c.pools[pool]
	return c.lines[ids[c.rnd.IntN(len(ids))]]
}

func (c *composer) pick(words ...string) string { return words[c.rnd.IntN(len(words))] }

// told puts a fact or a thanks around a wish: the wish decides.
func (c *composer) told(lang string) line {
	wish := c.draw(lang + c.pick("inquiry", "help", "urgent", "complaint", "inquiry", "help"))
	fact := c.lines[c.neutral(lang)]
	wish.text = join(lang, c.pick("，", "，", " ", "。", ""), fact.text, wish.text)
	wish.gold = append([]int8{}, wish.gold...)
	wish.weight = 0.3
	return wish
}

// both says two things one after the other, in either order. A call for a person and a task stay what they are beside anything else; which of
// two other wishes decides is not said.
func (c *composer) both(lang, pool string) line {
	a, b := c.draw(lang+pool), c.draw(lang+"any")
	out := line{gold: make([]int8, heads), weight: 0.4}
	for h := range out.gold {
		out.gold[h] = -1
	}
	for _, h := range []int{headHandoff, headRealName, headQR, headPhone} {
		out.gold[h] = max(a.gold[h], b.gold[h])
	}
	if a.gold[headMood] == b.gold[headMood] {
		out.gold[headMood] = a.gold[headMood]
	}
	if out.gold[headHandoff] == 1 {
		out.gold[headIntent], out.gold[headChat], out.gold[headResponse] = intentHandoff, 0, 0
	}
	if c.rnd.IntN(2) == 0 {
		a, b = b, a
	}
	out.text = join(lang, c.pick("，", "，", " ", "。", "", ""), a.text, b.text)
	return out
}

// neutral is a piece of information without a mood and a task.
func (c *composer) neutral(lang string) int {
	for {
		ids := c.pools[lang+"neu"]
		i := ids[c.rnd.IntN(len(ids))]
		if g := c.lines[i].gold; g[headRealName] == 0 && g[headQR] == 0 && g[headPhone] == 0 && g[headHandoff] == 0 {
			return i
		}
	}
}

// greeted adds a greeting before or a thanks after a wish.
func (c *composer) greeted(lang string) line {
	wish := c.draw(lang + c.pick("inquiry", "help", "information", "urgent", "handoff"))
	before, after := c.pick("你好", "您好", "亲", "在吗", "老师", "客服你好", "", ""), c.pick("谢谢", "麻烦了", "谢谢啦", "辛苦了", "", "")
	if lang == "en " {
		before, after = c.pick("hi", "hello", "hey there", "good morning", ""), c.pick("thanks", "thank you", "cheers", "")
	}
	wish.text = join(lang, c.pick("，", " ", "，"), before, wish.text, after)
	wish.weight = 0.3
	return wish
}

// thanked says thanks or adds a particle at the end of any text; neither changes what it wants.
func (c *composer) thanked(lang string) line {
	l := c.draw(lang + c.pick("inquiry", "help", "information", "urgent", "complaint", "response", "inquiry", "help", "information", "chitchat"))
	after := c.pick("谢谢", "谢谢啦", "麻烦了", "啊", "哈", "呀", "哦", "呢", "吧", "嘛")
	if lang == "en " {
		after = c.pick("thanks", "thank you", "cheers", "thx", "please", "many thanks")
	} else if len([]rune(after)) == 1 {
		l.text += after
		return l
	}
	l.text = join(lang, c.pick("，", " ", "，"), l.text, after)
	l.weight *= 0.7
	return l
}

// review strings several sentences of one mood together, sometimes with a neutral one among them.
func (c *composer) review(lang, mood string, neutral int) line {
	first := c.draw(lang + mood)
	parts := []string{first.text}
	for range 1 + c.rnd.IntN(4) {
		if c.rnd.IntN(4) < neutral {
			parts = append(parts, c.lines[c.neutral(lang)].text)
			continue
		}
		parts = append(parts, c.draw(lang+mood).text)
	}
	c.rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	first.text = join(lang, c.pick("，", "。", " ", "，"), parts...)
	first.weight = 0.4
	return first
}

// mixed is a text that turns at a 但是: the end decides the mood, the intent stays open.
func (c *composer) mixed(lang string) line {
	a, b := "pos", "neg"
	if c.rnd.IntN(2) == 0 {
		a, b = b, a
	}
	end := c.draw(lang + b)
	but := c.pick("，但是", "，不过", "，就是", "，可是", "。但")
	if lang == "en " {
		but = c.pick(" but ", ", however ", ", but ")
	}
	end.text = c.draw(lang+a).text + but + end.text
	if c.rnd.IntN(2) == 0 {
		end.text += "，" + c.draw(lang+b).text
	}
	end.gold = append([]int8{}, end.gold...)
	end.gold[headIntent] = -1
	end.weight = 0.3
	return end
}

// rough takes the marks out of a text or loses a character, as voice input and hurried typing do.
func (c *composer) rough() line {
	l := c.lines[c.rnd.IntN(len(c.lines))]
	l.weight *= 0.7
	rs := []rune(l.text)
	if len(rs) > 5 && c.rnd.IntN(3) == 0 {
		i := c.rnd.IntN(len(rs))
		if i > 0 && c.rnd.IntN(2) == 0 && !hasHan(l.text) {
			rs[i-1], rs[i] = rs[i], rs[i-1]
			l.text = string(rs)
			return l
		}
		l.text = string(rs[:i]) + string(rs[i+1:])
		return l
	}
	l.text = strings.NewReplacer("，", "", "？", "", "！", "", "。", "", "?", "", ",", "", "!", "").Replace(l.text)
	return l
}

// decorated adds what messages carry besides their words: an emoji, a picture, a link, a number, a mention.
func (c *composer) decorated() line {
	l := c.lines[c.rnd.IntN(len(c.lines))]
	l.weight *= 0.7
	if c.rnd.IntN(2) == 0 { // an emoji may turn the mood, and it leaves the rest as it is
		l.gold = append([]int8{}, l.gold...)
		l.gold[headMood] = -1
		emoji := c.pick("😂", "🙏", "😅", "[捂脸]", "[抱拳]", "[微笑]", "😭", "🌹", "[OK]", "👍", "[呲牙]", "😊", "[流泪]", "🤔", "[可怜]", "[强]", "😄")
		l.text += strings.Repeat(emoji, 1+c.rnd.IntN(2))
		return l
	}
	if l.gold[headResponse] == 1 || l.gold[headChat] == 1 {
		l.text = c.pick("[图片]", "", "") + l.text + c.pick("[图片]", " @小李", "\nhttps://example.com/a")
		return l
	}
	l.text = c.pick("[图片]", "6612003377415 ", "https://example.com/i?id=7 ", "", "[订单编号] ", "", "", "") + l.text +
		c.pick("[图片]", " YT8830021945521", " 20240112003", " https://example.com/a", "\n[视频]", " 13912345678", " @小李")
	return l
}

// join puts the parts that are not empty together.
func join(lang, between string, parts ...string) string {
	if lang == "en " {
		between = map[string]string{"，": ", ", "。": ". ", " ": " ", "": " "}[between]
	}
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, between)
}

func hasHan(s string) bool {
	for _, r := range s {
		if r >= 0x4E00 && r <= 0x9FFF {
			return true
		}
	}
	return false
}
