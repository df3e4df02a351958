package bench

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Figures are what one scenario measured.
type Figures struct {
	Flows      int
	Elapsed    time.Duration
	Reply      Quantiles // from the callback's first byte to the command at the platform
	Ack        Quantiles // from the callback's first byte to its answer
	PeakMemory int64     // resident bytes of the server
	Bytes      float64   // on disk for each flow
	Rows       float64   // stored for each flow
	Refused    int       // questions that were not acknowledged and not answered: no promise was made
	Lost       int       // questions that were acknowledged and not answered
	LostTexts  []string  // some of them
	Doubled    int       // replies too many
}

// addStore measures what the flows left in the database; warmed flows are in it too.
func (f *Figures) addStore(ctx context.Context, file string, warmed int) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	stats, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, t := range stats {
		rows += t.Rows
	}
	flows := float64(f.Flows + warmed)
	f.Bytes, f.Rows = float64(info.Size())/flows, float64(rows)/flows
	return nil
}

// printer writes a line for each scenario.
type printer struct{ table *tabwriter.Writer }

func newPrinter(o Options) *printer {
	p := &printer{table: tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintln(p.table, "scenario\tflows/s\treply p50\tp99\tack p50\tp99\tpeak MiB\tbytes/flow\trows/flow\trefused\tlost\tdoubled\t")
	return p
}

func (p *printer) line(title string, f Figures) error {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	fmt.Fprintf(p.table, "%s\t%.0f\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t%.1f\t%d\t%d\t%d\t\n", title, float64(f.Flows)/f.Elapsed.Seconds(),
		ms(f.Reply.P50), ms(f.Reply.P99), ms(f.Ack.P50), ms(f.Ack.P99), float64(f.PeakMemory)/(1<<20), f.Bytes, f.Rows, f.Refused, f.Lost, f.Doubled)
	for _, text := range f.LostTexts {
		fmt.Fprintf(p.table, "\tnot answered: %s\n", text)
	}
	return p.table.Flush()
}
