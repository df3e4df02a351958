package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/flowdesk/flowdesk/internal/bench"
)

type benchCommand struct {
	Scenario []string      `help:"closed, open, hot, kill, stop, freeze, or job, which has to be named; by default all others that apply."`
	Database string        `help:"postgres:// URL of a database; each scenario gets a schema of its own in it. By default each has an SQLite file."`
	Replicas int           `default:"1" help:"Servers that share the database, behind a balancer; more than one need PostgreSQL."`
	Groups   int           `default:"1000" help:"Customer groups."`
	Robots   int           `default:"4" help:"Robots that share the groups."`
	InFlight int           `default:"64" help:"Flows under way in the closed loop."`
	Duration time.Duration `default:"10s" help:"How long each scenario sends."`
	Rate     float64       `default:"100" help:"Messages a second in the open loop."`
	Kills    int           `default:"3" help:"How often a server is killed, stopped or frozen."`
	Dir      string        `type:"existingdir" help:"Keep the data of each scenario in this directory."`
	Profile  string        `hidden:"" help:"File for CPU profiles of the server."`
}

// loadGCPercent lets this process, which is the load and not what is measured, collect garbage rarely.
const loadGCPercent = 800

// Run implements the command.
func (c *benchCommand) Run(ctx context.Context) error {
	debug.SetGCPercent(loadGCPercent)
	return bench.Run(ctx, bench.Options{
		Replicas: c.Replicas, Groups: c.Groups, Robots: c.Robots, InFlight: c.InFlight, Duration: c.Duration, Rate: c.Rate, Kills: c.Kills, Scenarios: c.Scenario,
		Database: c.Database, Profile: c.Profile, Dir: c.Dir, Out: os.Stdout,
	})
}
