package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

// Options of a rig. Zero values take the defaults named with each.
type Options struct {
	// Binary is the program, built with the tag faults.
	Binary string
	// Dir gets the servers' data.
	Dir string
	// Database is a postgres:// URL of an empty schema; by default each server has a file of its own.
	Database string
	// Servers share the database; 1 by default.
	Servers int
	// Rooms are the customers' groups; 50 by default.
	Rooms int
	// Robots share the rooms; 4 by default.
	Robots int
	// Delay is how much later a message that begins with 等 is answered; 3 s by default.
	Delay time.Duration
	// ServiceDelay is how long the service that flows ask takes.
	ServiceDelay time.Duration
	// RequestsPerMinute is the limit that the servers keep towards the platform; 0 is none.
	RequestsPerMinute int
	// Platform is how the stand-in behaves; by default without rate limit and with phones that work at once.
	Platform standin.Options
	// PlatformThrough gives the address under which the servers reach the platform, such as a proxy's.
	PlatformThrough func(address string) string
	// Front stands before the platform's API, where given.
	Front func(next http.Handler) http.Handler
	// Settings completes the settings of the desk.
	Settings func(*flowdeskv1.Settings)
	// Args and Env of every server.
	Args, Env []string
}

func (o *Options) fill() {
	set := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
	}
	set(&o.Servers, 1)
	set(&o.Rooms, 50)
	set(&o.Robots, 4)
	if o.Delay == 0 {
		o.Delay = 3 * time.Second
	}
}

// Rig is servers with their platform and their load.
type Rig struct {
	Servers []*Server
	Ledger  *ledger.Ledger
	Options Options

	platform *platform
	client   *http.Client
	spread   *spreader
}

// New starts servers and platform, and configures them.
func New(ctx context.Context, o Options) (*Rig, error) {
	o.fill()
	r := &Rig{Options: o, Ledger: ledger.New()}
	r.client = &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 256, MaxIdleConns: 256}, Timeout: callbackWait,
	}
	var err error
	if r.platform, err = newPlatform(ctx, &r.Options, r.Ledger); err != nil {
		return nil, err
	}
	if r.spread, err = newSpreader(ctx, r); err != nil {
		return nil, err
	}
	keys := sealed.NewKey() // all servers open what one of them sealed
	for i := range o.Servers {
		dir := filepath.Join(o.Dir, fmt.Sprintf("server-%d", i))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		s, err := NewServer(o.Binary, dir, o.Database)
		if err != nil {
			return nil, err
		}
		if o.Database != "" {
			s.Args = append(s.Args, "--migrate")
		}
		s.Args, s.Env = append(s.Args, o.Args...), append(s.Env, append(o.Env, "FLOWDESK_KEYS="+keys)...)
		if err := r.platform.allow(dir); err != nil {
			return nil, err
		}
		r.Servers = append(r.Servers, s)
	}
	for _, s := range r.Servers {
		if err := s.Start(ctx, ""); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %s", err, s.LastLog()), r.Close())
		}
	}
	connection, err := r.Servers[0].Dial()
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	err = errors.Join(r.platform.configure(ctx, &r.Options, connection, r.spread.address), connection.Close())
	if err == nil {
		err = r.known(ctx)
	}
	if err == nil {
		err = r.platform.bind(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// known waits until every server knows every robot, and with it what was configured before.
func (r *Rig) known(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for _, s := range r.Servers {
		for _, path := range r.platform.paths {
			for {
				status, _ := r.PostTo(ctx, "http://"+s.HTTP+path, []byte("{}"))
				if status == http.StatusOK {
					break
				}
				if ctx.Err() != nil {
					return fmt.Errorf("%s does not know the robots: status %d: %w", s.HTTP, status, ctx.Err())
				}
				Pause(ctx, 20*time.Millisecond)
			}
		}
	}
	return nil
}

// Close ends everything that runs.
func (r *Rig) Close() error {
	for _, s := range r.Servers {
		s.Kill()
	}
	r.client.CloseIdleConnections()
	r.spread.close()
	r.platform.close()
	return nil
}

// Sim is the robots' platform.
func (r *Rig) Sim() *standin.Sim { return r.platform.sim }

// Mode sets how all robots misbehave.
func (r *Rig) Mode(m standin.Mode) error {
	for i := range r.Options.Robots {
		if err := r.platform.sim.SetMode(robotID(i), m); err != nil {
			return err
		}
	}
	return nil
}

// RobotMode sets how one robot misbehaves.
func (r *Rig) RobotMode(robot int, m standin.Mode) error {
	return r.platform.sim.SetMode(robotID(robot), m)
}

// Asks is how often the service was asked that flows ask.
func (r *Rig) Asks() int64 { return r.platform.answered.Load() }

// Settle waits until each acknowledged message has its reply and each command its result, and reports whether that came to pass in time.
func (r *Rig) Settle(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for quiet := 0; ctx.Err() == nil; {
		if r.Ledger.Pending() == 0 && r.unsettled(ctx) == 0 {
			if quiet++; quiet == 2 { // commands of a result that is just being stored
				return true
			}
		} else {
			quiet = 0
		}
		Pause(ctx, 50*time.Millisecond)
	}
	return false
}

// Left says what is not settled.
func (r *Rig) Left(ctx context.Context) string {
	return fmt.Sprintf("%d messages without a reply, %d commands without a result", r.Ledger.Pending(), r.unsettled(ctx))
}

func (r *Rig) unsettled(ctx context.Context) int {
	for _, s := range r.Servers {
		if s.Running() && !s.apart.Load() {
			return s.Unsettled(ctx)
		}
	}
	return -1
}

// Pause waits, or until the context ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
