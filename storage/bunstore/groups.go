package bunstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sorting"
)

type groupRow struct {
	bun.BaseModel `bun:"table:groups"`

	ID           string `bun:",pk"`
	Title        string
	SortKey      string
	Review, Etag int64
	Data         []byte
}

func (r *groupRow) group() (*flowdeskv1.Group, error) {
	g, err := decode(r.Data, &flowdeskv1.Group{})
	g.Etag = shownEtag(r.Etag)
	return g, err
}

type aliasRow struct {
	bun.BaseModel `bun:"table:group_aliases"`

	Robot   string `bun:",pk"`
	Name    string `bun:",pk"`
	GroupID string
}

// aliasName is what identifies an alias at its robot: the remark when there is one, else the name.
func aliasName(a *flowdeskv1.GroupAlias) string {
	if a.GetRemark() != "" {
		return clean(a.GetRemark())
	}
	return clean(a.GetTitle())
}

// PutGroup implements storage.DirectoryStore.
func (s *Store) PutGroup(ctx context.Context, group *flowdeskv1.Group, etag string) error {
	return s.changeEnvironment(ctx, "put group", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "groups", group.GetId(), etag)
		if err != nil {
			return err
		}
		return putGroup(ctx, tx, group, next)
	})
}

func putGroup(ctx context.Context, tx bun.Tx, group *flowdeskv1.Group, etag int64) error {
	row := &groupRow{
		ID: clean(group.GetId()), Title: clean(group.GetTitle()), SortKey: sorting.Key(clean(group.GetTitle())), Etag: etag, Review: flag(group.GetReview()), Data: pack(encode(group)),
	}
	if err := upsert(ctx, tx, row, "title = EXCLUDED.title, sort_key = EXCLUDED.sort_key, etag = EXCLUDED.etag, review = EXCLUDED.review, data = EXCLUDED.data"); err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model((*aliasRow)(nil)).Where("group_id = ?", row.ID).Exec(ctx); err != nil {
		return err
	}
	own := make(map[aliasRow]bool, len(group.GetAliases()))
	for _, a := range group.GetAliases() {
		alias := aliasRow{Robot: clean(a.GetRobot()), Name: aliasName(a), GroupID: row.ID}
		if own[alias] {
			continue
		}
		own[alias] = true
		result, err := tx.NewInsert().Model(&alias).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("alias %s of robot %s: %w", alias.Name, alias.Robot, storage.ErrExists))
		}
	}
	return nil
}

// MeetGroup implements storage.DirectoryStore.
func (s *Store) MeetGroup(ctx context.Context, names []string, decide func([]*flowdeskv1.Group) *flowdeskv1.Group) (groups []*flowdeskv1.Group, err error) {
	err = s.change(ctx, "meet group", func(ctx context.Context, tx bun.Tx) error {
		var rows []groupRow
		if err := tx.NewSelect().Model(&rows).Where("id IN (SELECT group_id FROM group_aliases WHERE name IN (?))", bun.List(cleanTexts(names))).
			OrderExpr("id").Scan(ctx); err != nil {
			return err
		}
		var err error
		if groups, err = messagesOf(rows, (*groupRow).group); err != nil {
			return err
		}
		group := decide(groups)
		if group == nil {
			return nil
		}
		next, err := checkEtag(ctx, tx, "groups", group.GetId(), "")
		if err != nil {
			return err
		}
		groups = append(slices.DeleteFunc(groups, func(g *flowdeskv1.Group) bool { return g.GetId() == group.GetId() }), group)
		return errors.Join(putGroup(ctx, tx, group, next), countEnvironment(ctx, tx))
	})
	return groups, err
}

// GetGroup implements storage.DirectoryStore.
func (s *Store) GetGroup(ctx context.Context, group string) (*flowdeskv1.Group, error) {
	row, err := one[groupRow](ctx, s, "get group", "id = ?", group)
	if err != nil {
		return nil, err
	}
	return row.group()
}

// ListGroups implements storage.DirectoryStore.
func (s *Store) ListGroups(ctx context.Context, filter storage.GroupFilter, page storage.Page) ([]*flowdeskv1.Group, string, error) {
	l := &listing{filter: filter, page: page, keys: byID("id"), ascending: !filter.Reverse, all: true}
	keys := func(r *groupRow) []string { return []string{r.ID} }
	if filter.ByTitle {
		l.keys = []key{{column: "sort_key"}, {column: "id"}}
		keys = func(r *groupRow) []string { return []string{r.SortKey, r.ID} }
	}
	s.like(l, "title", filter.Title)
	if filter.Review != nil {
		l.and("review = ?", flag(*filter.Review))
	}
	l.among("id", filter.Groups)
	rows, next, err := list(ctx, s, "list groups", l, keys)
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*groupRow).group)
	return out, next, err
}

// MergeGroups implements storage.DirectoryStore.
func (s *Store) MergeGroups(ctx context.Context, from, into string) error {
	return s.changeEnvironment(ctx, "merge groups", func(ctx context.Context, tx bun.Tx) error {
		if from == into {
			return fmt.Errorf("group %s into itself: %w", from, storage.ErrConflict)
		}
		var rows [2]groupRow
		var groups [2]*flowdeskv1.Group
		for i, id := range [2]string{from, into} {
			err := tx.NewSelect().Model(&rows[i]).Where("id = ?", clean(id)).Scan(ctx)
			if err != nil {
				return err
			}
			if groups[i], err = rows[i].group(); err != nil {
				return err
			}
			if groups[i].GetMergedInto() != "" {
				return fmt.Errorf("group %s was merged into %s: %w", id, groups[i].GetMergedInto(), storage.ErrConflict)
			}
		}
		groups[1].Aliases = append(groups[1].GetAliases(), groups[0].GetAliases()...)
		groups[0].Aliases, groups[0].MergedInto, groups[0].Review = nil, into, false
		for i, g := range groups { // the one that gives its aliases first
			if err := putGroup(ctx, tx, g, nextEtag(rows[i].Etag)); err != nil {
				return err
			}
		}
		return nil
	})
}

type settingsRow struct {
	bun.BaseModel `bun:"table:settings"`

	ID   string `bun:",pk"`
	Etag int64
	Data []byte
}

// settingsID is the id of the one row of settings.
const settingsID = "settings"

// GetSettings implements storage.DirectoryStore.
func (s *Store) GetSettings(ctx context.Context) (*flowdeskv1.Settings, error) {
	row, err := one[settingsRow](ctx, s, "get settings", "id = ?", settingsID)
	if isNotFound(err) {
		return &flowdeskv1.Settings{}, nil
	}
	if err != nil {
		return nil, err
	}
	settings, err := decode(row.Data, &flowdeskv1.Settings{})
	settings.Etag = shownEtag(row.Etag)
	return settings, err
}

// PutSettings implements storage.DirectoryStore.
func (s *Store) PutSettings(ctx context.Context, settings *flowdeskv1.Settings, etag string) error {
	return s.changeEnvironment(ctx, "put settings", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "settings", settingsID, etag)
		if err != nil {
			return err
		}
		row := &settingsRow{ID: settingsID, Etag: next, Data: pack(encode(settings))}
		return upsert(ctx, tx, row, "etag = EXCLUDED.etag, data = EXCLUDED.data")
	})
}
