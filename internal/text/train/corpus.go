package main

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// line is one training text with its gold labels, one per head of the model; -1 is unknown.
type line struct {
	text   string
	gold   []int8
	weight float32
}

// perTemplate is how many fillings of one template are drawn at most, unless the labels say otherwise (draw=200).
const perTemplate = 40

// The heads in the order of text.Heads.
const (
	headIntent = iota
	headMood
	headChat
	headResponse
	headHandoff
	headRealName
	headQR
	headPhone
	heads
)

// readCorpus reads every *.txt: a line "## key=value ..." sets the labels of the lines below, " #key=value" at the end of a line
// overrides them, [a|b] and {slot} are alternatives.
func readCorpus(dir fs.FS) ([]line, error) {
	slots, err := readSlots(dir)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, err
	}
	var out []line
	for _, name := range names {
		if name == "slots.txt" {
			continue
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		var base map[string]string
		n := 0
		for s := range strings.Lines(string(data)) {
			n++
			s = strings.TrimRight(s, "\r\n")
			if rest, ok := strings.CutPrefix(s, "## "); ok {
				base = labelsOf(strings.Fields(rest))
				continue
			}
			if s == "" || strings.HasPrefix(s, "# ") {
				continue
			}
			lines, err := expandLine(s, base, slots)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n, err)
			}
			out = append(out, lines...)
		}
	}
	return out, nil
}

func readSlots(dir fs.FS) (map[string][]string, error) {
	data, err := fs.ReadFile(dir, "slots.txt")
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for s := range strings.Lines(string(data)) {
		name, values, ok := strings.Cut(strings.TrimSpace(s), ":")
		if !ok || strings.HasPrefix(s, "#") {
			continue
		}
		for v := range strings.SplitSeq(values, "|") {
			out[name] = append(out[name], strings.TrimSpace(v))
		}
	}
	return out, nil
}

func labelsOf(fields []string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		k, v, _ := strings.Cut(strings.TrimPrefix(f, "#"), "=")
		out[k] = v
	}
	return out
}

// expandLine draws fillings of one template; the draw depends on the template alone, so that other lines do not change it.
func expandLine(s string, base map[string]string, slots map[string][]string) ([]line, error) {
	set := map[string]string{}
	for k, v := range base {
		set[k] = v
	}
	if i := strings.Index(s, " #"); i >= 0 {
		for k, v := range labelsOf(strings.Fields(s[i:])) {
			set[k] = v
		}
		s = strings.TrimSpace(s[:i])
	}
	gold, err := goldOf(set)
	if err != nil {
		return nil, err
	}
	most := perTemplate
	if v := set["draw"]; v != "" {
		if most, err = strconv.Atoi(v); err != nil {
			return nil, fmt.Errorf("draw: %w", err)
		}
	}
	h := fnv.New64a()
	h.Write([]byte(s))
	rnd := rand.New(rand.NewPCG(h.Sum64(), 7))
	var texts []string
	for range 4 * most {
		t, err := fill(s, slots, rnd)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
		if len(texts) == most {
			break
		}
	}
	weight := float32(math.Pow(float64(len(texts)), -0.35))
	out := make([]line, len(texts))
	for i, t := range texts {
		out[i] = line{text: t, gold: gold, weight: weight}
	}
	return out, nil
}

// fill replaces alternatives and slots, innermost last.
func fill(s string, slots map[string][]string, rnd *rand.Rand) (string, error) {
	for {
		open := strings.IndexByte(s, '[')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], ']')
		if end < 0 {
			return "", fmt.Errorf("unclosed bracket in %q", s)
		}
		alts := strings.Split(s[open+1:open+end], "|")
		s = s[:open] + alts[rnd.IntN(len(alts))] + s[open+end+1:]
	}
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			return s, nil
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			return "", fmt.Errorf("unclosed brace in %q", s)
		}
		values := slots[s[open+1:open+end]]
		if len(values) == 0 {
			return "", fmt.Errorf("no slot %q", s[open+1:open+end])
		}
		s = s[:open] + values[rnd.IntN(len(values))] + s[open+end+1:]
	}
}
