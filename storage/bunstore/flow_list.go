package bunstore

import (
	"context"
	"strings"

	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// How many drafts are read for a text: at once, and for one page.
const (
	flowsAtOnce = 50
	flowsLooked = 1000
)

// ListFlows implements storage.FlowStore.
func (s *Store) ListFlows(ctx context.Context, filter storage.FlowFilter, page storage.Page) ([]*flowdeskv1.Flow, string, error) {
	if filter.Text == "" {
		rows, next, err := s.flowRows(ctx, filter, page)
		if err != nil {
			return nil, "", err
		}
		out, err := messagesOf(rows, (*flowRow).head)
		return out, next, err
	}
	var found []flowRow
	from := storage.Page{Size: flowsAtOnce, Token: page.Token}
	for looked := flowsAtOnce; ; looked += flowsAtOnce {
		rows, next, err := s.flowRows(ctx, filter, from)
		if err != nil {
			return nil, "", err
		}
		for i := range rows {
			holds, err := rows[i].holds(filter.Text)
			if err != nil {
				return nil, "", err
			}
			if !holds {
				continue
			}
			if found = append(found, rows[i]); len(found) > page.Limit() { // one more than asked tells that there is a next page
				found = found[:page.Limit()]
				out, err := messagesOf(found, (*flowRow).head)
				return out, storage.EncodeToken(filter, flowKeys(filter)(&found[len(found)-1])...), err
			}
		}
		if from.Token = next; next == "" || looked >= flowsLooked {
			out, err := messagesOf(found, (*flowRow).head)
			return out, next, err
		}
	}
}

// flowRows are flows with their drafts, in the order asked for, whatever their texts.
func (s *Store) flowRows(ctx context.Context, filter storage.FlowFilter, page storage.Page) ([]flowRow, string, error) {
	l := &listing{filter: filter, page: page, ascending: filter.Order.Reverse}
	switch filter.Order.By {
	case storage.FlowCreated:
		l.keys = []key{{"create_time", true}, {"id", false}}
	case storage.FlowChanged:
		l.keys = []key{{"update_time", true}, {"id", false}}
	case storage.FlowTitle:
		l.keys, l.ascending = []key{{"sort_key", false}, {"id", false}}, !filter.Order.Reverse
	}
	if filter.Active != nil {
		if *filter.Active {
			l.and("active_version > 0")
		} else {
			l.and("active_version = 0")
		}
	}
	if filter.Label != "" {
		s.like(l, "'\n' || labels || '\n'", "\n"+filter.Label+"\n")
	}
	return list(ctx, s, "list flows", l, flowKeys(filter))
}

// flowKeys gives the keys of a row in the order of a list.
func flowKeys(filter storage.FlowFilter) func(*flowRow) []string {
	return func(r *flowRow) []string {
		switch filter.Order.By {
		case storage.FlowTitle:
			return []string{r.SortKey, r.ID}
		case storage.FlowChanged:
			return []string{decimal(r.UpdateTime), r.ID}
		default:
			return []string{decimal(r.CreateTime), r.ID}
		}
	}
}

// holds reports whether a text stands in the flow's id or anywhere in its draft.
func (r *flowRow) holds(part string) (bool, error) {
	part = strings.ToLower(clean(part))
	if strings.Contains(strings.ToLower(r.ID), part) || strings.Contains(strings.ToLower(r.Title), part) {
		return true, nil
	}
	flow, err := r.message()
	if err != nil {
		return false, err
	}
	found := false
	err = protorange.Range(flow.GetDefinition().ProtoReflect(), func(v protopath.Values) error {
		text, ok := v.Index(-1).Value.Interface().(string)
		if found = ok && strings.Contains(strings.ToLower(text), part); found {
			return protorange.Terminate
		}
		return nil
	})
	return found, err
}
