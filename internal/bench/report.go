package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/flowdesk/flowdesk/internal/database"
)

// Figures are what one scenario measured.
type Figures struct {
	Flows      int
	Elapsed    time.Duration
	Reply      Quantiles     // from the callback's first byte to the command at the platform
	Ack        Quantiles     // from the callback's first byte to its answer
	Processor  time.Duration // the servers' time on the processors, of user and system, for all flows
	PeakMemory int64         // resident bytes of the server
	Bytes      float64       // on disk for each flow
	Rows       float64       // stored for each flow
	Slowest    time.Duration // reply
	Refused    int           // questions that were not acknowledged and not answered: no promise was made
	Lost       int           // questions that were acknowledged and not answered
	LostTexts  []string      // some of them
	Doubled    int           // replies too many
	Remark     string        // what else there is to say; empty for nothing
}

// addStore measures what the flows left in the database; warmed flows are in it too.
func (f *Figures) addStore(ctx context.Context, setting database.Setting, warmed int) error {
	store, err := database.Open(ctx, setting)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	stats, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	var rows, bytes int64
	for _, t := range stats {
		rows += t.Rows
		bytes += t.Bytes
	}
	if !setting.IsPostgres() {
		info, err := os.Stat(filepath.Join(setting.DataDir, "flowdesk.db"))
		if err != nil {
			return err
		}
		bytes = info.Size()
	}
	flows := float64(f.Flows + warmed)
	f.Bytes, f.Rows = float64(bytes)/flows, float64(rows)/flows
	return nil
}

// printer writes a line for each scenario.
type printer struct{ out io.Writer }

const columns = "%-28s %8s %9s %9s %9s %9s %9s %8s %8s %10s %9s %8s %5s %8s\n"

func newPrinter(o Options) (*printer, error) {
	p := &printer{out: o.Out}
	_, err := fmt.Fprintf(p.out, columns, "scenario", "flows/s", "reply p50", "p99", "slowest", "ack p50", "p99", "cpu ms", "peak MiB", "bytes/flow", "rows/flow", "refused", "lost", "doubled")
	return p, err
}

func (p *printer) line(title string, f Figures) error {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	perFlow := float64(f.Processor) / float64(time.Millisecond) / float64(max(f.Flows, 1))
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }
	_, err := fmt.Fprintf(p.out, columns, title, number(float64(f.Flows)/f.Elapsed.Seconds()), ms(f.Reply.P50), ms(f.Reply.P99), ms(f.Slowest), ms(f.Ack.P50),
		ms(f.Ack.P99), strconv.FormatFloat(perFlow, 'f', 3, 64), number(float64(f.PeakMemory)/(1<<20)), number(f.Bytes), strconv.FormatFloat(f.Rows, 'f', 1, 64), strconv.Itoa(f.Refused),
		strconv.Itoa(f.Lost), strconv.Itoa(f.Doubled))
	if f.Remark != "" {
		_, failed := fmt.Fprintf(p.out, "    %s\n", f.Remark)
		err = errors.Join(err, failed)
	}
	for _, text := range f.LostTexts {
		_, failed := fmt.Fprintf(p.out, "    not answered: %s\n", text)
		err = errors.Join(err, failed)
	}
	return err
}
