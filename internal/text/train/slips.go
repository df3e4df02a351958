package main

import (
	"maps"
	"slices"
	"strings"
)

// slipped is how many texts with slips are drawn of each kind.
const slipped = 900

// homophones are the words by which the calls and tasks are known, with what voice input and hurried typing make of them.
var homophones = map[string][]string{
	"人工": {"人公", "仁工", "任工", "人功", "人供", "ren工"}, "客服": {"客符", "克服", "kefu", "客付"}, "真人": {"真认", "针人", "zhen人"},
	"实名": {"石名", "时名", "实明", "识名"}, "认证": {"任证", "忍证", "人证", "认正"}, "身份证": {"深份证", "身分证", "身份正", "sfz"},
	"人脸": {"人连", "任脸", "人lian"}, "扫码": {"扫马", "扫吗", "扫嘛", "扫ma"}, "二维码": {"二维吗", "二为码", "二微码", "2维码"},
	"绑定": {"绑订", "邦定", "帮定", "绑丁"}, "手机": {"手几", "守机", "sj"}, "号码": {"号吗", "号马"}, "转": {"传", "砖", "专", "赚"},
}

// slips draws texts that call for a person or are about a task, written badly: they are the ones in which a single word decides.
func (c *composer) slips() []line {
	pools := map[bool][]int{}
	for i, l := range c.lines {
		if l.gold[headHandoff] == 1 || l.gold[headRealName] == 1 || l.gold[headQR] == 1 || l.gold[headPhone] == 1 {
			pools[hasHan(l.text)] = append(pools[hasHan(l.text)], i)
		}
	}
	words := slices.Sorted(maps.Keys(homophones))
	var out []line
	for range slipped {
		zh := c.lines[pools[true][c.rnd.IntN(len(pools[true]))]]
		for _, w := range words {
			if c.rnd.IntN(2) == 0 {
				zh.text = strings.Replace(zh.text, w, c.pick(homophones[w]...), 1)
			}
		}
		zh.weight = 0.5
		en := c.lines[pools[false][c.rnd.IntN(len(pools[false]))]]
		parts := strings.Fields(en.text)
		for i, w := range parts {
			if c.rnd.IntN(3) == 0 {
				parts[i] = c.slip(w)
			}
		}
		en.text, en.weight = strings.Join(parts, " "), 0.5
		out = append(out, zh, en)
	}
	return out
}

// short is how words are written where every letter costs.
var short = map[string]string{"you": "u", "to": "2", "for": "4", "are": "r", "please": "pls", "with": "w/", "someone": "some1", "anyone": "any1", "your": "ur"}

// slip misspells one English word: shortened, a letter swapped, lost or doubled.
func (c *composer) slip(w string) string {
	if s, ok := short[w]; ok {
		return s
	}
	if len(w) < 4 || hasHan(w) {
		return w
	}
	i := 1 + c.rnd.IntN(len(w)-2)
	switch c.rnd.IntN(3) {
	case 0:
		return w[:i] + w[i+1:i+2] + w[i:i+1] + w[i+2:]
	case 1:
		return w[:i] + w[i+1:]
	}
	return w[:i] + w[i:i+1] + w[i:]
}
