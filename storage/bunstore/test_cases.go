package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type testCaseRow struct {
	bun.BaseModel `bun:"table:test_cases"`

	Flow       string `bun:",pk"`
	ID         string `bun:",pk"`
	CreateTime int64
	UpdateTime int64
	Data       []byte
}

func testCaseRowOf(flow string, c *flowdeskv1.TestCase) *testCaseRow {
	return &testCaseRow{
		Flow: clean(flow), ID: clean(c.GetId()), CreateTime: zeroed(c.GetCreateTime()), UpdateTime: zeroed(c.GetUpdateTime()),
		Data: pack(encode(&flowdeskv1.TestCase{Title: c.GetTitle(), Description: c.GetDescription(), Setup: c.GetSetup(), Steps: c.GetSteps()})),
	}
}

func (r *testCaseRow) message() (*flowdeskv1.TestCase, error) {
	c, err := decode(r.Data, &flowdeskv1.TestCase{})
	if err != nil {
		return nil, err
	}
	c.Id, c.CreateTime, c.UpdateTime = r.ID, timestamp(r.CreateTime), timestamp(r.UpdateTime)
	return c, nil
}

// CreateTestCase implements storage.TestCaseStore.
func (s *Store) CreateTestCase(ctx context.Context, flow string, testCase *flowdeskv1.TestCase) error {
	row := testCaseRowOf(flow, testCase)
	return s.change(ctx, "create test case", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("test case %s of flow %s: %w", row.ID, row.Flow, storage.ErrExists)
		}
		return nil
	})
}

// UpdateTestCase implements storage.TestCaseStore.
func (s *Store) UpdateTestCase(ctx context.Context, flow string, testCase *flowdeskv1.TestCase) error {
	row := testCaseRowOf(flow, testCase)
	return s.change(ctx, "update test case", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewUpdate().Model(row).Column("update_time", "data").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("test case %s of flow %s: %w", row.ID, row.Flow, storage.ErrNotFound)
		}
		return nil
	})
}

// GetTestCase implements storage.TestCaseStore.
func (s *Store) GetTestCase(ctx context.Context, flow, testCase string) (*flowdeskv1.TestCase, error) {
	row, err := one[testCaseRow](ctx, s, "get test case", "flow = ? AND id = ?", flow, testCase)
	if err != nil {
		return nil, err
	}
	return row.message()
}

// ListTestCases implements storage.TestCaseStore.
func (s *Store) ListTestCases(ctx context.Context, flow string, page storage.Page) ([]*flowdeskv1.TestCase, string, error) {
	l := &listing{filter: flow, page: page, keys: byID("id"), ascending: true}
	l.and("flow = ?", flow)
	rows, next, err := list(ctx, s, "list test cases", l, func(r *testCaseRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	cases, err := messagesOf(rows, (*testCaseRow).message)
	return cases, next, err
}

// DeleteTestCase implements storage.TestCaseStore.
func (s *Store) DeleteTestCase(ctx context.Context, flow, testCase string) error {
	return s.change(ctx, "delete test case", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*testCaseRow)(nil)).Where("flow = ? AND id = ?", clean(flow), clean(testCase)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("test case %s of flow %s: %w", testCase, flow, storage.ErrNotFound)
		}
		return nil
	})
}
