package desk

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ProblemKind is what is wrong with a table.
type ProblemKind string

// A table must cover every case exactly once, by rows that can be read.
const (
	ProblemMissing ProblemKind = "missing"
	ProblemDoubled ProblemKind = "doubled"
	ProblemInvalid ProblemKind = "invalid"
)

// TableProblem is one case that a table covers not at all or more than once, or a row that is wrong in itself.
type TableProblem struct {
	// Kind is what is wrong.
	Kind ProblemKind
	// Priority for which it is wrong, in delay tables.
	Priority flowdeskv1.Priority
	// Interval of the day, in tables of windows.
	Interval Interval
	// Range of numbers, in tables of ranges.
	Range Span
	// Names of the rules or ports concerned.
	Names []string
	// Detail says what is wrong with an invalid row.
	Detail string
}

// Span is a range of numbers, start included, end excluded; the ends may be infinite.
type Span struct{ From, Below float64 }

// String writes [0, 0.3).
func (s Span) String() string {
	text := func(f float64) string {
		switch {
		case math.IsInf(f, -1):
			return "-∞"
		case math.IsInf(f, 1):
			return "+∞"
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	open := "["
	if math.IsInf(s.From, -1) {
		open = "("
	}
	return open + text(s.From) + ", " + text(s.Below) + ")"
}

// Text says it in both languages.
func (p TableProblem) Text() *flowdeskv1.Text {
	where := p.Interval.String()
	if p.Interval == (Interval{}) {
		where = p.Range.String()
	}
	zhWho, enWho := "", ""
	if p.Priority != flowdeskv1.Priority_PRIORITY_UNSPECIFIED {
		label := Label(p.Priority)
		zhWho, enWho = label.GetZh()+"优先级：", strings.ToLower(label.GetEn())+" priority: "
	}
	names := strings.Join(p.Names, ", ")
	switch p.Kind {
	case ProblemMissing:
		return &flowdeskv1.Text{Zh: zhWho + where + " 没有规则覆盖", En: enWho + where + " is not covered"}
	case ProblemDoubled:
		return &flowdeskv1.Text{Zh: zhWho + where + " 被重复覆盖（" + names + "）", En: enWho + where + " is covered more than once (" + names + ")"}
	default:
		return &flowdeskv1.Text{Zh: names + "：" + p.Detail, En: names + ": " + p.Detail}
	}
}

// row is one window of a table.
type row struct {
	name   string
	pieces []Interval
}

// CheckDelayTable gives, for each priority, the parts of the day that the rules leave out and those that they cover more than once, and the
// rules that are wrong in themselves. A table without problems decides every message of every minute exactly once.
func CheckDelayTable(rules []*flowdeskv1.DelayRule) []TableProblem {
	var problems []TableProblem
	rows := make([]row, len(rules))
	for i, r := range rules {
		pieces, err := Pieces(r.GetWindow())
		if err != nil {
			problems = append(problems, TableProblem{Kind: ProblemInvalid, Names: []string{r.GetName()}, Detail: err.Error()})
		}
		if detail := actionProblem(r); detail != "" {
			problems = append(problems, TableProblem{Kind: ProblemInvalid, Names: []string{r.GetName()}, Detail: detail})
		}
		rows[i] = row{r.GetName(), pieces}
	}
	for _, p := range priorities {
		var mine []row
		for i, r := range rules {
			if appliesTo(r, p) {
				mine = append(mine, rows[i])
			}
		}
		for _, problem := range checkRows(mine, false) {
			problem.Priority = p
			problems = append(problems, problem)
		}
	}
	return problems
}

var priorities = []flowdeskv1.Priority{ //
	flowdeskv1.Priority_PRIORITY_LOW, flowdeskv1.Priority_PRIORITY_MEDIUM, flowdeskv1.Priority_PRIORITY_HIGH,
}

// actionProblem says what is wrong with a rule's action.
func actionProblem(r *flowdeskv1.DelayRule) string {
	switch a := r.GetAction().(type) {
	case *flowdeskv1.DelayRule_Immediate:
		if !a.Immediate {
			return "immediate must be true"
		}
	case *flowdeskv1.DelayRule_Delay:
		if lo, hi := a.Delay.GetMin().AsDuration(), a.Delay.GetMax().AsDuration(); lo < 0 || lo > hi {
			return fmt.Sprintf("delay from %v to %v is no range", lo, hi)
		}
	case *flowdeskv1.DelayRule_HoldUntil:
		if m, err := ParseMinute(a.HoldUntil); err != nil || m == EndOfDay {
			return fmt.Sprintf("hold until %q: want HH:MM from 00:00 to 23:59", a.HoldUntil)
		}
	default:
		return "has no action"
	}
	return ""
}

// CheckWindows gives the parts of the day that a branch's windows leave out, unless there is an else, and those that they cover more than
// once.
func CheckWindows(windows *flowdeskv1.TimeWindows) []TableProblem {
	var problems []TableProblem
	rows := make([]row, 0, len(windows.GetWindows()))
	for _, w := range windows.GetWindows() {
		pieces, err := Pieces(w.GetWindow())
		if err != nil {
			problems = append(problems, TableProblem{Kind: ProblemInvalid, Names: []string{w.GetPort()}, Detail: err.Error()})
		}
		rows = append(rows, row{w.GetPort(), pieces})
	}
	return append(problems, checkRows(rows, windows.GetWithElse())...)
}

// checkRows finds gaps, unless they are allowed, and overlaps.
func checkRows(rows []row, gapsAllowed bool) []TableProblem {
	var pieces []Interval
	for _, r := range rows {
		pieces = append(pieces, r.pieces...)
	}
	gaps, overlaps := cover(pieces)
	var problems []TableProblem
	if !gapsAllowed {
		for _, g := range gaps {
			problems = append(problems, TableProblem{Kind: ProblemMissing, Interval: g})
		}
	}
	for _, o := range overlaps {
		problem := TableProblem{Kind: ProblemDoubled, Interval: o}
		for _, r := range rows {
			if slices.ContainsFunc(r.pieces, func(p Interval) bool { return p.From < o.To && o.From < p.To }) {
				problem.Names = append(problem.Names, r.name)
			}
		}
		problems = append(problems, problem)
	}
	return problems
}

// CheckRanges gives the numbers that a branch's ranges leave out, unless there is an else, and those that they cover more than once.
func CheckRanges(ranges *flowdeskv1.NumberRanges) []TableProblem {
	var problems []TableProblem
	var spans []Span
	var ports []string
	borders := []float64{math.Inf(-1), math.Inf(1)}
	for _, r := range ranges.GetRanges() {
		s := spanOf(r)
		if !(s.From < s.Below) { // also when an end is not a number
			problems = append(problems, TableProblem{Kind: ProblemInvalid, Names: []string{r.GetPort()}, Detail: fmt.Sprintf("range from %v below %v is empty", s.From, s.Below)})
			continue
		}
		spans, ports = append(spans, s), append(ports, r.GetPort())
		borders = append(borders, s.From, s.Below)
	}
	slices.Sort(borders)
	borders = slices.Compact(borders)
	for i := range len(borders) - 1 {
		stretch := Span{borders[i], borders[i+1]}
		var over []string
		for j, s := range spans {
			if s.From <= stretch.From && stretch.Below <= s.Below {
				over = append(over, ports[j])
			}
		}
		switch {
		case len(over) == 0 && !ranges.GetWithElse():
			problems = joinSpan(problems, TableProblem{Kind: ProblemMissing, Range: stretch})
		case len(over) > 1:
			problems = joinSpan(problems, TableProblem{Kind: ProblemDoubled, Range: stretch, Names: over})
		}
	}
	return problems
}

func spanOf(r *flowdeskv1.NumberRange) Span {
	s := Span{math.Inf(-1), math.Inf(1)}
	if r.From != nil {
		s.From = r.GetFrom()
	}
	if r.Below != nil {
		s.Below = r.GetBelow()
	}
	return s
}

// joinSpan appends a problem, or prolongs the last one of the same kind and ports that it touches.
func joinSpan(list []TableProblem, next TableProblem) []TableProblem {
	if n := len(list); n > 0 && list[n-1].Kind == next.Kind && list[n-1].Range.Below == next.Range.From && slices.Equal(list[n-1].Names, next.Names) {
		list[n-1].Range.Below = next.Range.Below
		return list
	}
	return append(list, next)
}
