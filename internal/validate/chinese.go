package validate

import "github.com/flowdesk/flowdesk/engine"

// chinese is a message of a rule in Chinese; the message itself where nobody has put it into Chinese yet.
func chinese(message string) string {
	text, _ := engine.RuleInChinese(message)
	return text
}
