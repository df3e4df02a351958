package cli

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// gap stands between two columns.
const gap = "  "

// narrowest is how far a column is cut at most when the terminal is too narrow.
const narrowest = 8

// measure counts columns of a terminal: Chinese letters take two. What is ambiguous takes one, wherever the program runs.
func measure() *runewidth.Condition {
	return &runewidth.Condition{StrictEmojiNeutral: true}
}

// table aligns rows under their titles, and cuts the widest columns where the terminal is too narrow; width 0 cuts nothing.
func table(titles []string, rows [][]string, width int) string {
	cells := append([][]string{titles}, rows...)
	wide := measure()
	widths := make([]int, len(titles))
	for _, row := range cells {
		for i := range row {
			row[i] = oneLine(row[i])
			widths[i] = max(widths[i], wide.StringWidth(row[i]))
		}
	}
	narrow(widths, width)
	var b strings.Builder
	for _, row := range cells {
		var line strings.Builder
		for i, text := range row {
			text = wide.Truncate(text, widths[i], "…")
			line.WriteString(text)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-wide.StringWidth(text)) + gap)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// narrow takes columns away from the widest until the line fits.
func narrow(widths []int, width int) {
	if width <= 0 {
		return
	}
	total := (len(widths) - 1) * len(gap)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}

// oneLine is a text without line ends, tabs and what a terminal would take as a command.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, text), func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
}

// linesOf are the lines of a text, each made fit for a terminal.
func linesOf(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, oneLine(line))
	}
	return lines
}

// pairs aligns labels and what they label, each line of it below the one before; empty ones are left out.
func pairs(rows []row) string {
	wide := measure()
	width := 0
	for _, r := range rows {
		if r.text != "" {
			width = max(width, wide.StringWidth(r.label))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		if r.text != "" {
			label := r.label
			for _, line := range linesOf(r.text) {
				b.WriteString(strings.TrimRight(label+strings.Repeat(" ", width-wide.StringWidth(label))+gap+line, " ") + "\n")
				label = ""
			}
		}
	}
	return b.String()
}
