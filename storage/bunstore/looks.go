package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type lookRow struct {
	bun.BaseModel `bun:"table:list_looks"`

	Owner string `bun:",pk"`
	List  string `bun:",pk"`
	Data  []byte
}

// ListLooks implements storage.AccessStore.
func (s *Store) ListLooks(ctx context.Context, owner string) ([]*flowdeskv1.ListLook, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []lookRow
	if err := s.read.NewSelect().Model(&rows).Where("owner = ?", clean(owner)).OrderExpr("list").Scan(ctx); err != nil {
		return nil, s.fail("list looks", err)
	}
	return messagesOf(rows, func(r *lookRow) (*flowdeskv1.ListLook, error) { return decode(r.Data, &flowdeskv1.ListLook{}) })
}

// PutLook implements storage.AccessStore.
func (s *Store) PutLook(ctx context.Context, owner string, look *flowdeskv1.ListLook) error {
	return s.change(ctx, "put look", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&lookRow{Owner: clean(owner), List: clean(look.GetList()), Data: pack(encode(look))}).
			On("CONFLICT (owner, list) DO UPDATE").Set("data = EXCLUDED.data").Exec(ctx)
		return err
	})
}
