// Command flowdesk is the product: server, command line and robot stand-in in one program. What needs a running server's API is in
// internal/cli; what runs a server is here.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/flowdesk/flowdesk/internal/cli"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin/simcmd"
)

// commands are all commands. The flags of those with the tag envars are environment variables too: --data-dir is FLOWDESK_DATA_DIR.
type commands struct {
	Dev   devCommand   `cmd:"" envars:"" help:"Run everything embedded on this machine: server, robot stand-in, demo data." eg:"dev\ndev --http 127.0.0.1:8081 --data-dir /tmp/desk"`
	Serve serveCommand `cmd:"" envars:"" help:"Run the server." eg:"serve --key-file keys\nserve --key-file keys --data-dir /var/lib/flowdesk"`

	cli.Commands

	Key          keyCommand          `cmd:"" help:"Make a key that seals secrets." eg:"key\nkey > flowdesk.key"`
	ResetSecrets resetSecretsCommand `cmd:"" envars:"" help:"Clear what no key that is left opens, so that a server starts again: the way out when the sealing key is lost." eg:"reset-secrets --key-file keys\nreset-secrets --key-file keys --yes"`
	Migrate      migrateCommand      `cmd:"" envars:"" help:"Bring the database's schema up to date, take the last step back, or show them."`
	Backup       backupCommand       `cmd:"" envars:"" help:"Copy an SQLite database into a file, while the server runs." eg:"backup desk.backup\nbackup desk.backup --data-dir /var/lib/flowdesk"`
	Restore      restoreCommand      `cmd:"" envars:"" help:"Put a backup in the place of the database, and see to it that nothing is sent twice." eg:"restore desk.backup\nrestore --database postgres://desk@127.0.0.1/desk"`
	Health       healthCommand       `cmd:"" envars:"" help:"Ask the server on this machine whether it is ready, as health checks do." eg:"health\nhealth --live"`
	Bench        benchCommand        `cmd:"" envars:"" help:"Measure the whole system under load on this machine." eg:"bench\nbench --scenario closed --duration 30s"`
	RobotSim     simcmd.RobotSim     `cmd:"" envars:"" name:"robot-sim" help:"Run the stand-in of the robots' platform." eg:"robot-sim\nrobot-sim --group 群一 --robot r1=reply --person 张三"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, &commands{}, os.Args[1:], cli.Here())
	stop()
	os.Exit(code)
}
