package desk

import (
	"fmt"
	"time"
)

// Length writes a length of time as people say it, in at most two units: 10 分钟, 1 小时 30 分钟, 24 小时, 3 天 2 小时. Less than a minute is 不到 1 分钟.
func Length(d time.Duration) string {
	const day = 24 * time.Hour
	unit := func(n time.Duration, name string) string { return fmt.Sprintf("%d %s", n, name) }
	join := func(large string, rest time.Duration, name string) string {
		if rest == 0 {
			return large
		}
		return large + " " + unit(rest, name)
	}
	switch d = d.Truncate(time.Minute); {
	case d < time.Minute:
		return "不到 1 分钟"
	case d < time.Hour:
		return unit(d/time.Minute, "分钟")
	case d < 2*day:
		return join(unit(d/time.Hour, "小时"), d%time.Hour/time.Minute, "分钟")
	default:
		return join(unit(d/day, "天"), d%day/time.Hour, "小时")
	}
}
