package cli

import (
	"fmt"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// commandRows are what a command is to say, to whom, and how it stands.
func (sh *Shell) commandRows(m *flowdeskv1.Command) string {
	priority := ""
	if m.GetPriority() != flowdeskv1.Priority_PRIORITY_UNSPECIFIED {
		priority = sh.value(m.GetPriority())
	}
	to := m.GetTargetName()
	if m.GetMention() {
		to = "@" + to
	}
	return pairs([]row{
		sh.row("command", m.GetId()), sh.row("state", sh.value(m.GetState())), sh.row("reason", sh.because(m.GetReason())),
		sh.row("text", m.GetText()), sh.row("session", short(m.GetTargetSession())), sh.row("to", to),
		sh.row("purpose", sh.word(m.GetPurpose())), sh.row("priority", priority), sh.row("robot", short(m.GetRobot())),
		sh.row("send time", sh.time(m.GetSendTime())), sh.row("delay", sh.because(m.GetDelayReason())), sh.row("sent", sh.time(m.GetSentTime())),
		sh.row("settled", sh.time(m.GetDoneTime())), sh.row("answers", short(m.GetReplyTo())), sh.row("run", short(m.GetInstance())),
	})
}

// editLines are the changes of its text, oldest first. Texts stand below each other in full: side by side a terminal would cut what differs.
func (sh *Shell) editLines(m *flowdeskv1.Command) string {
	if len(m.GetEdits()) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n" + sh.say("Changes of the text:") + "\n")
	for _, e := range m.GetEdits() {
		b.WriteString("  " + sh.time(e.GetTime()) + "  " + e.GetActor() + sh.aside(oneLine(e.GetReason())) + "\n")
		b.WriteString(marked("    - ", e.GetBefore()) + marked("    + ", e.GetText()))
	}
	return b.String()
}

// marked is a text with a mark before each of its lines.
func marked(mark, text string) string {
	var b strings.Builder
	for _, line := range linesOf(text) {
		b.WriteString(mark + line + "\n")
	}
	return b.String()
}

// attemptRows are its attempts, and what became of each.
func (sh *Shell) attemptRows(m *flowdeskv1.Command) string {
	if len(m.GetAttemptLog()) == 0 {
		return ""
	}
	var rows [][]string
	for _, a := range m.GetAttemptLog() {
		rows = append(rows, []string{
			fmt.Sprint(a.GetNumber()), sh.value(a.GetState()), short(a.GetRobot()), sh.time(a.GetSentTime()), sh.time(a.GetDoneTime()),
			sh.word(a.GetProof()), sh.because(a.GetReason()),
		})
	}
	titles := []string{sh.say("TRY"), sh.say("STATE"), sh.say("ROBOT"), sh.say("SENT"), sh.say("SETTLED"), sh.say("PROOF"), sh.say("REASON")}
	return "\n" + table(titles, filled(rows), sh.sys.Width)
}

// filled has a dash where a table's cell is empty, so that the eye keeps to its column.
func filled(rows [][]string) [][]string {
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if cell == "" {
				row[i] = "-"
			}
		}
	}
	return rows
}
