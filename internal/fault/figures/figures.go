// Package figures holds what the tests of promises measured: each test prints one line, and the table is made of them.
//
// It may import check.
package figures

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/flowdesk/flowdesk/internal/fault/check"
)

// Row is what the test of a promise measured.
type Row struct {
	Promise string // such as A1 A2 A7
	Test    string
	Scale   string // change, nightly or release
	Kept    bool

	Trials       int // of whatever the promise counts: cycles, commands, forgeries
	Kills        int `json:",omitempty"` // deaths of processes, ours and the database's
	Acknowledged int `json:",omitempty"`
	Lost         int
	Doubled      int
	Inversions   int
	Orphans      int
	Stuck        int
	Seeds        int    `json:",omitempty"`
	Note         string `json:",omitempty"` // other figures
	Seconds      float64
}

// Add adds a judgement.
func (r *Row) Add(c *check.Report) {
	r.Acknowledged += c.Acknowledged
	r.Lost += c.Lost
	r.Doubled += c.Doubled
	r.Inversions += c.Inversions
	r.Orphans += c.Orphans
	r.Stuck += c.Stuck
}

// prefix begins the line of a row in the output of a test.
const prefix = "promise-row: "

// Print writes the row's line.
func (r *Row) Print() {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) //nolint:forbidigo // plain values
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s%s\n", prefix, line)
}

// Read gathers the rows in the output of go test. What else it holds is copied.
func Read(in io.Reader, rest io.Writer) ([]Row, error) {
	var rows []Row
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		before, data, found := strings.Cut(lines.Text(), prefix)
		if !found {
			if _, err := fmt.Fprintln(rest, lines.Text()); err != nil {
				return nil, err
			}
			continue
		}
		_ = before // what a test wrote without ending its line
		var row Row
		if err := json.Unmarshal([]byte(data), &row); err != nil {
			return nil, fmt.Errorf("row %q: %w", data, err)
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

// Table writes the rows as a table.
func Table(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "promise\ttest\tkept\ttrials\tkills\tacknowledged\tlost\tdoubled\tinversions\torphans\tstuck\tseeds\ttime\tnote")
	number := func(n int) string {
		if n == 0 {
			return "-"
		}
		return strconv.Itoa(n)
	}
	for _, r := range rows {
		kept := "yes"
		if !r.Kept {
			kept = "NO"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%.0f s\t%s\n", r.Promise, strings.TrimPrefix(r.Test, "Test"), kept,
			number(r.Trials), number(r.Kills), number(r.Acknowledged), r.Lost, r.Doubled, r.Inversions, r.Orphans, r.Stuck, number(r.Seeds), r.Seconds, r.Note)
	}
	return w.Flush()
}
