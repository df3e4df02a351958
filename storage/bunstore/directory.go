package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func isConflict(err error) bool { return errors.Is(err, storage.ErrConflict) }

// checkEtag refuses a change that is based on an older state, and gives the next etag. The empty etag is based on any.
func checkEtag(ctx context.Context, tx bun.Tx, tableName, id, etag string) (string, error) {
	var stored string
	err := tx.NewSelect().TableExpr(tableName).ColumnExpr("etag").Where("id = ?", id).Scan(ctx, &stored)
	if err != nil && !strings.Contains(err.Error(), "no rows") {
		return "", err
	}
	if etag != "" && etag != stored {
		return "", fmt.Errorf("%s %s: %w", tableName, id, storage.ErrConflict)
	}
	return nextEtag(stored), nil
}

func (s *Store) put(ctx context.Context, doing string, f func(context.Context, bun.Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	err := s.write.RunInTx(ctx, nil, f)
	if isConflict(err) || errors.Is(err, storage.ErrExists) {
		return err
	}
	return s.fail(doing, err)
}

type robotRow struct {
	bun.BaseModel `bun:"table:robots"`

	ID           string `bun:",pk"`
	Secret, Etag string
	Data         []byte
}

func (r *robotRow) record() (*storage.RobotRecord, error) {
	robot, err := decode(r.Data, &flowdeskv1.Robot{})
	if err != nil {
		return nil, err
	}
	robot.Etag = r.Etag
	return &storage.RobotRecord{Robot: robot, WebhookSecret: r.Secret}, nil
}

// PutRobot implements storage.RobotStore.
func (s *Store) PutRobot(ctx context.Context, robot *storage.RobotRecord, etag string) error {
	return s.put(ctx, "put robot", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "robots", robot.Robot.GetId(), etag)
		if err != nil {
			return err
		}
		row := &robotRow{ID: robot.Robot.GetId(), Secret: robot.WebhookSecret, Etag: next, Data: encode(robot.Robot)}
		_, err = tx.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").Set("secret = EXCLUDED.secret, etag = EXCLUDED.etag, data = EXCLUDED.data").Exec(ctx)
		return err
	})
}

// GetRobot implements storage.RobotStore.
func (s *Store) GetRobot(ctx context.Context, robot string) (*storage.RobotRecord, error) {
	row, err := one[robotRow](ctx, s, "get robot", "id = ?", robot)
	if err != nil {
		return nil, err
	}
	return row.record()
}

// ListRobots implements storage.RobotStore.
func (s *Store) ListRobots(ctx context.Context) ([]*storage.RobotRecord, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []robotRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, s.fail("list robots", err)
	}
	out := make([]*storage.RobotRecord, 0, len(rows))
	for i := range rows {
		record, err := rows[i].record()
		if err != nil {
			return nil, err
		}
		out = append(out, record)
	}
	return out, nil
}

// DeleteRobot implements storage.RobotStore.
func (s *Store) DeleteRobot(ctx context.Context, robot string) error {
	return s.remove(ctx, "delete robot", "robots", robot)
}

func (s *Store) remove(ctx context.Context, doing, tableName, id string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	result, err := s.write.NewDelete().TableExpr(tableName).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return s.fail(doing, err)
	}
	return s.changed(ctx, doing, tableName, id, result)
}

type personRow struct {
	bun.BaseModel `bun:"table:people"`

	ID          string `bun:",pk"`
	Role        int64
	Names, Etag string
	Data        []byte
}

func (r *personRow) person() (*flowdeskv1.Person, error) {
	p, err := decode(r.Data, &flowdeskv1.Person{})
	p.Etag = r.Etag
	return p, err
}

// PutPerson implements storage.DirectoryStore.
func (s *Store) PutPerson(ctx context.Context, person *flowdeskv1.Person, etag string) error {
	return s.put(ctx, "put person", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "people", person.GetId(), etag)
		if err != nil {
			return err
		}
		names := append([]string{person.GetTitle()}, person.GetNames()...)
		row := &personRow{ID: person.GetId(), Role: int64(person.GetRole()), Names: clean(strings.Join(names, "\n")), Etag: next, Data: encode(person)}
		_, err = tx.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").
			Set("role = EXCLUDED.role, names = EXCLUDED.names, etag = EXCLUDED.etag, data = EXCLUDED.data").Exec(ctx)
		return err
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
	l := &listing{filter: filter, page: page, key: "id", ascending: true}
	l.number("role", int64(filter.Role))
	if filter.Name != "" {
		l.and("names LIKE ?", "%"+filter.Name+"%")
	}
	rows, next, err := list(ctx, s, "list people", l, func(r *personRow) string { return r.ID })
	out := make([]*flowdeskv1.Person, 0, len(rows))
	for i := range rows {
		p, err := rows[i].person()
		if err != nil {
			return nil, "", err
		}
		out = append(out, p)
	}
	return out, next, err
}

// DeletePerson implements storage.DirectoryStore.
func (s *Store) DeletePerson(ctx context.Context, person string) error {
	return s.remove(ctx, "delete person", "people", person)
}

