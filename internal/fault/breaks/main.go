// Command breaks damages the product on purpose, one way after the other, and runs the test that must fall each time. The files on the disk stay
// as they are: the compiler is given others in their place.
//
//	go run ./internal/fault/breaks -only unique
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "part of the names of the breaks to make")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := all(ctx, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var (
	errStale    = errors.New("the text has moved on: write the break anew")
	errUnseen   = errors.New("no test fell")
	errCompiles = errors.New("the broken product does not compile")
	errSome     = errors.New("not every break was seen")
)

func all(ctx context.Context, only string) (err error) {
	dir, err := os.MkdirTemp("", "flowdesk-breaks-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	seen, made := 0, 0
	for _, b := range breaks() {
		if !strings.Contains(b.name, only) || ctx.Err() != nil {
			continue
		}
		if b.postgres && os.Getenv("PG_URL") == "" {
			fmt.Printf("NOT MADE  %s: PG_URL is not set\n", b.name)
			continue
		}
		made++
		began := time.Now()
		caught, err := b.make(ctx, dir)
		if err != nil {
			fmt.Printf("UNSEEN    %s: %v\n", b.name, err)
			continue
		}
		seen++
		fmt.Printf("seen      %s: %s (%s)\n", b.name, caught, time.Since(began).Round(time.Second))
	}
	fmt.Printf("%d of %d breaks were seen\n", seen, made)
	if seen < made {
		return errSome
	}
	return ctx.Err()
}

// fell finds the names of the tests that fell.
var fell = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// testLimit bounds one test run: a break may make it hang, which is seen too.
const testLimit = 3 * time.Minute

// make breaks the product and gives the tests that fell.
func (b *broken) make(ctx context.Context, dir string) (caught string, err error) {
	text, err := os.ReadFile(b.file)
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), b.old) != 1 {
		return "", fmt.Errorf("%s: %w", b.file, errStale)
	}
	place := filepath.Join(dir, filepath.Base(b.file))
	if err := os.WriteFile(place, []byte(strings.Replace(string(text), b.old, b.new, 1)), 0o600); err != nil {
		return "", err
	}
	whole, err := filepath.Abs(b.file)
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {whole: place}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	arguments := []string{"test", "-overlay", list, "-vet=off", "-count=1", "-timeout", testLimit.String(), "-tags", b.tags, "-run", b.run, b.test}
	output, err := exec.CommandContext(ctx, "go", arguments...).CombinedOutput()
	switch names := fell.FindAllStringSubmatch(string(output), -1); {
	case err == nil:
		return "", errUnseen
	case strings.Contains(string(output), "[build failed]"):
		return "", fmt.Errorf("%w:\n%s", errCompiles, output)
	case len(names) > 0:
		return leaf(names), nil
	default: // it hung, or the process ended
		return "the run of " + b.test + " ended", nil
	}
}

// leaf names the innermost of the tests that fell, and how many others did.
func leaf(names [][]string) string {
	longest := ""
	for _, n := range names {
		if strings.Count(n[1], "/") > strings.Count(longest, "/") || longest == "" {
			longest = n[1]
		}
	}
	if len(names) > 1 {
		return fmt.Sprintf("%s and %d more", longest, len(names)-1)
	}
	return longest
}
