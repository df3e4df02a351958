package desk_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func delayed(name, start, end string, lo, hi time.Duration, ps ...flowdeskv1.Priority) *flowdeskv1.DelayRule {
	return &flowdeskv1.DelayRule{Name: name, Window: window(start, end), Priorities: ps, Action: &flowdeskv1.DelayRule_Delay{
		Delay: &flowdeskv1.DelayRange{Min: durationpb.New(lo), Max: durationpb.New(hi)},
	}}
}

func held(name, start, end, until string, ps ...flowdeskv1.Priority) *flowdeskv1.DelayRule {
	return &flowdeskv1.DelayRule{Name: name, Window: window(start, end), Priorities: ps, Action: &flowdeskv1.DelayRule_HoldUntil{HoldUntil: until}}
}

func immediate(name, start, end string) *flowdeskv1.DelayRule {
	return &flowdeskv1.DelayRule{Name: name, Window: window(start, end), Action: &flowdeskv1.DelayRule_Immediate{Immediate: true}}
}

// The table of the requirements' section 3.2.
func table32() []*flowdeskv1.DelayRule {
	return []*flowdeskv1.DelayRule{
		immediate("day", "09:00", "21:00"),
		delayed("evening", "21:00", "24:00", time.Minute, 5*time.Minute),
		delayed("night.high", "00:00", "06:00", 5*time.Minute, 10*time.Minute, high),
		delayed("night.medium", "00:00", "06:00", 10*time.Minute, 30*time.Minute, medium),
		held("night.low", "00:00", "06:00", "09:00", low),
	}
}

// The table of the requirements' section 7.2, where the evening runs to 9:00.
func table72() []*flowdeskv1.DelayRule {
	rules := table32()
	rules[1].Window.End = "09:00"
	return rules
}

func TestShippedTableCoversEveryMinuteOnce(t *testing.T) {
	require.Empty(t, desk.CheckDelayTable(desk.DefaultSettings().GetDelayRules()))
}

func TestTableOf32Misses0600To0900(t *testing.T) {
	problems := desk.CheckDelayTable(table32())
	require.Len(t, problems, 3)
	for i, p := range []flowdeskv1.Priority{low, medium, high} {
		require.Equal(t, desk.TableProblem{Kind: desk.ProblemMissing, Priority: p, Interval: desk.Interval{From: 360, To: 540}}, problems[i])
	}
	require.Equal(t, "高优先级：06:00–09:00 没有规则覆盖", problems[2].Text().GetZh())
	require.Equal(t, "high priority: 06:00–09:00 is not covered", problems[2].Text().GetEn())
}

func TestTableOf72Doubles0000To0600(t *testing.T) {
	problems := desk.CheckDelayTable(table72())
	require.Len(t, problems, 3)
	for i, p := range []flowdeskv1.Priority{low, medium, high} {
		require.Equal(t, desk.ProblemDoubled, problems[i].Kind)
		require.Equal(t, p, problems[i].Priority)
		require.Equal(t, "00:00–06:00", problems[i].Interval.String())
		require.Equal(t, []string{"evening", "night." + []string{"low", "medium", "high"}[i]}, problems[i].Names)
	}
	require.Equal(t, "low priority: 00:00–06:00 is covered more than once (evening, night.low)", problems[0].Text().GetEn())
}

func TestDelayTableRefusesBadRows(t *testing.T) {
	for _, c := range []struct {
		name string
		rule *flowdeskv1.DelayRule
		want string
	}{
		{"malformed window", immediate("x", "9:00", "21:00"), `"9:00"`},
		{"range upside down", delayed("x", "00:00", "24:00", 2*time.Minute, time.Minute), "no range"},
		{"no action", &flowdeskv1.DelayRule{Name: "x", Window: window("00:00", "24:00")}, "no action"},
		{"held until nonsense", held("x", "00:00", "24:00", "24:00"), "hold until"},
		{"not immediate", &flowdeskv1.DelayRule{Name: "x", Window: window("00:00", "24:00"), Action: &flowdeskv1.DelayRule_Immediate{}}, "immediate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := desk.CheckDelayTable([]*flowdeskv1.DelayRule{c.rule})
			require.NotEmpty(t, problems)
			require.Equal(t, desk.ProblemInvalid, problems[0].Kind)
			require.Equal(t, []string{"x"}, problems[0].Names)
			require.Contains(t, problems[0].Text().GetEn(), c.want)
		})
	}
}

