// Command run shows the promises: it builds the program with its failpoints, runs the tests under fault one after the other, and prints a table
// of what they measured.
//
//	go run ./internal/fault/run -scale change
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/flowdesk/flowdesk/internal/fault/figures"
)

func main() {
	scale := flag.String("scale", "change", "how much: change, nightly or release")
	only := flag.String("run", ".", "pattern of the tests to run")
	limit := flag.Duration("timeout", 24*time.Hour, "for all tests together")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := show(ctx, *scale, *only, *limit); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var errBroken = errors.New("a promise was not kept")

func show(ctx context.Context, scale, only string, limit time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "flowdesk-fault-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := filepath.Join(dir, "flowdesk")
	began := time.Now()
	build := exec.CommandContext(ctx, "go", "build", "-tags", "faults", "-o", binary, "./cmd/flowdesk")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	test := exec.CommandContext(ctx, "go", "test", "-tags", "faults", "-count=1", "-v", "-parallel", "3", "-timeout", limit.String(), "-run", only,
		"./internal/fault/promises", "-scale", scale, "-binary", binary)
	output, err := test.StdoutPipe()
	if err != nil {
		return err
	}
	test.Stderr = os.Stderr
	if err := test.Start(); err != nil {
		return err
	}
	rows, reading := figures.Read(output, os.Stderr)
	_, _ = io.Copy(io.Discard, output)
	failed := test.Wait()
	if err := figures.Table(os.Stdout, rows); err != nil {
		return err
	}
	fmt.Printf("%d rows in %s\n", len(rows), time.Since(began).Round(time.Second))
	if reading != nil {
		return reading
	}
	for _, row := range rows {
		if !row.Kept {
			failed = errBroken
		}
	}
	return failed
}
