package migrations

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/storage/sorting"
)

// Lists by name stand as readers expect, by pinyin, by a key that is kept beside the name.
var sortKeysUp = []string{
	`ALTER TABLE flow_definitions ADD COLUMN sort_key TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE groups ADD COLUMN sort_key TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE people ADD COLUMN sort_key TEXT NOT NULL DEFAULT ''`,
}

var sortKeysDown = []string{
	`ALTER TABLE people DROP COLUMN sort_key`, `ALTER TABLE groups DROP COLUMN sort_key`, `ALTER TABLE flow_definitions DROP COLUMN sort_key`,
}

// fillSortKeys gives every name that is there already its key.
func fillSortKeys(ctx context.Context, tx bun.Tx) error {
	for table, name := range map[string]string{"flow_definitions": "title", "groups": "title", "people": "names"} {
		var rows []struct{ ID, Name string }
		if err := tx.NewRaw("SELECT id, COALESCE(?, '') AS name FROM ?", bun.Ident(name), bun.Ident(table)).Scan(ctx, &rows); err != nil {
			return fmt.Errorf("names of %s: %w", table, err)
		}
		for _, row := range rows {
			title, _, _ := strings.Cut(row.Name, "\n") // people's names begin with the one that is shown
			if _, err := tx.NewRaw("UPDATE ? SET sort_key = ? WHERE id = ?", bun.Ident(table), sorting.Key(title), row.ID).Exec(ctx); err != nil {
				return fmt.Errorf("sort key of %s %s: %w", table, row.ID, err)
			}
		}
	}
	return nil
}
