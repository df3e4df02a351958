package bunstore

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// Type is what values a column or a mark takes. NULL goes with each.
type Type byte

// The types of the hot path.
const (
	Text  Type = iota // string
	Int               // int64
	Float             // float64
	Bytes             // []byte
)

var typeNames = map[string]Type{"text": Text, "int": Int, "float": Float, "bytes": Bytes}

// Verb is what a statement does with each of its rows.
type Verb byte

// The verbs of the hot path.
const (
	Insert Verb = iota // inserts the row into Table
	Update             // UPDATE Table SET Set WHERE Where
	Delete             // DELETE FROM Table WHERE Where
	Look               // SELECT Set FROM Table WHERE Where: one text
	Lock               // Look, and no other transaction may change what was found until this one ends
	Copy               // INSERT INTO Table (Columns) SELECT Set FROM From WHERE Where
)

// Statement is one statement of the hot path, written once for all databases: each spells it in its own way and takes it with any number of
// rows. No statement is given two rows that mean the same row of its table.
type Statement struct {
	Verb     Verb
	Table    string
	From     string   // of a Copy
	Columns  []string // of an Insert or a Copy
	Types    []Type   // of the columns, or of the marks in Set and then in Where
	Set      string   // with ? for values
	Where    string   // with ? for values; columns of the table stand without its name
	Conflict string   // ends an Insert or a Copy
	// Tells asks for Step.Found. For an Insert the first column must then be a text and differ from row to row.
	Tells bool
}

// Step is a statement with its rows.
type Step struct {
	*Statement
	Values []driver.Value // one row after the other

	// Changed is how many rows were inserted, changed or found.
	Changed int64
	// Found has a text for each row if the statement tells: what Look selected; for other verbs any text where the row was inserted or
	// changed. It is empty where it was not.
	Found []string
}

// Rows is how many rows the step has.
func (s *Step) Rows() int { return len(s.Values) / len(s.Types) }

// Run runs steps in their order.
type Run func(steps ...*Step) error

// Transactor runs the transactions of commits, one at a time.
type Transactor interface {
	// Transact runs f in a transaction that is going to write, and commits it unless f fails. It may call f again for a transaction that
	// came to nothing; f then begins anew. When it is not known whether the transaction was committed, the error wraps storage.ErrUnknown.
	// Once begun, a transaction does not end with its context.
	Transact(ctx context.Context, f func(Run) error) error
	// Close frees what the transactor keeps.
	Close() error
}

// insertInto is a statement that inserts rows; columns are names with types.
func insertInto(table, columns, conflict string) *Statement {
	s := &Statement{Verb: Insert, Table: table, Conflict: conflict}
	for column := range strings.SplitSeq(columns, ",") {
		words := strings.Fields(column)
		s.Columns = append(s.Columns, words[0])
		s.Types = append(s.Types, typeNamed(words[1]))
	}
	return s
}

// mark gives a text with the types of its marks, ?int for an Int, as a text with bare marks, and the types.
func mark(text string) (string, []Type) {
	var types []Type
	parts := strings.Split(text, "?")
	for i, part := range parts[1:] {
		end := strings.IndexFunc(part, func(r rune) bool { return r < 'a' || r > 'z' })
		if end < 0 {
			end = len(part)
		}
		types = append(types, typeNamed(part[:end]))
		parts[i+1] = part[end:]
	}
	return strings.Join(parts, "?"), types
}

func typeNamed(name string) Type {
	t, ok := typeNames[name]
	if !ok {
		panic(fmt.Sprintf("statement with a value of type %q", name)) //nolint:forbidigo // a programmer's error, at start
	}
	return t
}

// changing is a statement that changes rows.
func changing(verb Verb, table, set, where string) *Statement {
	s := &Statement{Verb: verb, Table: table, Tells: verb == Look || verb == Lock}
	var more []Type
	s.Set, s.Types = mark(set)
	s.Where, more = mark(where)
	s.Types = append(s.Types, more...)
	return s
}

func (s *Statement) telling() *Statement {
	s.Tells = true
	return s
}
