// Package bench measures the product from outside: the server runs as a process of its own, the robots' platform and the senders of
// callbacks run here, and everything between them is the real wire.
//
// It may import the generated clients and the platform's connector and stand-in.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"

	"github.com/flowdesk/flowdesk/internal/database"
)

// Options of a measurement. Zero values take the defaults named with each.
type Options struct {
	// Binary is the program that is measured; by default the running one.
	Binary string
	// Database is a postgres:// URL; each scenario gets a schema of its own there. By default each has an SQLite file.
	Database string
	// Replicas is how many servers share the database, which must be PostgreSQL then; 1 by default.
	Replicas int
	// Groups is the number of customer groups; 1,000 by default.
	Groups int
	// Robots share the groups; 4 by default.
	Robots int
	// InFlight is how many flows the closed loop keeps going; 64 by default.
	InFlight int
	// Duration is how long each scenario sends; 10 s by default.
	Duration time.Duration
	// Rate is how many messages a second the open loop sends; 100 by default.
	Rate float64
	// Kills is how often a server is killed, stopped or frozen under load; 3 by default.
	Kills int
	// Profile, if set, is where CPU profiles of the server and, with the ending load, of this process are written, the scenario's name at the end.
	Profile string
	// Dir keeps the data of each scenario; by default it is removed.
	Dir string
	// Scenarios to run: closed, open, hot, kill, and with several replicas stop and freeze; these by default. And job: open while a job of 50,000 rows runs.
	Scenarios []string
	// Out gets the report.
	Out io.Writer
}

func (o Options) withDefaults() (Options, error) {
	if o.Binary == "" {
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.Binary = self
	}
	o.Replicas = positive(o.Replicas, 1)
	if o.Replicas > 1 && o.Database == "" {
		return o, errors.New("several replicas need a PostgreSQL database")
	}
	o.Groups, o.Robots, o.InFlight, o.Kills = positive(o.Groups, 1000), positive(o.Robots, 4), positive(o.InFlight, 64), positive(o.Kills, 3)
	if o.Duration <= 0 {
		o.Duration = 10 * time.Second
	}
	if o.Rate <= 0 {
		o.Rate = 100
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if len(o.Scenarios) == 0 {
		o.Scenarios = []string{"closed", "open", "hot", "kill"}
		if o.Replicas > 1 {
			o.Scenarios = append(o.Scenarios, "stop", "freeze")
		}
	}
	return o, nil
}

func positive(n, standard int) int {
	if n <= 0 {
		return standard
	}
	return n
}

// ErrUnsound is a measurement in which the product lost or doubled something.
var ErrUnsound = errors.New("flows were lost or doubled")

// Run measures each scenario on a fresh database and prints one line for each.
func Run(ctx context.Context, o Options) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	if o.Database != "" {
		promise, err := durability(ctx, o.Database)
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
		if _, err := fmt.Fprintln(o.Out, promise); err != nil {
			return err
		}
	}
	printer, err := newPrinter(o)
	if err != nil {
		return err
	}
	sound := true
	for _, name := range o.Scenarios {
		scenario, known := scenarios[name]
		if !known {
			return fmt.Errorf("scenario %q: there are closed, open, hot, kill, stop, freeze and job", name)
		}
		scenario.name = name
		figures, err := measure(ctx, o, scenario)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sound = sound && figures.Lost == 0 && figures.Doubled == 0
		if err := printer.line(scenario.title(o), figures); err != nil {
			return err
		}
	}
	if !sound {
		return ErrUnsound
	}
	return nil
}

// scenario is one way to load the server.
type scenario struct {
	name   string
	title  func(Options) string
	groups int // 0 takes the option
	load   func(context.Context, *rig)
	// prepare fills the database before the servers use it; nil leaves it empty.
	prepare func(context.Context, database.Setting) error
}

