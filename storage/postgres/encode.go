package postgres

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// wire is how a type travels.
type wire struct {
	name  string
	oid   uint32
	array uint32
}

var wires = [...]wire{
	bunstore.Text:  {"text", pgtype.TextOID, pgtype.TextArrayOID},
	bunstore.Int:   {"bigint", pgtype.Int8OID, pgtype.Int8ArrayOID},
	bunstore.Float: {"double precision", pgtype.Float8OID, pgtype.Float8ArrayOID},
	bunstore.Bytes: {"bytea", pgtype.ByteaOID, pgtype.ByteaArrayOID},
}

// encoder writes columns as arrays in PostgreSQL's binary form into memory that it reuses. The driver's own encoding would look at the type
// of each value several times.
type encoder struct {
	memory []byte
	ends   []int
	params [][]byte
}

// columns gives the arrays of a step's columns, valid until the next call.
func (e *encoder) columns(step *bunstore.Step) ([][]byte, error) {
	e.memory, e.ends, e.params = e.memory[:0], e.ends[:0], e.params[:0]
	width, count := len(step.Types), step.Rows()
	for column, t := range step.Types {
		e.uint32(1) // dimensions
		e.uint32(1) // there may be NULLs
		e.uint32(wires[t].oid)
		e.uint32(uint32(count))
		e.uint32(1) // the first index
		for row := range count {
			if err := e.value(t, step.Values[row*width+column]); err != nil {
				return nil, fmt.Errorf("%s, value %d: %w", step.Table, column+1, err)
			}
		}
		e.ends = append(e.ends, len(e.memory))
	}
	from := 0
	for _, end := range e.ends {
		e.params = append(e.params, e.memory[from:end:end])
		from = end
	}
	return e.params, nil
}

func (e *encoder) uint32(n uint32) { e.memory = binary.BigEndian.AppendUint32(e.memory, n) }

func (e *encoder) uint64(n uint64) {
	e.uint32(8)
	e.memory = binary.BigEndian.AppendUint64(e.memory, n)
}

var errType = errors.New("not what the statement takes")

func (e *encoder) value(t bunstore.Type, value driver.Value) error {
	switch v := value.(type) {
	case nil:
		e.uint32(math.MaxUint32) // NULL
		return nil
	case string:
		if t == bunstore.Text {
			v = storable(v)
			e.uint32(uint32(len(v)))
			e.memory = append(e.memory, v...)
			return nil
		}
	case int64:
		if t == bunstore.Int {
			e.uint64(uint64(v))
			return nil
		}
	case float64:
		if t == bunstore.Float {
			e.uint64(math.Float64bits(v))
			return nil
		}
	case []byte:
		if t == bunstore.Bytes {
			e.uint32(uint32(len(v)))
			e.memory = append(e.memory, v...)
			return nil
		}
	}
	return fmt.Errorf("a %T is %w", value, errType)
}

// storable is a text that PostgreSQL takes. One odd id must not fail the rows of others.
func storable(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
