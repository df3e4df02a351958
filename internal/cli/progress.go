package cli

import (
	"bufio"
	"fmt"
	"strings"
	"sync"
	"time"
)

// progress tells a person that something takes its time: on a terminal as one line that is taken away again, elsewhere, and with ACCESSIBLE set,
// as lines that stay.
type progress struct {
	sh      *Shell
	mu      sync.Mutex
	text    string
	begin   time.Time
	shown   bool
	stopped chan struct{}
	done    sync.WaitGroup
}

// progressAfter begins to tell after a while; nothing is told where nobody watches.
func (sh *Shell) progressAfter(wait time.Duration, english string, values ...any) *progress {
	p := &progress{sh: sh, text: sh.say(english, values...), begin: sh.sys.Now(), stopped: make(chan struct{})}
	if !sh.sys.ErrTerminal {
		return p
	}
	p.done.Go(func() { p.run(wait) })
	return p
}

func (p *progress) run(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-p.stopped:
			return
		case <-timer.C:
			p.draw()
			if p.sh.accessible() {
				return // one line is enough
			}
			timer.Reset(time.Second)
		}
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	seconds := int(p.sh.sys.Now().Sub(p.begin).Seconds())
	if p.sh.accessible() {
		_, _ = fmt.Fprintf(p.sh.sys.Err, "%s (%d s)\n", p.text, seconds)
		return
	}
	p.shown = true
	_, _ = fmt.Fprintf(p.sh.sys.Err, "\r\x1b[K%s (%d s)", p.text, seconds)
}

// end takes the line away.
func (p *progress) end() {
	close(p.stopped)
	p.done.Wait()
	if p.shown {
		_, _ = fmt.Fprint(p.sh.sys.Err, "\r\x1b[K")
	}
}

func (sh *Shell) accessible() bool { return sh.sys.Getenv("ACCESSIBLE") != "" }

// step tells of one of several things that are done, on standard error.
func (sh *Shell) step(number, of int, what string) {
	if of > 1 && sh.sys.ErrTerminal {
		_, _ = fmt.Fprintf(sh.sys.Err, "%d/%d %s\n", number, of, what)
	}
}

// confirm asks before something that cannot be taken back. A production profile wants its name typed when several things are touched.
func (sh *Shell) confirm(count int, english string, values ...any) error {
	if sh.remote.Yes {
		return nil
	}
	question := sh.say(english, values...)
	if !sh.sys.InTerminal {
		return sh.usage("%s Nobody can be asked here: say --yes", question)
	}
	wanted := ""
	if sh.profile.Production && count > 1 {
		wanted = sh.profileKey
		_, _ = fmt.Fprint(sh.sys.Err, question+" "+sh.say("Type %s to go on: ", wanted))
	} else {
		_, _ = fmt.Fprint(sh.sys.Err, question+" [y/N] ")
	}
	line, _ := bufio.NewReader(sh.sys.In).ReadString('\n') // no answer is no
	answer := strings.TrimSpace(line)
	if wanted != "" && answer == wanted || wanted == "" && (strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes") || answer == "是") {
		return nil
	}
	return &failure{code: ExitFailed, text: sh.say("nothing was done")}
}

// paint colours a text where a person can see colours.
func (sh *Shell) paint(terminal bool, colour, text string) string {
	if !terminal || sh.sys.Getenv("NO_COLOR") != "" || sh.sys.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Colours for paint.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	grey   = "90"
)
