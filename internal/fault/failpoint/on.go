//go:build faults

package failpoint

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Enabled reports whether this build has failpoints.
const Enabled = true

// points is what is set, and how often each failpoint was passed: since it was set, or since the start.
var points = struct { //nolint:gochecknoglobals // failpoints are reached from everywhere
	sync.Mutex
	actions map[Name]*action
	passes  map[Name]int64
	total   map[Name]int64
}{actions: make(map[Name]*action), passes: make(map[Name]int64), total: make(map[Name]int64)}

// Hit passes a failpoint: it does what the failpoint is set to.
func Hit(name Name) error {
	points.Lock()
	points.passes[name]++
	points.total[name]++
	a := points.actions[name]
	if a != nil && !a.strikes(points.passes[name]) {
		a = nil
	}
	points.Unlock()
	if a == nil {
		return nil
	}
	return a.act(name)
}

// Set gives a failpoint its action; its passes count from now on.
func Set(name Name, text string) error {
	if !slices.Contains(Names(), name) {
		return fmt.Errorf("there is no failpoint %q", name)
	}
	a, err := parse(text)
	if err != nil {
		return err
	}
	points.Lock()
	defer points.Unlock()
	points.passes[name] = 0
	if delete(points.actions, name); a.kind != kindOff {
		points.actions[name] = a
	}
	return nil
}

// SetAll sets several, as FLOWDESK_FAILPOINTS names them: NAME=ACTION; NAME=ACTION.
func SetAll(text string) error {
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, act, _ := strings.Cut(part, "=")
		if err := Set(Name(strings.TrimSpace(name)), act); err != nil {
			return err
		}
	}
	return nil
}

// Clear lets every failpoint do nothing.
func Clear() {
	points.Lock()
	defer points.Unlock()
	clear(points.actions)
	clear(points.passes)
}

// Passes is how often each failpoint was passed since the start.
func Passes() map[Name]int64 {
	points.Lock()
	defer points.Unlock()
	return maps.Clone(points.total)
}

// Over gives the error of an operation, or else that of the failpoint behind it wrapped in what such an error means to the caller.
func Over(err error, name Name, meaning error) error {
	if err != nil {
		return err
	}
	if err := Hit(name); err != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	return nil
}

// Before gives the failpoint's error wrapped in what such an error means to the caller.
func Before(name Name, meaning error) error { return Over(nil, name, meaning) }

// Answered gives the answer to a request, or the error of the failpoint behind it.
func Answered(name Name) func(*http.Response, error) (*http.Response, error) {
	return func(resp *http.Response, err error) (*http.Response, error) {
		if err != nil {
			return resp, err
		}
		if err := Hit(name); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
		return resp, nil
	}
}