// The check says exactly what a count over every minute says.
func TestCheckDelayTableAgreesWithCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		problems := desk.CheckDelayTable(rules)
		for _, p := range []flowdeskv1.Priority{low, medium, high} {
			for m := desk.Minute(0); m < desk.EndOfDay; m += 7 {
				at := time.Date(2024, 3, 5, 0, int(m), 0, 0, time.UTC)
				n := 0
				for _, r := range rules {
					applies := len(r.GetPriorities()) == 0
					for _, q := range r.GetPriorities() {
						applies = applies || q == p
					}
					if applies && desk.InWindow(r.GetWindow(), at, time.UTC) {
						n++
					}
				}
				var kind desk.ProblemKind
				for _, problem := range problems {
					if problem.Priority == p && problem.Interval.Contains(m) {
						kind = problem.Kind
					}
				}
				switch {
				case n == 0:
					require.Equal(t, desk.ProblemMissing, kind)
				case n > 1:
					require.Equal(t, desk.ProblemDoubled, kind)
				default:
					require.Empty(t, kind)
				}
			}
		}
	})
}

func TestWindowsOfABranch(t *testing.T) {
	windows := &flowdeskv1.TimeWindows{Windows: []*flowdeskv1.PortWindow{
		{Port: "day", Window: window("09:00", "21:00")}, {Port: "late", Window: window("20:00", "02:00")},
	}}
	problems := desk.CheckWindows(windows)
	require.Len(t, problems, 2)
	require.Equal(t, "02:00–09:00", problems[0].Interval.String())
	require.Equal(t, "20:00–21:00", problems[1].Interval.String())
	require.Equal(t, []string{"day", "late"}, problems[1].Names)
	windows.WithElse = true
	require.Len(t, desk.CheckWindows(windows), 1, "else takes gaps, never overlaps")
}

func TestRangesOfABranch(t *testing.T) {
	number := func(f float64) *float64 { return &f }
	ranges := func(withElse bool, list ...*flowdeskv1.NumberRange) *flowdeskv1.NumberRanges {
		return &flowdeskv1.NumberRanges{Ranges: list, WithElse: withElse}
	}
	below := &flowdeskv1.NumberRange{Port: "below", Below: number(0.3)}
	middle := &flowdeskv1.NumberRange{Port: "middle", From: number(0.3), Below: number(0.6)}
	above := &flowdeskv1.NumberRange{Port: "above", From: number(0.6)}
	require.Empty(t, desk.CheckRanges(ranges(false, above, below, middle)))
	gap := desk.CheckRanges(ranges(false, below, above))
	require.Len(t, gap, 1)
	require.Equal(t, "[0.3, 0.6)", gap[0].Range.String())
	require.Empty(t, desk.CheckRanges(ranges(true, below, above)))
	wide := &flowdeskv1.NumberRange{Port: "wide", From: number(0.1), Below: number(0.6)}
	doubled := desk.CheckRanges(ranges(true, below, wide, above))
	require.Len(t, doubled, 1)
	require.Equal(t, desk.Span{From: 0.1, Below: 0.3}, doubled[0].Range)
	require.Equal(t, []string{"below", "wide"}, doubled[0].Names)
	all := desk.CheckRanges(ranges(false))
	require.Equal(t, "(-∞, +∞)", all[0].Range.String())
	for _, bad := range []*flowdeskv1.NumberRange{
		{Port: "bad", From: number(2), Below: number(1)}, {Port: "bad", From: number(math.NaN())}, {Port: "bad", From: number(1), Below: number(1)},
	} {
		require.Equal(t, desk.ProblemInvalid, desk.CheckRanges(ranges(true, bad))[0].Kind)
	}
}
