package sqlite

import (
	"strings"

	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// insertSizes are how many insert statements a table has: for 1, 2, 4, 8, 16 and 32 rows. More rows in one statement gain nothing.
const insertSizes = 6

// spelled are the texts of a statement: for an Insert those for 1, 2, 4 … rows, else the one for one row.
func spelled(s *bunstore.Statement) []string {
	switch s.Verb {
	case bunstore.Insert:
		texts := make([]string, insertSizes)
		for size := range texts {
			texts[size] = insert(s, 1<<size)
		}
		return texts
	case bunstore.Copy:
		return []string{"INSERT INTO " + s.Table + " (" + strings.Join(s.Columns, ", ") + ") SELECT " + s.Set + " FROM " + s.From + " WHERE " + s.Where +
			" " + s.Conflict}
	case bunstore.Update:
		return []string{"UPDATE " + s.Table + " SET " + s.Set + " WHERE " + s.Where}
	case bunstore.Delete:
		return []string{"DELETE FROM " + s.Table + " WHERE " + s.Where}
	case bunstore.Look, bunstore.Lock: // one that writes locks everything
		return []string{"SELECT " + s.Set + " FROM " + s.Table + " WHERE " + s.Where}
	default:
		return nil
	}
}

// insert says OR IGNORE for ON CONFLICT DO NOTHING. The two do the same for keys, but a statement that ends in the latter may still abort
// half way for a missing value, and for that SQLite keeps copies of all pages that its rows touch.
func insert(s *bunstore.Statement, rows int) string {
	verb, conflict := "INSERT INTO ", " "+s.Conflict
	if s.Conflict == "ON CONFLICT DO NOTHING" {
		verb, conflict = "INSERT OR IGNORE INTO ", ""
	}
	row := "(" + strings.Repeat("?,", len(s.Columns)-1) + "?)"
	return verb + s.Table + " (" + strings.Join(s.Columns, ", ") + ") VALUES " + strings.Repeat(row+",", rows-1) + row + conflict
}
