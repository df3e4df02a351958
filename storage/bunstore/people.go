package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sorting"
)

type personRow struct {
	bun.BaseModel `bun:"table:people"`

	ID         string `bun:",pk"`
	Role, Etag int64
	Names      string
	SortKey    string
	Data       []byte
}

func (r *personRow) person() (*flowdeskv1.Person, error) {
	p, err := decode(r.Data, &flowdeskv1.Person{})
	p.Etag = shownEtag(r.Etag)
	return p, err
}

// PutPerson implements storage.DirectoryStore.
func (s *Store) PutPerson(ctx context.Context, person *flowdeskv1.Person, etag string) error {
	return s.changeEnvironment(ctx, "put person", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "people", person.GetId(), etag)
		if err != nil {
			return err
		}
		names := append([]string{person.GetTitle()}, person.GetNames()...)
		for _, name := range person.GetGroupNames() {
			names = append(names, name.GetTitle())
		}
		row := &personRow{
			ID: clean(person.GetId()), Role: int64(person.GetRole()), SortKey: sorting.Key(clean(person.GetTitle())), Names: clean(strings.Join(names, "\n")), Etag: next, Data: pack(encode(person)),
		}
		return upsert(ctx, tx, row, "role = EXCLUDED.role, sort_key = EXCLUDED.sort_key, names = EXCLUDED.names, etag = EXCLUDED.etag, data = EXCLUDED.data")
	})
}

// GetPerson implements storage.DirectoryStore.
func (s *Store) GetPerson(ctx context.Context, person string) (*flowdeskv1.Person, error) {
	row, err := one[personRow](ctx, s, "get person", "id = ?", person)
	if err != nil {
		return nil, err
	}
	return row.person()
}

// ListPeople implements storage.DirectoryStore.
func (s *Store) ListPeople(ctx context.Context, filter storage.PersonFilter, page storage.Page) ([]*flowdeskv1.Person, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: !filter.Reverse, all: true}
	keys := func(r *personRow) []string { return []string{r.ID} }
	if filter.ByName {
		l.keys = []key{{column: "sort_key"}, {column: "id"}}
		keys = func(r *personRow) []string { return []string{r.SortKey, r.ID} }
	}
	l.number("role", int64(filter.Role))
	s.like(l, "names", filter.Name)
	rows, next, err := list(ctx, s, "list people", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*personRow).person)
	return out, next, err
}

// DeletePerson implements storage.DirectoryStore.
func (s *Store) DeletePerson(ctx context.Context, person string) error {
	return s.remove(ctx, "delete person", "people", person, countEnvironment)
}

type presenceRow struct {
	bun.BaseModel `bun:"table:staff_status,alias:staff_status"`

	Person   string `bun:",pk"`
	ActiveAt int64
	Data     []byte
}

// ListPresence implements storage.DirectoryStore.
func (s *Store) ListPresence(ctx context.Context) ([]*flowdeskv1.PresenceFact, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []presenceRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("person").Scan(ctx); err != nil {
		return nil, s.fail("list presence", err)
	}
	return messagesOf(rows, func(r *presenceRow) (*flowdeskv1.PresenceFact, error) {
		return decode(r.Data, &flowdeskv1.PresenceFact{})
	})
}

// PutPresence implements storage.DirectoryStore.
func (s *Store) PutPresence(ctx context.Context, p *flowdeskv1.PresenceFact) error {
	return s.changeEnvironment(ctx, "put presence", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&presenceRow{Person: clean(p.GetPerson()), ActiveAt: zeroed(p.GetActiveAt()), Data: pack(encode(p))}).
			On("CONFLICT (person) DO UPDATE").Set("active_at = EXCLUDED.active_at, data = EXCLUDED.data").
			Where("EXCLUDED.active_at >= staff_status.active_at").Exec(ctx)
		return err
	})
}
