package robots

import "strings"

// HeardAs reports whether a message that another robot heard is this text: phones show mentions before it. A match
// proves a send of unknown outcome; no match proves nothing, because a phone's reading of the screen is best effort.
func (c Text) HeardAs(rawSpoken string) bool {
	rest := strings.TrimSpace(rawSpoken)
	for _, name := range c.At {
		name = "@" + strings.TrimPrefix(name, "@")
		// WeChat Work ends a mention with U+2005; screens also give it as a plain or a fixed space.
		rest = strings.TrimLeft(strings.TrimPrefix(rest, name), " \u2005\u00a0")
	}
	return rest == strings.TrimSpace(c.Content) || strings.TrimSpace(rawSpoken) == strings.TrimSpace(c.Content)
}
