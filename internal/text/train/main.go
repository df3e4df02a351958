// Command train learns the linear model of package text from the templates in train/data and writes text/data/model.bin. Equal
// input gives equal bytes. Run it from the root: go run ./internal/text/train
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/flowdesk/flowdesk/internal/text"
	"github.com/flowdesk/flowdesk/internal/text/linear"
)

func main() {
	root := flag.String("root", "internal/text", "directory of package text")
	flag.Parse()
	if err := run(*root); err != nil {
		log.Fatal(err)
	}
}

// settings were chosen on the development file; see docs/text.md.
func settings() linear.Settings {
	return linear.Settings{Epochs: 8, Rate: 0.08, Decay: 2e-5, Seen: 4, Keep: 0.07, Drop: 0.3, Seed: 20, Runs: 4}
}

func run(root string) error {
	data := os.DirFS(root + "/data")
	u, err := text.New(text.Options{Data: data})
	if err != nil {
		return err
	}
	lines, err := readCorpus(os.DirFS(root + "/train/data"))
	if err != nil {
		return err
	}
	lines = append(lines, compose(lines)...)
	examples := make([]linear.Example, len(lines))
	for i, l := range lines {
		examples[i] = linear.Example{Features: u.Features(l.text), Gold: l.gold, Weight: l.weight}
	}
	packed, err := linear.Train(examples, text.Heads(), settings())
	if err != nil {
		return err
	}
	if err := os.WriteFile(root+"/data/model.bin", packed, 0o644); err != nil { //nolint:gosec // a file of the source tree
		return fmt.Errorf("write model: %w", err)
	}
	m, err := linear.Decode(packed)
	if err != nil {
		return err
	}
	fmt.Printf("%d texts, %d features kept, %d bytes\n", len(lines), m.Size(), len(packed))
	return nil
}
