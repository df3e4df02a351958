package postgres

import (
	"strconv"
	"strings"

	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// spelled is the one text of a statement for any number of rows. The rows come as an array for each column, so that the text is parsed and
// planned once, and 256 rows cost one message.
func spelled(s *bunstore.Statement) string {
	switch s.Verb {
	case bunstore.Insert:
		text := "INSERT INTO " + s.Table + " (" + strings.Join(s.Columns, ", ") + ") SELECT * FROM unnest(" + arrays(s.Types) + ") " + s.Conflict
		if s.Tells {
			text += " RETURNING " + s.Columns[0]
		}
		return text
	case bunstore.Copy:
		set, where := named(s)
		return "INSERT INTO " + s.Table + " (" + strings.Join(s.Columns, ", ") + ") SELECT " + set + " FROM " + s.From + ", " + rows(s) + " WHERE " +
			where + " " + s.Conflict
	case bunstore.Update:
		set, where := named(s)
		return "UPDATE " + s.Table + " SET " + set + " FROM " + rows(s) + " WHERE " + where + told(s)
	case bunstore.Delete:
		_, where := named(s)
		return "DELETE FROM " + s.Table + " USING " + rows(s) + " WHERE " + where + told(s)
	case bunstore.Look, bunstore.Lock:
		set, where := named(s)
		text := "SELECT v.n, " + set + " FROM " + s.Table + ", " + rows(s) + " WHERE " + where
		if s.Verb == bunstore.Lock {
			text += " ORDER BY v.n FOR SHARE OF " + s.Table // one order for all who lock them
		}
		return text
	default:
		return ""
	}
}

func told(s *bunstore.Statement) string {
	if s.Tells {
		return " RETURNING v.n"
	}
	return ""
}

// rows are the arrays as a table v with a column for each mark, and the number of the row.
func rows(s *bunstore.Statement) string {
	columns := make([]string, 0, len(s.Types)+1)
	for i := range s.Types {
		columns = append(columns, "p"+strconv.Itoa(i+1))
	}
	return "unnest(" + arrays(s.Types) + ") WITH ORDINALITY AS v(" + strings.Join(append(columns, "n"), ", ") + ")"
}

func arrays(types []bunstore.Type) string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = "$" + strconv.Itoa(i+1) + "::" + wires[t].name + "[]"
	}
	return strings.Join(out, ", ")
}

// named puts the columns of v in the place of the marks.
func named(s *bunstore.Statement) (set, where string) {
	n := 0
	name := func(text string) string {
		var out strings.Builder
		for i, part := range strings.Split(text, "?") {
			if i > 0 {
				n++
				out.WriteString("v.p" + strconv.Itoa(n))
			}
			out.WriteString(part)
		}
		return out.String()
	}
	set = name(s.Set)
	return set, name(s.Where)
}
