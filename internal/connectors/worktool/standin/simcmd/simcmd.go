// Package simcmd is the command line of the robot stand-in: a struct that a kong command line embeds as
// "robot-sim". It may import the stand-in and the standard library.
package simcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// RobotSim runs a robot platform on this machine: robots with virtual phones, groups, and a page that shows the chats.
type RobotSim struct {
	Listen     string        `default:"127.0.0.1:8090" help:"Address to listen on."`
	PhoneDelay time.Duration `default:"4.5s" help:"How long a phone takes for a text; 0 for no time at all."`
	RateLimit  int           `default:"60" help:"Requests a minute and source address; 0 for no limit."`
	Ledger     int           `default:"100000" help:"Commands kept in the ledger; 0 to keep counts only."`
	Keep       int           `default:"1000" help:"Results, batches and logged messages kept per robot; 0 for none."`
	ChatLines  int           `default:"200" help:"Lines kept per chat; 0 for none."`
	Seed       string        `type:"existingfile" help:"JSON file with robots, groups and people."`
	Group      []string      `help:"Name of a group with all the robots and people. May be repeated."`
	Robot      []string      `placeholder:"ID=ROLE[:NAME]" help:"A robot. May be repeated."`
	Person     []string      `help:"Name of a person in all groups. May be repeated."`
}

// Run serves until the context ends.
func (c *RobotSim) Run(ctx context.Context) error {
	options, err := c.Options()
	if err != nil {
		return err
	}
	return standin.Serve(ctx, c.Listen, options, func(address net.Addr) {
		fmt.Fprintf(os.Stderr, "robot stand-in: chats at http://%s/sim/\n", address)
	})
}

// Options are the stand-in's options as the flags say.
func (c *RobotSim) Options() (standin.Options, error) {
	o := standin.Options{PhoneDelay: c.PhoneDelay}
	if c.PhoneDelay == 0 {
		o.PhoneDelay = standin.NoDelay
	}
	for option, flag := range map[*int]int{
		&o.RateLimit: c.RateLimit, &o.Ledger: c.Ledger, &o.Keep: c.Keep, &o.ChatLines: c.ChatLines,
	} {
		if *option = flag; flag == 0 {
			*option = standin.Off
		}
	}
	if c.Seed != "" {
		file, err := os.ReadFile(c.Seed)
		if err != nil {
			return o, fmt.Errorf("read the seed: %w", err)
		}
		if err := json.Unmarshal(file, &o.World); err != nil {
			return o, fmt.Errorf("read the seed %s: %w", c.Seed, err)
		}
	}
	for _, written := range c.Robot {
		id, role, _ := strings.Cut(written, "=")
		role, name, _ := strings.Cut(role, ":")
		if name == "" {
			name = defaultName(role)
		}
		o.World.Robots = append(o.World.Robots, standin.RobotSeed{ID: id, Role: role, Name: name})
	}
	for _, name := range c.Group {
		o.World.Groups = append(o.World.Groups, standin.GroupSeed{Name: name, Members: c.Person})
	}
	o.World.People = append(o.World.People, c.Person...)
	return o, nil
}

// defaultName is what a robot of a role is called in chats.
func defaultName(role string) string {
	switch role {
	case "monitor":
		return "群监听"
	case "reply":
		return "小助手"
	case "notify":
		return "通知员"
	default:
		return role
	}
}
