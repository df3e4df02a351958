package cli

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// time is a time in the person's zone; empty when it is unset.
func (sh *Shell) time(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(sh.zone).Format("2006-01-02 15:04:05")
}

// duration is a length of time in the language: 1m 20s, 1 分 20 秒.
func (sh *Shell) duration(d time.Duration) string {
	if d < time.Second {
		return sh.say("%d ms", d.Milliseconds())
	}
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		text   string
	}{{24 * time.Hour, "%dd"}, {time.Hour, "%dh"}, {time.Minute, "%dm"}, {time.Second, "%ds"}} {
		if n := d / unit.length; n > 0 {
			parts = append(parts, sh.say(unit.text, int64(n)))
			d %= unit.length
		}
	}
	return strings.Join(parts[:min(2, len(parts))], " ")
}

// aside puts a text into the brackets of the language.
func (sh *Shell) aside(text string) string {
	if sh.Language == Chinese {
		return "（" + text + "）"
	}
	return " (" + text + ")"
}

// labelled puts a label before a text, with the colon of the language.
func (sh *Shell) labelled(label, text string) string { return sh.say("%s: %s", label, text) }

// yes is a tick for what is true, and nothing else.
func (sh *Shell) yes(is bool) string {
	if is {
		return sh.say("yes")
	}
	return ""
}

// number leaves out what is 0.
func number[N int32 | int64 | int](n N) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// enums names several enum values.
func enums[E protoreflect.Enum](sh *Shell, all []E) string {
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, sh.value(v))
	}
	return strings.Join(names, ", ")
}
