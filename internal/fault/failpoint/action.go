//go:build faults

package failpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"
)

// Kinds of actions.
const (
	kindPanic = "panic" // an unrecovered panic ends the process as a bug would
	kindExit  = "exit"  // the process ends at once, as by kill -9: nothing is closed, nothing is written
	kindError = "error" // the caller hears of a failure
	kindSleep = "sleep" // the caller waits
	kindOff   = "off"
)

// exitCode is the exit code of a process that a failpoint ended.
const exitCode = 86

// action is what a failpoint does, and on which passes.
type action struct {
	kind  string
	sleep time.Duration
	from  int64   // the first pass on which it acts
	to    int64   // the last; 0 for no end
	share float64 // of the passes between; 1 for all
	noise *rand.Rand
}

var errAction = errors.New("an action is panic, exit, error or sleep(TIME), with @PASS, @FROM-TO or @FROM- behind it, and %SHARE:SEED")

// parse reads an action such as panic, exit@7, error@1-3, sleep(20ms)@2- or error%0.05:42.
func parse(text string) (*action, error) {
	a := &action{from: 1, share: 1}
	rest := strings.TrimSpace(text)
	if before, share, found := strings.Cut(rest, "%"); found {
		rest = before
		part, seed, _ := strings.Cut(share, ":")
		var err error
		if a.share, err = strconv.ParseFloat(part, 64); err != nil || a.share < 0 || a.share > 1 {
			return nil, fmt.Errorf("%q: %w", text, errAction)
		}
		n, err := strconv.ParseUint("0"+seed, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, errAction)
		}
		a.noise = rand.New(rand.NewPCG(n, 0))
	}
	if before, passes, found := strings.Cut(rest, "@"); found {
		rest = before
		first, last, ranged := strings.Cut(passes, "-")
		var err error
		if a.from, err = strconv.ParseInt(first, 10, 64); err != nil || a.from < 1 {
			return nil, fmt.Errorf("%q: %w", text, errAction)
		}
		switch {
		case !ranged:
			a.to = a.from
		case last != "":
			if a.to, err = strconv.ParseInt(last, 10, 64); err != nil || a.to < a.from {
				return nil, fmt.Errorf("%q: %w", text, errAction)
			}
		}
	}
	a.kind = rest
	if length, found := strings.CutPrefix(rest, kindSleep+"("); found && strings.HasSuffix(length, ")") {
		var err error
		if a.sleep, err = time.ParseDuration(strings.TrimSuffix(length, ")")); err != nil {
			return nil, fmt.Errorf("%q: %w", text, errAction)
		}
		a.kind = kindSleep
	}
	switch a.kind {
	case kindPanic, kindExit, kindError, kindOff:
		return a, nil
	case kindSleep:
		if a.sleep > 0 {
			return a, nil
		}
	}
	return nil, fmt.Errorf("%q: %w", text, errAction)
}

// strikes reports whether the action acts on a pass.
func (a *action) strikes(pass int64) bool {
	return pass >= a.from && (a.to == 0 || pass <= a.to) && (a.noise == nil || a.noise.Float64() < a.share)
}

// act does it.
func (a *action) act(name Name) error {
	switch a.kind {
	case kindPanic:
		panic(fmt.Sprintf("failpoint %s", name)) //nolint:forbidigo // this is what it was asked for
	case kindExit:
		os.Exit(exitCode)
	case kindSleep:
		time.Sleep(a.sleep)
	case kindError:
		return fmt.Errorf("failpoint %s: %w", name, ErrInjected)
	}
	return nil
}
