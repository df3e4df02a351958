package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowdesk/flowdesk/internal/passfile"
)

type doctorCommand struct {
	Remote

	DataDir  string `placeholder:"DIR" help:"Data directory of the server on this machine. Default: FLOWDESK_DATA_DIR, data."`
	Database string `placeholder:"SETTING" help:"Database of the server on this machine, as serve takes it. Default: FLOWDESK_DATABASE, the file in the data directory."`
	Redis    string `placeholder:"ADDRESS" help:"Redis of the server, redis:// or host:port. Default: FLOWDESK_REDIS."`
	KeyFile  string `placeholder:"FILE" help:"Keys of the server on this machine. Default: FLOWDESK_KEYS, the file FLOWDESK_KEY_FILE."`
	Offline  bool   `help:"Ask neither the server nor the providers of models."`
}

// verdicts of a check.
const (
	well    = "ok"
	warning = "warning"
	unwell  = "failed"
	skipped = "skipped"
)

// examination is what one check found, in words for people: Found may be in their language, Check and Verdict are for programs.
type examination struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"`
	Found   string `json:"found"`
	Remedy  string `json:"remedy,omitempty"`
}

// doctor carries out checks.
type doctor struct {
	*Shell
	*doctorCommand

	found []examination
}

// Run implements the command.
func (c *doctorCommand) Run(ctx context.Context, sh *Shell) error {
	c.DataDir = cmp.Or(c.DataDir, sh.sys.Getenv("FLOWDESK_DATA_DIR"), "data")
	c.Database = cmp.Or(c.Database, sh.sys.Getenv("FLOWDESK_DATABASE"))
	c.Redis = cmp.Or(c.Redis, sh.sys.Getenv("FLOWDESK_REDIS"))
	c.KeyFile = cmp.Or(c.KeyFile, sh.sys.Getenv("FLOWDESK_KEY_FILE"))
	var err error
	if c.Database, err = passfile.Into(c.Database, sh.sys.Getenv("FLOWDESK_DATABASE_PASSWORD_FILE")); err != nil {
		return fmt.Errorf("FLOWDESK_DATABASE_PASSWORD_FILE: %w", err)
	}
	if c.Redis, err = passfile.Into(c.Redis, sh.sys.Getenv("FLOWDESK_REDIS_PASSWORD_FILE")); err != nil {
		return fmt.Errorf("FLOWDESK_REDIS_PASSWORD_FILE: %w", err)
	}
	d := &doctor{Shell: sh, doctorCommand: c}
	for _, check := range []func(context.Context){d.configuration, d.storage, d.redis, d.server, d.console} {
		check(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := d.write(); err != nil {
		return err
	}
	failures := 0
	for _, e := range d.found {
		if e.Verdict == unwell {
			failures++
		}
	}
	if failures > 0 {
		return sh.failed("checks that failed: %d", failures)
	}
	return nil
}

func (d *doctor) add(check, verdict, found, remedy string) {
	if verdict == well || verdict == skipped {
		remedy = ""
	}
	d.found = append(d.found, examination{check, verdict, found, remedy})
}

// either adds a good finding when err is nil, and a bad one otherwise.
func (d *doctor) either(check string, err error, good, remedy string) bool {
	if err != nil {
		d.add(check, unwell, oneLine(err.Error()), remedy)
		return false
	}
	d.add(check, well, good, "")
	return true
}

func (d *doctor) write() error {
	if d.forPrograms() {
		data, err := json.Marshal(map[string]any{"checks": d.found})
		if err != nil {
			return err
		}
		return d.emitJSON(data)
	}
	marks := map[string]string{
		well: d.paint(d.sys.OutTerminal, green, "✓"), warning: d.paint(d.sys.OutTerminal, yellow, "!"),
		unwell: d.paint(d.sys.OutTerminal, red, "✗"), skipped: d.paint(d.sys.OutTerminal, grey, "-"),
	}
	width := 0
	for _, e := range d.found {
		width = max(width, measure().StringWidth(d.say(e.Check)))
	}
	var b strings.Builder
	for _, e := range d.found {
		name := d.say(e.Check)
		b.WriteString(marks[e.Verdict] + " " + name + strings.Repeat(" ", width-measure().StringWidth(name)) + gap + oneLine(e.Found) + "\n")
		if e.Remedy != "" {
			b.WriteString("  " + strings.Repeat(" ", width) + gap + "→ " + e.Remedy + "\n")
		}
	}
	return d.Shell.write(b.String())
}
