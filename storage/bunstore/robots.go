package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type robotRow struct {
	bun.BaseModel `bun:"table:robots"`

	ID     string `bun:",pk"`
	Secret string
	Etag   int64
	Data   []byte
}

func (r *robotRow) record() (*storage.RobotRecord, error) {
	robot, err := decode(r.Data, &flowdeskv1.Robot{})
	if err != nil {
		return nil, err
	}
	robot.Etag = shownEtag(r.Etag)
	return &storage.RobotRecord{Robot: robot, WebhookSecret: r.Secret}, nil
}

// PutRobot implements storage.RobotStore.
func (s *Store) PutRobot(ctx context.Context, robot *storage.RobotRecord, etag string) error {
	return s.changeEnvironment(ctx, "put robot", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "robots", robot.Robot.GetId(), etag)
		if err != nil {
			return err
		}
		row := &robotRow{ID: clean(robot.Robot.GetId()), Secret: robot.WebhookSecret, Etag: next, Data: pack(encode(robot.Robot))}
		return upsert(ctx, tx, row, "secret = EXCLUDED.secret, etag = EXCLUDED.etag, data = EXCLUDED.data")
	})
}

// GetRobot implements storage.RobotStore.
func (s *Store) GetRobot(ctx context.Context, robot string) (*storage.RobotRecord, error) {
	row, err := one[robotRow](ctx, s, "get robot", "id = ?", robot)
	if err != nil {
		return nil, err
	}
	return row.record()
}

// ListRobots implements storage.RobotStore.
func (s *Store) ListRobots(ctx context.Context) ([]*storage.RobotRecord, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []robotRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, s.fail("list robots", err)
	}
	return messagesOf(rows, (*robotRow).record)
}

// DeleteRobot implements storage.RobotStore.
func (s *Store) DeleteRobot(ctx context.Context, robot string) error {
	return s.remove(ctx, "delete robot", "robots", robot, countEnvironment)
}
