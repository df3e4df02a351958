package cli

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// column is one column of a list.
type column[T proto.Message] struct {
	title string
	cell  func(T) string
}

// col makes a column.
func col[T proto.Message](title string, cell func(T) string) column[T] {
	return column[T]{title, cell}
}

// largestPage is how many rows are asked for at once; the server gives no more.
const largestPage = 500

// list fetches pages until there are enough rows, and writes them. For programs it is the API's own answer, its pages joined.
func list[T proto.Message](sh *Shell, limit int, fetch func(size int32, token string) (proto.Message, error), columns ...column[T]) error {
	if limit < 0 {
		return sh.usage("--limit must not be negative")
	}
	var all proto.Message
	token, got := "", 0
	for {
		size := largestPage
		if limit > 0 {
			size = min(size, limit-got)
		}
		answer, err := fetch(int32(size), token)
		if err != nil {
			return err
		}
		rows := rowsOf(answer)
		got += answer.ProtoReflect().Get(rows).List().Len()
		if all == nil {
			all = answer
		} else {
			proto.Merge(all, answer) // lists are joined, the token is replaced
		}
		m := answer.ProtoReflect()
		if token = m.Get(m.Descriptor().Fields().ByName("next_page_token")).String(); token == "" || limit > 0 && got >= limit {
			break
		}
	}
	if token != "" {
		defer sh.notice("there is more; --limit shows it (0 for all)")
	} else {
		m := all.ProtoReflect()
		m.Clear(m.Descriptor().Fields().ByName("next_page_token"))
	}
	return writeList(sh, all, columns)
}

func writeList[T proto.Message](sh *Shell, all proto.Message, columns []column[T]) error {
	items := itemsOf[T](all)
	switch {
	case sh.remote.Output == "jsonl" || sh.remote.Output == "name":
		for _, item := range items {
			if err := sh.emit(item); err != nil {
				return err
			}
		}
		return nil
	case sh.forPrograms():
		return sh.emit(all)
	case len(items) == 0:
		sh.notice("nothing found")
		return nil
	}
	titles := make([]string, 0, len(columns))
	for _, c := range columns {
		titles = append(titles, sh.say(c.title))
	}
	var rows [][]string
	for _, item := range items {
		row := make([]string, 0, len(columns))
		for _, c := range columns {
			row = append(row, c.cell(item))
		}
		rows = append(rows, row)
	}
	return sh.write(table(titles, rows, sh.sys.Width))
}

// rowsOf is the field of a list's answer that holds the things listed.
func rowsOf(answer proto.Message) protoreflect.FieldDescriptor {
	fields := answer.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.IsList() && f.Message() != nil {
			return f
		}
	}
	return nil
}

func itemsOf[T proto.Message](answer proto.Message) []T {
	found := answer.ProtoReflect().Get(rowsOf(answer)).List()
	items := make([]T, 0, found.Len())
	for i := range found.Len() {
		if item, ok := found.Get(i).Message().Interface().(T); ok {
			items = append(items, item)
		}
	}
	return items
}
