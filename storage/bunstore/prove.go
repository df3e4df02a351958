package bunstore

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/uptrace/bun"
)

// What is written to find out whether anything can be stored stands among the answers to requests for a moment.
const (
	proveMethod = "flowdesk.prove"
	proveSize   = 16 << 10 // more than a turn takes, so that a disk which has room for this has room for one
)

// Prove implements storage.Store. What it writes cannot be compressed, takes new pages, and is taken away again.
func (s *Store) Prove(ctx context.Context) error {
	data := make([]byte, proveSize)
	_, _ = rand.Read(data) // never fails
	err := s.change(ctx, "prove that something can be stored", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&requestRow{Method: proveMethod, ID: rand.Text(), Time: micros(time.Now()), Answer: pack(data)}).Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return s.change(ctx, "take a proof away", func(ctx context.Context, tx bun.Tx) error { // those of processes that ended in between, too
		_, err := tx.NewDelete().TableExpr("requests").Where("method = ?", proveMethod).Exec(ctx)
		return err
	})
}
