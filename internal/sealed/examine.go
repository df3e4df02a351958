package sealed

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// sealedTexts are one sealed text of each robot and each secret, with the places that they are sealed for.
var sealedTexts = []string{
	"SELECT 'robots/' || id || '/webhook' AS place, secret FROM robots",
	"SELECT 'secrets/' || id AS place, sealed FROM secrets",
}

// Examine tries a ring on what is sealed in a database, changes nothing, and reports how many robots and secrets it opens. The error is a sentence
// with its remedy.
func Examine(ctx context.Context, db *sql.DB, ring *Ring) (opened int, err error) {
	for _, query := range sealedTexts {
		n, err := examine(ctx, db, ring, query)
		if opened += n; err != nil {
			return opened, err
		}
	}
	return opened, nil
}

func examine(ctx context.Context, db *sql.DB, ring *Ring, query string) (opened int, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		if strings.Contains(err.Error(), "no such table") { // SQLite's schema is brought up to date by the start
			return 0, nil
		}
		return 0, fmt.Errorf("read what is sealed: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var place, text string
		if err := rows.Scan(&place, &text); err != nil {
			return opened, fmt.Errorf("read what is sealed: %w", err)
		}
		if _, err := ring.Open(place, text); err != nil {
			return opened, err
		}
		if _, _, is := split(text); is {
			opened++
		}
	}
	return opened, rows.Err()
}