var scenarios = map[string]scenario{
	"closed": {title: func(o Options) string { return fmt.Sprintf("closed loop, %d in flight", o.InFlight) }, load: closedLoop},
	"open":   {title: func(o Options) string { return fmt.Sprintf("open loop, %.0f/s", o.Rate) }, load: openLoop},
	"hot":    {title: func(o Options) string { return fmt.Sprintf("one hot group, %d in flight", o.InFlight) }, groups: 1, load: closedLoop},
	"kill":   {title: func(o Options) string { return fmt.Sprintf("closed loop, %d kill -9", o.Kills) }, load: hurt(killed)},
	"stop":   {title: func(o Options) string { return fmt.Sprintf("closed loop, %d stops", o.Kills) }, load: hurt(stopped)},
	"job": {
		title: func(o Options) string { return fmt.Sprintf("open loop, %.0f/s, and a job", o.Rate) }, load: withJob, prepare: failCommands,
	},
	"freeze": {title: func(o Options) string { return fmt.Sprintf("closed loop, %d frozen %s", o.Kills, frozenFor) }, load: hurt(frozen)},
}

// rig is the servers with their platform and their load.
type rig struct {
	options Options
	fleet   *fleet
	trouble error  // that was not meant
	remark  string // about the load, for the report
	world   *world
	ledger  *ledger
}

func measure(ctx context.Context, o Options, s scenario) (figures Figures, err error) {
	if s.groups > 0 {
		o.Groups = s.groups
	}
	dir, err := os.MkdirTemp(o.Dir, "flowdesk-bench-"+s.name+"-")
	if err != nil {
		return figures, err
	}
	if o.Dir == "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	servers, err := newFleet(o, dir)
	if err != nil {
		return figures, err
	}
	if o.Database != "" {
		fresh, err := newSchema(ctx, o.Database, s.name)
		if err != nil {
			return figures, err
		}
		for _, server := range servers.servers {
			server.database = fresh.url
		}
		if o.Dir == "" {
			defer func() { err = errors.Join(err, fresh.drop(ctx)) }()
		}
	}
	if o.Profile != "" {
		for i, server := range servers.servers {
			server.profile = fmt.Sprintf("%s.%s.%d", o.Profile, s.name, i+1)
		}
	}
	if s.prepare != nil {
		if err := prepare(ctx, servers, s); err != nil {
			return figures, err
		}
	}
	if err := servers.start(ctx); err != nil {
		return figures, err
	}
	defer servers.kill()
	r := &rig{options: o, fleet: servers, ledger: newLedger()}
	r.world, err = newWorld(ctx, o, servers, r.ledger)
	if err != nil {
		return figures, err
	}
	defer r.world.close()
	r.warm(ctx)
	if o.Profile != "" {
		file, err := os.Create(o.Profile + "." + s.name + ".load")
		if err != nil {
			return figures, err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return figures, err
		}
		defer pprof.StopCPUProfile()
	}
	before := r.ledger.reset()
	began, spent := time.Now(), servers.processorTime()
	s.load(ctx, r)
	elapsed := time.Since(began)
	r.settle(ctx)
	figures = r.ledger.figures(elapsed)
	figures.Processor = servers.processorTime() - spent
	figures.PeakMemory, figures.Remark = servers.peakMemory(), r.remark
	if r.trouble != nil {
		return figures, r.trouble
	}
	if err := servers.stop(ctx); err != nil {
		return figures, err
	}
	return figures, figures.addStore(ctx, servers.servers[0].setting(), before)
}

// prepare fills a database that a server has made.
func prepare(ctx context.Context, servers *fleet, s scenario) error {
	first := servers.servers[0]
	if err := first.start(ctx); err != nil {
		return err
	}
	if err := first.stop(ctx); err != nil {
		return err
	}
	return s.prepare(ctx, first.setting())
}

// warm lets every group be met once, so that the measurement is of a desk at work.
func (r *rig) warm(ctx context.Context) {
	closed(ctx, r, r.options.InFlight, func(sent int64) bool { return sent >= int64(r.options.Groups) })
	r.settle(ctx)
}

// settleWait bounds the wait for what is still under way after a load.
const settleWait = time.Minute

// settle waits until each message has its command and each command its result.
func (r *rig) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	for ctx.Err() == nil && !(r.ledger.pending() == 0 && r.fleet.unsettled(ctx) == 0) {
		pause(ctx, 50*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
