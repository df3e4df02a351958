package models

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Money is an amount in millionths of a yuan.
type Money int64

// Yuan is one yuan.
const Yuan Money = 1_000_000

// String writes the amount in yuan.
func (m Money) String() string { return fmt.Sprintf("%.6f CNY", float64(m)/float64(Yuan)) }

// UnmarshalText reads an amount in yuan, for example 0.02, exactly to the millionth.
func (m *Money) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > 6 || len(whole) > 9 || whole+part == "" || strings.Trim(whole+part, "0123456789") != "" {
		return fmt.Errorf("amount %q is not yuan with at most six decimals", text)
	}
	var v Money
	for _, c := range whole + part + strings.Repeat("0", 6-len(part)) {
		v = v*10 + Money(c-'0')
	}
	*m = v
	return nil
}

// Price is what a million tokens cost.
type Price struct {
	Cached Money `yaml:"cached"` // input that the provider had cached
	Input  Money `yaml:"input"`
	Output Money `yaml:"output"`
	Peak   *Peak `yaml:"peak"`
}

// Peak is a second price for certain hours.
type Peak struct {
	Cached Money   `yaml:"cached"`
	Input  Money   `yaml:"input"`
	Output Money   `yaml:"output"`
	Days   []int   `yaml:"days"`  // 0 is Sunday
	Hours  [][]int `yaml:"hours"` // [from, to) in the provider's zone
	UTC    int     `yaml:"utc"`   // the zone as hours east
}

func (p Price) at(now time.Time) (cached, input, output Money) {
	if p.Peak != nil {
		local := now.In(time.FixedZone("", p.Peak.UTC*3600))
		for _, d := range p.Peak.Days {
			for _, h := range p.Peak.Hours {
				if int(local.Weekday()) == d && len(h) == 2 && local.Hour() >= h[0] && local.Hour() < h[1] {
					return p.Peak.Cached, p.Peak.Input, p.Peak.Output
				}
			}
		}
	}
	return p.Cached, p.Input, p.Output
}

// cost is rounded up to the next millionth.
func (p Price) cost(u Usage, now time.Time) Money {
	cached, input, output := p.at(now)
	hit := min(u.Cached, u.Input)
	sum := float64(hit)*float64(cached) + float64(u.Input-hit)*float64(input) + float64(u.Output)*float64(output)
	return Money(math.Ceil(sum / 1e6))
}

// Usage counts tokens.
type Usage struct {
	Input     int64 // all of the prompt
	Cached    int64 // the part of Input that the provider had cached
	Output    int64 // all that was written
	Reasoning int64 // the part of Output that was reasoning
}

func (u Usage) plus(v Usage) Usage {
	return Usage{u.Input + v.Input, u.Cached + v.Cached, u.Output + v.Output, u.Reasoning + v.Reasoning}
}

// Spend is what a call took.
type Spend struct {
	Usage     Usage
	Cost      Money
	Estimated bool // the provider did not say; reckoned from the texts
}

func (s Spend) plus(t Spend) Spend {
	return Spend{s.Usage.plus(t.Usage), s.Cost + t.Cost, s.Estimated || t.Estimated}
}

// Tokens is input and output together.
func (s Spend) Tokens() int64 { return s.Usage.Input + s.Usage.Output }

// estimate reckons the tokens of a text: four ASCII bytes or one other character each.
func estimate(text string) int64 {
	var ascii, other int64
	for _, r := range text {
		if r < 0x80 {
			ascii++
		} else {
			other++
		}
	}
	return (ascii+3)/4 + other
}
