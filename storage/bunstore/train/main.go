// Command train makes the dictionary with which turns are packed, from the turns of databases of a working desk:
//
//	flowdesk bench --scenario closed --dir DIR
//	flowdesk dev --data-dir DEMO
//	go run ./storage/bunstore/train storage/bunstore/dictionary/turns3.s2 DIR/*/flowdesk.db DEMO/flowdesk.db
//
// What is stored was packed with the dictionary that was built in: a better one is a new file with the next number.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/klauspost/compress/dict"

	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

const (
	dictionarySize = 32 << 10
	sampleTurns    = 6000 // of each database
	turnsEach      = 300  // of each session
	hashBytes      = 8    // what the program's messages share is long: 6 gives a dictionary with which turns are a tenth larger
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: train OUTPUT DATABASE, and more databases")
	}
	var turns [][]byte
	for _, file := range args[1:] {
		some, err := sample(ctx, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		turns = append(turns, some...)
	}
	made, err := dict.BuildS2Dict(turns, dict.Options{MaxDictSize: dictionarySize, HashBytes: hashBytes})
	if err != nil {
		return err
	}
	fmt.Printf("%d turns, %d bytes of dictionary\n", len(turns), len(made))
	return os.WriteFile(args[0], made, 0o644)
}

// sample reads the turns of a database, session by session.
func sample(ctx context.Context, file string) ([][]byte, error) {
	store, err := sqlite.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	var turns [][]byte
	page := storage.Page{Size: storage.MaxPageSize}
	for {
		sessions, next, err := store.ListSessions(ctx, storage.SessionFilter{}, page)
		if err != nil {
			return nil, err
		}
		for _, session := range sessions {
			for version := int64(0); version < turnsEach; version++ {
				turn, err := store.GetTurn(ctx, session.GetId(), version)
				if err != nil {
					break
				}
				if turns = append(turns, turn); len(turns) == sampleTurns {
					return turns, nil
				}
			}
		}
		if page.Token = next; next == "" {
			return turns, nil
		}
	}
}
