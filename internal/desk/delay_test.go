package desk_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	low    = flowdeskv1.Priority_PRIORITY_LOW
	medium = flowdeskv1.Priority_PRIORITY_MEDIUM
	high   = flowdeskv1.Priority_PRIORITY_HIGH
)

func generator(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// Section 3, row by row, at the borders to the millisecond.
func TestDelayByPeriodAndPriority(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	rules := desk.DefaultSettings().GetDelayRules()
	minutes := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
	for _, c := range []struct {
		name     string
		from, to string // both included
		p        flowdeskv1.Priority
		rule     string
		port     desk.DelayPort
		min, max time.Duration
	}{
		{"day: none", "09:00:00.000", "20:59:59.999", high, "day", desk.DelayNow, 0, 0},
		{"day: none for low priority", "09:00:00.000", "20:59:59.999", low, "day", desk.DelayNow, 0, 0},
		{"evening: random 60–300 s", "21:00:00.000", "23:59:59.999", low, "evening", desk.DelayLater, minutes(1), minutes(5)},
		{"evening 06:00–09:00: random 60–300 s", "06:00:00.000", "08:59:59.999", medium, "early", desk.DelayLater, minutes(1), minutes(5)},
		{"deep night, high priority: random 300–600 s", "00:00:00.000", "05:59:59.999", high, "night.high", desk.DelayLater, minutes(5), minutes(10)},
		{"deep night, medium: random 600–1800 s", "00:00:00.000", "05:59:59.999", medium, "night.medium", desk.DelayLater, minutes(10), minutes(30)},
		{"unspecified counts as medium", "00:00:00.000", "05:59:59.999", 0, "night.medium", desk.DelayLater, minutes(10), minutes(30)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, clock := range []string{c.from, c.to} {
				now, err := time.ParseInLocation("2006-01-02 15:04:05.000", "2024-03-05 "+clock, shanghai)
				require.NoError(t, err)
				for seed := range uint64(200) {
					slot := desk.Delay(rules, shanghai, now, generator(seed), c.p)
					require.Equal(t, c.rule, slot.Rule)
					require.Equal(t, c.port, slot.Port)
					require.GreaterOrEqual(t, slot.SendTime.Sub(now), c.min)
					require.LessOrEqual(t, slot.SendTime.Sub(now), c.max)
					require.NotEmpty(t, slot.Reason)
				}
			}
		})
	}
}

func TestDeepNightLowIsHeldForTheNextDay(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	rules := desk.DefaultSettings().GetDelayRules()
	for _, clock := range []string{"00:00:00.000", "05:59:59.999"} {
		now, err := time.ParseInLocation("2006-01-02 15:04:05.000", "2024-03-05 "+clock, shanghai)
		require.NoError(t, err)
		slot := desk.Delay(rules, shanghai, now, nil, low) // nothing random: no generator is touched
		require.Equal(t, desk.DelayTomorrow, slot.Port)
		require.Equal(t, "2024-03-05T09:00:00+08:00", slot.SendTime.In(shanghai).Format(time.RFC3339Nano))
		require.Equal(t, "深夜低优先级，暂不回复，保留到 03-05 09:00", slot.Reason)
	}
}

func TestDelayNamesItsReason(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	rules := desk.DefaultSettings().GetDelayRules()
	reason := func(clock string, p flowdeskv1.Priority) string {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2024-03-05 "+clock, shanghai)
		require.NoError(t, err)
		return desk.Delay(rules, shanghai, now, generator(1), p).Reason
	}
	require.Equal(t, "白班，立即发送", reason("12:00", high))
	require.Equal(t, "晚班，随机延迟 1–5 分钟", reason("22:00", high))
	require.Equal(t, "深夜中优先级，随机延迟 10–30 分钟", reason("03:00", medium))
	require.Contains(t, desk.Delay(nil, shanghai, time.UnixMilli(0), nil, high).Reason, "没有延迟规则")
}

// Both ends of the range are drawn, in whole milliseconds.
func TestDelayDrawsBothEnds(t *testing.T) {
	rules := []*flowdeskv1.DelayRule{{Name: "r", Window: window("00:00", "24:00"), Action: &flowdeskv1.DelayRule_Delay{Delay: &flowdeskv1.DelayRange{
		Min: durationpb.New(2 * time.Millisecond), Max: durationpb.New(4 * time.Millisecond),
	}}}}
	seen := map[time.Duration]int{}
	rnd := generator(7)
	now := time.UnixMilli(1_700_000_000_000)
	for range 300 {
		seen[desk.Delay(rules, time.UTC, now, rnd, low).SendTime.Sub(now)]++
	}
	require.Len(t, seen, 3)
	for _, d := range []time.Duration{2, 3, 4} {
		require.Greater(t, seen[d*time.Millisecond], 60) //nolint:durationcheck // d is a count
	}
}

