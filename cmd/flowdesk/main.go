// Command flowdesk is the product: server, command line and robot stand-in in one program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin/simcmd"
)

type commands struct {
	Dev      devCommand      `cmd:"" help:"Run everything embedded on this machine: server, robot stand-in, demo data."`
	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Key      keyCommand      `cmd:"" help:"Make a key that seals secrets."`
	Flow     flowCommand     `cmd:"" help:"Check and draw flow files."`
	Sim      simCommand      `cmd:"" help:"Try a flow in a simulated group chat."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database's schema up to date, take the last step back, or show them."`
	Bench    benchCommand    `cmd:"" help:"Measure the whole system under load on this machine."`
	RobotSim simcmd.RobotSim `cmd:"" name:"robot-sim" help:"Run the stand-in of the robots' platform."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c, kong.Name("flowdesk"), kong.Description("Customer-service flows for group chats."), kong.UsageOnError(),
		kong.DefaultEnvars("FLOWDESK"), kong.BindTo(ctx, (*context.Context)(nil)))
	k.FatalIfErrorf(k.Run())
}
