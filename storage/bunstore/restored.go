package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// The mark of a restored database stands among the answers to requests.
const (
	restoredMethod = "flowdesk.restore"
	restoredID     = "gap"
)

// MarkRestored notes that the database was restored from a backup and that the server which it was taken from worked until a time. Commands that
// may have left between the two are doubtful from now on: found in state sending they are looked up, and storage.RestoredReason says that they
// must not be sent again. With byHand those are doubtful, too, that were not due by then: a person may have sent them ahead of their time. It may be
// called again.
func (s *Store) MarkRestored(ctx context.Context, ended time.Time, byHand bool) (*storage.Restored, error) {
	out := &storage.Restored{}
	err := s.change(ctx, "mark a restored database", func(ctx context.Context, tx bun.Tx) error {
		var last sql.NullInt64
		if err := tx.NewSelect().TableExpr("sessions").ColumnExpr("max(update_time)").Scan(ctx, &last); err != nil {
			return err
		}
		if last.Valid {
			out.Since = time.UnixMicro(last.Int64).UTC()
		}
		sending, reason := int64(flowdeskv1.CommandState_COMMAND_STATE_SENDING), storage.RestoredReason
		waiting := []int64{int64(flowdeskv1.CommandState_COMMAND_STATE_QUEUED), int64(flowdeskv1.CommandState_COMMAND_STATE_DELAYED)}
		due := tx.NewUpdate().TableExpr("robot_command_queue").
			Set("state = ?", sending).Set("attempts = attempts + 1").Set("reason = ?", reason).Set("sent_time = ?", last.Int64).
			Set("revision = revision + 1").Where("state IN (?)", bun.List(waiting))
		if !byHand {
			due = due.Where("send_time IS NULL OR send_time <= ?", micros(ended))
		}
		doubtful, err := due.Exec(ctx)
		if err != nil {
			return err
		}
		later, err := tx.NewSelect().TableExpr("robot_command_queue").Where("state IN (?)", bun.List(waiting)).Count(ctx)
		if err != nil {
			return err
		}
		out.Later = later
		sent, err := tx.NewUpdate().TableExpr("robot_command_queue").Set("reason = ?", reason).Set("revision = revision + 1").
			Where("state IN (?, ?)", sending, int64(flowdeskv1.CommandState_COMMAND_STATE_SENT)).Where("reason IS NULL OR reason <> ?", reason).Exec(ctx)
		if err != nil {
			return err
		}
		out.Doubtful, _ = doubtful.RowsAffected() // both drivers count
		out.Sent, _ = sent.RowsAffected()
		if _, err := tx.NewDelete().TableExpr("requests").Where("method = ? AND id = ?", restoredMethod, restoredID).Exec(ctx); err != nil {
			return err
		}
		row := &requestRow{Method: restoredMethod, ID: restoredID, Time: micros(ended), Answer: pack([]byte(ended.UTC().Format(time.RFC3339Nano)))}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	return out, err
}

// RestoredUntil is until when another server answered what this database does not know of, because it was restored from an older backup; the
// zero time when it was not.
func (s *Store) RestoredUntil(ctx context.Context) (time.Time, error) {
	answer, err := s.GetRequest(ctx, restoredMethod, restoredID)
	if errors.Is(err, storage.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	until, err := time.Parse(time.RFC3339Nano, string(answer))
	if err != nil {
		return time.Time{}, fmt.Errorf("mark of a restored database: %w", err)
	}
	return until, nil
}
