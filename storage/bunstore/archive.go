package bunstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/flowdesk/flowdesk/storage"
)

func columns(names []string) string { return strings.Join(names, ", ") }

// keys reads the keys of rows.
func (s *Store) keys(ctx context.Context, query string, width int, args ...any) (keys [][]any, err error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		key, into := make([]any, width), make([]any, width)
		for i := range key {
			into[i] = &key[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// among is a condition for the rows with these keys.
func among(names []string, keys [][]any) (string, []any) {
	mark := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	args := make([]any, 0, len(keys)*len(names))
	for _, key := range keys {
		args = append(args, key...)
	}
	return "(" + columns(names) + ") IN (VALUES " + strings.TrimSuffix(strings.Repeat(mark+", ", len(keys)), ", ") + ")", args
}

// packedColumns hold what pack made.
var packedColumns = map[string]bool{"data": true, "rest": true, "answer": true}

// archive gives the rows of a query to the archive, some at a time.
func (s *Store) archive(ctx context.Context, table, query string, args []any, limit int, archive storage.ArchiveFunc) (err error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	var lines [][]byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		line, err := archived(names, values)
		if err != nil {
			return err
		}
		if lines = append(lines, line); len(lines) == limit {
			if err := archive(table, lines); err != nil {
				return err
			}
			lines = nil
		}
	}
	if err := rows.Err(); err != nil || len(lines) == 0 {
		return err
	}
	return archive(table, lines)
}

// archived is a row as JSON, without what is NULL.
func archived(names []string, values []any) ([]byte, error) {
	row := make(map[string]any, len(names))
	for i, name := range names {
		data, isData := values[i].([]byte)
		switch {
		case values[i] == nil:
		case isData && packedColumns[name]:
			plain, err := unpack(data)
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", name, err)
			}
			row[name] = plain
		case isData: // a text
			row[name] = string(data)
		default:
			row[name] = values[i]
		}
	}
	return json.Marshal(row)
}