func TestDelayAcrossDaylightSaving(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	hold := func(until string) []*flowdeskv1.DelayRule {
		return []*flowdeskv1.DelayRule{{Name: "r", Window: window("00:00", "24:00"), Action: &flowdeskv1.DelayRule_HoldUntil{HoldUntil: until}}}
	}
	spring := time.Date(2024, 3, 31, 0, 30, 0, 0, berlin)
	require.Equal(t, "2024-03-31T09:00:00+02:00", desk.Delay(hold("09:00"), berlin, spring, nil, low).SendTime.Format(time.RFC3339))
	require.Equal(t, "2024-03-31T03:00:00+02:00", desk.Delay(hold("02:30"), berlin, spring, nil, low).SendTime.Format(time.RFC3339), "a skipped time is the first after the gap")
	autumn := time.Date(2024, 10, 27, 0, 30, 0, 0, berlin)
	first := desk.Delay(hold("02:30"), berlin, autumn, nil, low).SendTime
	require.Equal(t, "2024-10-27T02:30:00+02:00", first.Format(time.RFC3339), "the first of two")
	require.Equal(t, "2024-10-28T02:30:00+01:00", desk.Delay(hold("02:30"), berlin, first, nil, low).SendTime.Format(time.RFC3339))
}

func drawRules(t *rapid.T) []*flowdeskv1.DelayRule {
	rules := make([]*flowdeskv1.DelayRule, rapid.IntRange(0, 4).Draw(t, "rules"))
	for i := range rules {
		r := &flowdeskv1.DelayRule{Name: string(rune('a' + i)), Window: drawWindow(t)}
		r.Priorities = rapid.SampledFrom([][]flowdeskv1.Priority{nil, {high}, {medium, low}, {low}}).Draw(t, "priorities")
		switch rapid.IntRange(0, 2).Draw(t, "action") {
		case 0:
			r.Action = &flowdeskv1.DelayRule_Immediate{Immediate: true}
		case 1:
			lo := rapid.Int64Range(0, 600).Draw(t, "min")
			r.Action = &flowdeskv1.DelayRule_Delay{Delay: &flowdeskv1.DelayRange{
				Min: &durationpb.Duration{Seconds: lo}, Max: &durationpb.Duration{Seconds: lo + rapid.Int64Range(0, 600).Draw(t, "more")},
			}}
		default:
			r.Action = &flowdeskv1.DelayRule_HoldUntil{HoldUntil: desk.Minute(rapid.IntRange(0, 24*60-1).Draw(t, "hold")).String()}
		}
		rules[i] = r
	}
	return rules
}

// A delay never sends into the past, is the same for the same arguments, and follows the first rule that holds the time.
func TestDelayProperties(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		now := drawInstant(t, "now")
		p := rapid.SampledFrom([]flowdeskv1.Priority{low, medium, high}).Draw(t, "priority")
		seed := rapid.Uint64().Draw(t, "seed")
		slot := desk.Delay(rules, berlin, now, generator(seed), p)
		require.Equal(t, slot, desk.Delay(rules, berlin, now, generator(seed), p))
		require.False(t, slot.SendTime.Before(now))
		want := ""
		for _, r := range rules {
			if (len(r.GetPriorities()) == 0 || r.GetPriorities()[0] == p || len(r.GetPriorities()) > 1 && r.GetPriorities()[1] == p) && desk.InWindow(r.GetWindow(), now, berlin) {
				want = r.GetName()
				break
			}
		}
		require.Equal(t, want, slot.Rule)
		if slot.Port == desk.DelayNow {
			require.Equal(t, now, slot.SendTime)
		}
	})
}

func BenchmarkDelay(b *testing.B) {
	shanghai := zone(b, "Asia/Shanghai")
	rules := desk.DefaultSettings().GetDelayRules()
	now := time.Date(2024, 3, 5, 3, 0, 0, 0, shanghai)
	rnd := generator(1)
	b.ReportAllocs()
	for b.Loop() {
		desk.Delay(rules, shanghai, now, rnd, medium)
	}
}