type groupRow struct {
	bun.BaseModel `bun:"table:groups"`

	ID          string `bun:",pk"`
	Title, Etag string
	Review      int64
	Data        []byte
}

func (r *groupRow) group() (*flowdeskv1.Group, error) {
	g, err := decode(r.Data, &flowdeskv1.Group{})
	g.Etag = r.Etag
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
	return s.put(ctx, "put group", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "groups", group.GetId(), etag)
		if err != nil {
			return err
		}
		return putGroup(ctx, tx, group, next)
	})
}

func putGroup(ctx context.Context, tx bun.Tx, group *flowdeskv1.Group, etag string) error {
	row := &groupRow{ID: group.GetId(), Title: clean(group.GetTitle()), Etag: etag, Review: flag(group.GetReview()), Data: encode(group)}
	if _, err := tx.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").
		Set("title = EXCLUDED.title, etag = EXCLUDED.etag, review = EXCLUDED.review, data = EXCLUDED.data").Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model((*aliasRow)(nil)).Where("group_id = ?", group.GetId()).Exec(ctx); err != nil {
		return err
	}
	for _, a := range group.GetAliases() {
		result, err := tx.NewInsert().Model(&aliasRow{Robot: a.GetRobot(), Name: aliasName(a), GroupID: group.GetId()}).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("alias %s of robot %s: %w", aliasName(a), a.GetRobot(), storage.ErrExists))
		}
	}
	return nil
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
	l := &listing{filter: filter.Title, page: page, key: "id", ascending: true}
	if filter.Title != "" {
		l.and("title LIKE ?", "%"+filter.Title+"%")
	}
	if filter.Review != nil {
		l.and("review = ?", flag(*filter.Review))
	}
	rows, next, err := list(ctx, s, "list groups", l, func(r *groupRow) string { return r.ID })
	out := make([]*flowdeskv1.Group, 0, len(rows))
	for i := range rows {
		g, err := rows[i].group()
		if err != nil {
			return nil, "", err
		}
		out = append(out, g)
	}
	return out, next, err
}

// MergeGroups implements storage.DirectoryStore.
func (s *Store) MergeGroups(ctx context.Context, from, into string) error {
	return s.put(ctx, "merge groups", func(ctx context.Context, tx bun.Tx) error {
		rows := make([]groupRow, 2)
		groups := make([]*flowdeskv1.Group, 2)
		for i, id := range [2]string{from, into} {
			err := tx.NewSelect().Model(&rows[i]).Where("id = ?", id).Scan(ctx)
			if err != nil {
				return err
			}
			if groups[i], err = rows[i].group(); err != nil {
				return err
			}
		}
		aliases := groups[0].GetAliases()
		groups[0].Aliases, groups[0].MergedInto, groups[0].Review = nil, into, false
		groups[1].Aliases = append(groups[1].GetAliases(), aliases...)
		for i, g := range groups {
			if err := putGroup(ctx, tx, proto.CloneOf(g), nextEtag(rows[i].Etag)); err != nil {
				return err
			}
		}
		return nil
	})
}

type presenceRow struct {
	bun.BaseModel `bun:"table:staff_status"`

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
	return decoded(rows, func(r *presenceRow) []byte { return r.Data }, func() *flowdeskv1.PresenceFact { return &flowdeskv1.PresenceFact{} })
}

// PutPresence implements storage.DirectoryStore.
func (s *Store) PutPresence(ctx context.Context, p *flowdeskv1.PresenceFact) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	_, err := s.write.NewInsert().Model(&presenceRow{Person: p.GetPerson(), ActiveAt: stamp(p.GetActiveAt()), Data: encode(p)}).
		On("CONFLICT (person) DO UPDATE").Set("active_at = EXCLUDED.active_at, data = EXCLUDED.data").
		Where("EXCLUDED.active_at >= presence_row.active_at").Exec(ctx)
	return s.fail("put presence", err)
}

type settingsRow struct {
	bun.BaseModel `bun:"table:settings"`

	ID   int64 `bun:",pk"`
	Etag string
	Data []byte
}

// GetSettings implements storage.DirectoryStore.
func (s *Store) GetSettings(ctx context.Context) (*flowdeskv1.Settings, error) {
	row, err := one[settingsRow](ctx, s, "get settings", "id = 1")
	if isNotFound(err) {
		return &flowdeskv1.Settings{}, nil
	}
	if err != nil {
		return nil, err
	}
	settings, err := decode(row.Data, &flowdeskv1.Settings{})
	settings.Etag = row.Etag
	return settings, err
}

// PutSettings implements storage.DirectoryStore.
func (s *Store) PutSettings(ctx context.Context, settings *flowdeskv1.Settings, etag string) error {
	return s.put(ctx, "put settings", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "settings", "1", etag)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&settingsRow{ID: 1, Etag: next, Data: encode(settings)}).
			On("CONFLICT (id) DO UPDATE").Set("etag = EXCLUDED.etag, data = EXCLUDED.data").Exec(ctx)
		return err
	})
}
